package io.pharos.rollout.agent;

import io.pharos.rollout.AgentTrouble;
import io.pharos.rollout.agent.AgentFiles.Memory;
import io.pharos.rollout.agent.AgentFiles.Started;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Starts and stops servers in the background, with at most one operation at a time for each
/// server. Records the running servers in a file for the agent's successor.
final class ServerKeeper {
  /// Pause before a failed operation is retried.
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final ServerDriver driver;
  private final AgentFiles files;
  private final Executor background;
  private final LongSupplier nanos;
  private final Consumer<String> say;
  private final Set<String> busy = new HashSet<>();
  private final Map<String, Long> triedAt = new HashMap<>();
  private final Map<String, AgentTrouble> trouble = new TreeMap<>();
  private final Map<String, Long> startedAt = new HashMap<>();
  private Memory memory;
  private boolean epochStored = true;

  /// @param memory the state that the previous agent stored
  /// @param boot current boot of the machine
  /// @param nanos monotonic clock
  ServerKeeper(
      ServerDriver driver,
      AgentFiles files,
      Memory memory,
      String boot,
      Executor background,
      LongSupplier nanos,
      Consumer<String> say) {
    this.driver = driver;
    this.files = files;
    this.background = background;
    this.nanos = nanos;
    this.say = say;
    this.memory = afterBoot(memory, boot);
  }

  /// Returns the memory at the start of this agent. After a reboot, none of its servers counts as
  /// running.
  private static Memory afterBoot(Memory memory, String boot) {
    if (memory.boot().equals(boot)) {
      return memory;
    }
    var servers = new TreeMap<String, Started>();
    memory
        .servers()
        .forEach((name, started) -> servers.put(name, new Started(started.version(), false)));
    return new Memory(memory.agent(), memory.epoch(), boot, servers);
  }

  synchronized Memory memory() {
    return memory;
  }

  /// Records the epoch of the lease. On a full disk only this agent knows it, which is enough to
  /// keep its lease.
  synchronized void setEpoch(@Nullable Long epoch) throws IOException {
    if (!epochStored || !Objects.equals(memory.epoch(), epoch)) {
      memory = memory.withEpoch(epoch);
      epochStored = false;
      files.remember(memory);
      epochStored = true;
    }
  }

  /// Records the version of a server that another program started.
  synchronized void adopt(String name, String version) throws IOException {
    note(name, new Started(version, true));
    say.accept(name + " already serves; it is recorded as running version " + version);
  }

  synchronized boolean hasRecord(String name) {
    return memory.servers().containsKey(name);
  }

  /// Returns whether a server runs: it was started and not stopped since, or it answers.
  synchronized boolean isRunning(String name, boolean answers) {
    Started started = memory.servers().get(name);
    return answers || (started != null && started.running());
  }

  /// Returns the version that a server runs; null if it does not run or the version is unknown.
  synchronized @Nullable String version(String name, boolean answers) {
    Started started = memory.servers().get(name);
    return started == null || (!started.running() && !answers) ? null : started.version();
  }

  synchronized boolean isBusy(String name) {
    return busy.contains(name);
  }

  /// Returns the time since the last operation on a server, or since the first call if there was
  /// none.
  synchronized Duration age(String name) {
    return Duration.ofNanos(
        nanos.getAsLong() - startedAt.computeIfAbsent(name, _ -> nanos.getAsLong()));
  }

  synchronized List<AgentTrouble> trouble() {
    return new ArrayList<>(trouble.values());
  }

  /// Starts a server with a version. If it runs, stops it first.
  void start(String name, String version, boolean runs) {
    operate(
        name,
        "start",
        new Started(version, true),
        () -> {
          if (runs) {
            driver.stop(name);
          }
          say.accept(name + " is starting with version " + version);
          driver.start(name, version);
        });
  }

  void stop(String name) {
    operate(
        name,
        "stop",
        new Started(null, false),
        () -> {
          say.accept(name + " is stopping");
          driver.stop(name);
        });
  }

  private void operate(String name, String operation, Started result, Work work) {
    if (begin(name)) {
      background.execute(() -> finish(name, operation, result, work));
    }
  }

  /// Records that an operation begins; returns false if it must not begin now. The running version
  /// is unknown until the operation has succeeded.
  private synchronized boolean begin(String name) {
    Long tried = triedAt.get(name);
    if (busy.contains(name) || (tried != null && nanos.getAsLong() - tried < RETRY.toNanos())) {
      return false;
    }
    try {
      note(name, new Started(null, true));
    } catch (IOException e) {
      failed(name, "state", e);
      return false;
    }
    busy.add(name);
    return true;
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void finish(String name, String operation, Started result, Work work) {
    try {
      work.run();
      done(name, result);
    } catch (IOException | RuntimeException e) {
      failed(name, operation, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failed(name, operation, e);
    }
  }

  private synchronized void done(String name, Started result) throws IOException {
    note(name, result);
    busy.remove(name);
    triedAt.remove(name);
    trouble.remove(name);
    startedAt.put(name, nanos.getAsLong());
  }

  private synchronized void failed(String name, String operation, Exception e) {
    busy.remove(name);
    triedAt.put(name, nanos.getAsLong());
    String text = String.valueOf(e.getMessage());
    trouble.put(name, new AgentTrouble(name, operation, text));
    say.accept(name + ": " + operation + " failed: " + text);
  }

  private void note(String name, Started started) throws IOException {
    Memory changed = memory.with(name, started);
    files.remember(changed);
    memory = changed;
  }
}
