package io.pharos.rollout.agent;

import static java.util.Objects.requireNonNull;

import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.agent.AgentFiles.Memory;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Watches over an agent from another process: where the agent is gone without a word, or stands
/// still for as long as its lease, the traffic goes back to what was approved last, unless a
/// successor is there.
///
/// The agent sends a byte in each round: how many seconds its lease lasts, [#NOTHING] while there
/// is nothing to give back, and [#END] before it ends by itself.
public final class Watchdog {
  /// The agent ends and has left the traffic in order.
  public static final int END = 0;

  /// There is nothing to give back.
  public static final int NOTHING = 1;

  /// What systemd, or who starts agents else, may take to start the next one.
  private static final Duration GRACE = Duration.ofSeconds(3);

  /// What to do.
  public enum Duty {
    /// Go on watching.
    WATCH,
    /// Give the traffic back, and ask again.
    RESTORE,
    /// Nothing more.
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

  /// @param nanos a clock that is never set
  /// @param say gets lines for people
  public Watchdog(
      AgentSettings settings, HealthCheck health, LongSupplier nanos, Consumer<String> say) {
    this.settings = requireNonNull(settings, "settings is null");
    this.health = requireNonNull(health, "health is null");
    this.nanos = requireNonNull(nanos, "nanos is null");
    this.say = requireNonNull(say, "say is null");
    heardAt = nanos.getAsLong();
  }

  /// What the agent sent, or -1 when it is gone.
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

  /// What is to be done now. Asked again and again.
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

  /// Tries once to give the traffic back. An agent that is gone and has a successor is none of its
  /// business; one that stands still holds its lock.
  public synchronized void restore() {
    try {
      if (gone) {
        Optional<AgentLock> lock = AgentLock.take(settings.stateDir());
        if (lock.isEmpty()) {
          say.accept("a successor is there");
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
      say.accept("the approved weights can't be brought about: " + e.getMessage());
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
      say.accept("the agent is silent; the approved weights come back: " + approved.get());
    }
    restored =
        Restoration.attempt(
            settings.balancer(),
            Restoration.weights(approved.get(), memory),
            name -> settings.healthUrl(name).map(health::answers).orElse(true));
  }
}
