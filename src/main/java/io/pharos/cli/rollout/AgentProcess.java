package io.pharos.cli.rollout;

import io.pharos.cli.command.ApiClient;
import io.pharos.config.http.HttpOptions;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import io.pharos.model.PlainReason;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.LeaseRefusal;
import io.pharos.rollout.agent.AgentLock;
import io.pharos.rollout.agent.AgentSettings;
import io.pharos.rollout.agent.Coordinator;
import io.pharos.rollout.agent.HealthCheck;
import io.pharos.rollout.agent.RolloutAgent;
import io.pharos.rollout.agent.Watchdog;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Runs a rollout agent or its watchdog in this process.
///
/// @param err gets a line for each action
record AgentProcess(AgentSettings settings, PrintStream err) {
  private static final Duration ROUND_INTERVAL = Duration.ofSeconds(1);

  /// Pause between two looks for servers that are down: the agent acts within a second.
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);

  /// How long to wait for the lock. The watchdog of a killed agent holds it while it restores the
  /// weights. If the new agent gave up then, no agent would act.
  private static final Duration LOCK_WAIT = Duration.ofMinutes(1);

  /// Timeout of a health check. A longer timeout would delay the heartbeat of the agent.
  private static final Duration HEALTH_WAIT = Duration.ofSeconds(1);

  /// JVM options of the agent that are left out for the watchdog, which needs little memory.
  private static final List<String> MEMORY_OPTIONS =
      List.of("-Xms", "-Xmx", "-XX:NewSize", "-XX:MaxNewSize", "-XX:MaxRAMPercentage");

  /// Runs the agent until the process is stopped.
  ///
  /// @param words the words of the command line after `rollout`; the watchdog is started with the
  ///   same words
  int run(Coordinator pharos, List<String> words) throws InterruptedException {
    try (AgentLock _ = lock();
        var health = new Health();
        var background = Executors.newVirtualThreadPerTaskExecutor()) {
      var agent =
          RolloutAgent.open(
              settings, name(), boot(), pharos, health, background, System::nanoTime, this::say);
      var dog = new WatchdogProcess(words);
      var ending = new Thread(() -> end(agent, dog), "end");
      Runtime.getRuntime().addShutdownHook(ending);
      say(
          "started for %s in %s, %s"
              .formatted(settings.service(), settings.env(), settings.runtime()));
      var looking = Thread.ofVirtual().name("down").start(() -> look(agent));
      try {
        while (!Thread.currentThread().isInterrupted()) {
          long begin = System.nanoTime();
          dog.pulse(agent);
          round(agent);
          dog.pulse(agent);
          long left = ROUND_INTERVAL.toNanos() - (System.nanoTime() - begin);
          Thread.sleep(Duration.ofNanos(Math.max(0, left)));
        }
      } finally {
        looking.interrupt();
      }
      return 0;
    } catch (IOException e) {
      throw new InvalidFieldException(
          "STATE_DIR",
          settings.stateDir().toString(),
          "a usable folder (" + PlainReason.of(e) + ")");
    }
  }

  private static void look(RolloutAgent agent) {
    try {
      while (true) {
        Thread.sleep(LOOK_INTERVAL);
        agent.failOver();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the agent ends
    }
  }

  private void round(RolloutAgent agent) {
    try {
      agent.round();
    } catch (RuntimeException e) {
      // A later round may succeed. If none does, the watchdog restores the weights.
      say("one round failed: " + e);
    }
  }

  private void end(RolloutAgent agent, WatchdogProcess dog) {
    agent.end();
    dog.end();
    say("stopped");
  }

  private AgentLock lock() throws IOException, InterruptedException {
    long end = System.nanoTime() + LOCK_WAIT.toNanos();
    while (true) {
      Optional<AgentLock> lock = AgentLock.acquire(settings.stateDir());
      if (lock.isPresent()) {
        return lock.get();
      }
      if (System.nanoTime() - end >= 0) {
        throw new InvalidFieldException(
            "STATE_DIR",
            settings.stateDir().toString(),
            "a folder whose lock is held by no other agent");
      }
      Thread.sleep(Duration.ofMillis(200));
    }
  }

  private void say(String line) {
    err.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " rollout agent: " + line);
  }

  private static String name() throws IOException {
    String host = InetAddress.getLocalHost().getHostName().replaceAll("[^!-~]", "_");
    return host + ":" + ProcessHandle.current().pid() + ":" + UUID.randomUUID();
  }

  private static String boot() throws IOException {
    Path file = Path.of("/proc/sys/kernel/random/boot_id");
    return Files.exists(file) ? Files.readString(file).strip() : "";
  }

  /// Runs the watchdog until its agent has ended and the weights are restored.
  ///
  /// @param agent the bytes that the agent sends; the stream ends when the agent ends
  int watch(InputStream agent) throws InterruptedException {
    try (var health = new Health()) {
      var watchdog = new Watchdog(settings, health, System::nanoTime, this::say);
      Thread.ofPlatform().daemon().name("agent").start(() -> listen(agent, watchdog));
      while (true) {
        switch (watchdog.duty()) {
          case LEAVE -> {
            return 0;
          }
          case RESTORE -> watchdog.restore();
          case WATCH -> {}
        }
        Thread.sleep(Duration.ofMillis(250));
      }
    }
  }

  private static void listen(InputStream agent, Watchdog watchdog) {
    int received = 0;
    while (received >= 0) {
      try {
        received = agent.read();
      } catch (IOException _) { // treated as the end of the agent
        received = -1;
      }
      watchdog.hear(received);
    }
  }

  /// Checks by HTTP whether a server is healthy. The request goes to the server itself, not to the
  /// load balancer.
  private static final class Health implements HealthCheck, AutoCloseable {
    private final Clients clients = new Clients(InstantSource.system());
    private final OutgoingClient client = clients.open(HttpOptions.DEFAULT.withoutRedirects());

    @Override
    public boolean answers(URI url) {
      try {
        var request = HttpRequest.newBuilder(url).build();
        int status = client.send(request, BodyHandlers.discarding(), HEALTH_WAIT).statusCode();
        return status >= 200 && status < 300;
      } catch (IOException _) {
        return false;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    @Override
    public void close() {
      client.close();
      clients.close();
    }
  }

  /// The process of the watchdog. The agent starts it again if it ends.
  private final class WatchdogProcess {
    private final List<String> words;
    private @Nullable Process process;
    private boolean failureReported;
    private boolean ended;

    WatchdogProcess(List<String> words) {
      this.words = List.copyOf(words);
    }

    synchronized void pulse(RolloutAgent agent) {
      if (ended) {
        return;
      }
      long seconds = agent.guards() ? agent.lease().toSeconds() : Watchdog.NOTHING;
      try {
        Process running = process;
        if (running == null || !running.isAlive()) {
          running = start();
          process = running;
        }
        send(running, (int) seconds);
        failureReported = false;
      } catch (IOException e) {
        if (!failureReported) {
          say("the watchdog can't be started: " + e.getMessage());
          failureReported = true;
        }
      }
    }

    synchronized void end() {
      ended = true;
      try {
        if (process != null) {
          send(process, Watchdog.END);
        }
      } catch (IOException _) { // the watchdog has ended already
      }
    }

    private static void send(Process running, int value) throws IOException {
      running.getOutputStream().write(value);
      running.getOutputStream().flush();
    }

    private Process start() throws IOException {
      Path log = settings.stateDir().resolve("watch.log");
      return new ProcessBuilder(command())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
          .start();
    }

    /// Returns the command line of the watchdog. It is derived from the command line of this
    /// process, and starts a new session and a JVM with a small heap.
    private List<String> command() throws IOException {
      List<String> ownCommand =
          List.of(
              Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8)
                  .split("\0", -1));
      int end = ownCommand.size() - 1 - words.size() - 1; // without `rollout` and the empty item
      var command =
          new ArrayList<>(
              List.of(
                  "setsid",
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xms8m",
                  "-Xmx32m",
                  "-XX:TieredStopAtLevel=1"));
      ownCommand.subList(1, end).stream()
          .filter(option -> MEMORY_OPTIONS.stream().noneMatch(option::startsWith))
          .forEach(command::add);
      command.add("rollout");
      command.addAll(words);
      command.add("--restore-when-gone");
      return command;
    }
  }

  /// Sends the heartbeats of a rollout agent to Pharos.
  record LeaseClient(ApiClient client) implements Coordinator {
    /// Timeout of a heartbeat: a third of the shortest usual lease. After a longer wait, the agent
    /// could not act before the lease ends.
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    @Override
    public Reply beat(Heartbeat heartbeat) {
      try {
        return read(
            client.send(
                "POST", "/api/pharos/v1/rollouts/lease", Map.of(), heartbeat.toJson(), TIMEOUT));
      } catch (IOException e) {
        return new Reply.Silent(String.valueOf(e));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Reply.Silent(String.valueOf(e));
      }
    }

    private static Reply read(ApiClient.Answer answer) {
      try {
        return switch (answer.status()) {
          case 200 -> new Reply.Granted(HeartbeatAnswer.parse(answer.body()));
          case 409 -> new Reply.Refused(LeaseRefusal.parse(answer.body()).error());
          default -> new Reply.Silent("status " + answer.status() + ": " + answer.reason());
        };
      } catch (InvalidFieldException e) {
        return new Reply.Silent("invalid answer: " + e.getMessage());
      }
    }
  }
}
