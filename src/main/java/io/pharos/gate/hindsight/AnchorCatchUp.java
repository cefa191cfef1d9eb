package io.pharos.gate.hindsight;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.Anchors;
import io.pharos.gate.GateRun;
import io.pharos.gate.Gates;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;

/// Anchors once, after a start, the gates that ended while nobody took it down: the process was
/// killed in between, or could not write.
public final class AnchorCatchUp {
  private static final Duration BACK = Duration.ofDays(1);
  private static final int MOST = 1_000;

  private final Gates gates;
  private final Anchors anchors;
  private boolean done;

  public AnchorCatchUp(Gates gates, Anchors anchors) {
    this.gates = requireNonNull(gates, "gates is null");
    this.anchors = requireNonNull(anchors, "anchors is null");
  }

  /// Catches up until that was possible once, and has the anchors written again that could not be.
  public synchronized void run(Instant now) {
    if (!done) {
      try {
        for (GateRun run : gates.decidedSince(now.minus(BACK), MOST)) {
          gates.lastFact(run.id()).ifPresent(last -> anchors.anchor(run, last));
        }
      } catch (StoreUnavailableException _) { // whoever needs the store says so
        return;
      }
      done = true;
    }
    anchors.retry();
  }
}
