package io.pharos.rollout.agent;

import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.agent.AgentFiles.Memory;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Watches an agent from a separate process. If the agent dies, or sends nothing for the duration
/// of its lease, restores the approved weights, unless a successor runs.
///
/// In each round, the agent sends a byte: the duration of its lease in seconds, or [#NOTHING] if no
/// weights need to be restored after its death. Before it ends normally, it sends [#END].
public final class Watchdog {
  /// The agent ends normally.
  public static final int END = 0;

  /// If the agent dies now, no weights need to be restored.
  public static final int NOTHING = 1;

  /// Time for systemd or another supervisor to start the next agent after this one died.
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
  private int lastByte = NOTHING;
  private boolean gone;
  private boolean announced;
  private boolean restored;

  /// @param nanos monotonic clock
  /// @param say receives lines for people
  public Watchdog(
      AgentSettings settings, HealthCheck health, LongSupplier nanos, Consumer<String> say) {
    this.settings = settings;
    this.health = health;
    this.nanos = nanos;
    this.say = say;
    heardAt = nanos.getAsLong();
  }

  /// Receives a byte from the agent, or -1 after the agent's process has ended.
  public synchronized void hear(int sent) {
    heardAt = nanos.getAsLong();
    if (sent < 0) {
      gone = true;
    } else {
      lastByte = sent;
      restored = false;
      announced = false;
    }
  }

  /// Returns what to do now. Call it regularly.
  public synchronized Duty duty() {
    long silence = nanos.getAsLong() - heardAt;
    if (lastByte == END || (gone && (lastByte == NOTHING || restored))) {
      return Duty.LEAVE;
    }
    if (lastByte == NOTHING || restored) {
      return Duty.WATCH;
    }
    Duration patience = gone ? GRACE : Duration.ofSeconds(lastByte);
    return silence >= patience.toNanos() ? Duty.RESTORE : Duty.WATCH;
  }

  /// Makes one attempt to restore the weights. If the agent died and a successor runs, does
  /// nothing. If the agent hangs, no lock is acquired, because the agent still holds it.
  public synchronized void restore() {
    try {
      if (gone) {
        Optional<AgentLock> lock = AgentLock.acquire(settings.stateDir());
        if (lock.isEmpty()) {
          say.accept("a successor of the agent runs, so the weights need not be restored");
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
    if (!announced) {
      announced = true;
      say.accept("the agent is silent; restoring the approved weights: " + approved.get());
    }
    restored =
        Restoration.attempt(
            settings.balancer(),
            Restoration.weights(approved.get(), memory),
            name -> settings.healthUrl(name).map(health::answers).orElse(true));
  }
}
