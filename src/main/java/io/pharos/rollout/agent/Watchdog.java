package io.pharos.rollout.agent;

import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.agent.AgentFiles.Memory;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Watches an agent from a separate process: if the agent dies, or does nothing for as long as its
/// lease, restores the approved weights, unless a successor runs.
///
/// The agent sends a byte in each round: the seconds of its lease, [#NOTHING] while no weights
/// would have to be restored, and [#END] before it ends normally.
public final class Watchdog {
  /// The agent ends normally.
  public static final int END = 0;

  /// No weights would have to be restored.
  public static final int NOTHING = 1;

  /// Time for systemd, or another supervisor, to start the next agent.
  private static final Duration GRACE = Duration.ofSeconds(3);

  /// The next action.
  public enum Duty {
    /// Keep watching.
    WATCH,
    /// Restore the weights, then check again.
    RESTORE,
    /// Stop watching.
    LEAVE
  }

  private final AgentSettings settings;
  private final HealthCheck health;
  private final LongSupplier nanos;
  private final Consumer<String> say;
  private long heardAt;
  private int last = NOTHING;
  private boolean gone;
  private boolean acts;
  private boolean restored;

  /// @param nanos monotonic clock
  /// @param say takes lines for people
  public Watchdog(
      AgentSettings settings, HealthCheck health, LongSupplier nanos, Consumer<String> say) {
    this.settings = settings;
    this.health = health;
    this.nanos = nanos;
    this.say = say;
    heardAt = nanos.getAsLong();
  }

  /// Receives a byte of the agent, or -1 after its end.
  public synchronized void hear(int sent) {
    heardAt = nanos.getAsLong();
    if (sent < 0) {
      gone = true;
    } else {
      last = sent;
      restored = false;
      acts = false;
    }
  }

  /// Returns what to do now. Call it regularly.
  public synchronized Duty duty() {
    long silence = nanos.getAsLong() - heardAt;
    if (last == END || (gone && (last == NOTHING || restored))) {
      return Duty.LEAVE;
    }
    if (last == NOTHING || restored) {
      return Duty.WATCH;
    }
    Duration patience = gone ? GRACE : Duration.ofSeconds(last);
    return silence >= patience.toNanos() ? Duty.RESTORE : Duty.WATCH;
  }

  /// Tries once to restore the weights. A dead agent with a successor needs nothing; a stalled one
  /// still holds its lock.
  public synchronized void restore() {
    try {
      if (gone) {
        Optional<AgentLock> lock = AgentLock.take(settings.stateDir());
        if (lock.isEmpty()) {
          say.accept("a successor is running");
          restored = true;
          return;
        }
        try (AgentLock _ = lock.get()) {
          attempt();
        }
      } else {
        attempt();
      }
    } catch (IOException e) {
      say.accept("cannot restore the approved weights, will retry: " + e.getMessage());
    }
  }

  private void attempt() throws IOException {
    var files = new AgentFiles(settings.stateDir());
    Optional<DesiredServers> approved = files.approved();
    if (approved.isEmpty()) {
      restored = true;
      return;
    }
    Memory memory = files.memory().orElse(new Memory("", null, "", Map.of()));
    if (!acts) {
      acts = true;
      say.accept("the agent is silent; restoring the approved weights: " + approved.get());
    }
    restored =
        Restoration.attempt(
            settings.balancer(),
            Restoration.weights(approved.get(), memory),
            name -> settings.healthUrl(name).map(health::answers).orElse(true));
  }
}
