package io.pharos.gate.hindsight;

import io.pharos.gate.Anchors;
import io.pharos.gate.GateRun;
import io.pharos.gate.Gates;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;

/// Writes the missing anchors of decided gates, once after a start: an earlier process may have
/// been killed before it wrote them, or could not write.
public final class AnchorCatchUp {
  private static final Duration BACK = Duration.ofDays(1);
  private static final int MAX_GATES = 1_000;

  private final Gates gates;
  private final Anchors anchors;
  private boolean done;

  /// Creates the catch-up; call [#run] regularly.
  public AnchorCatchUp(Gates gates, Anchors anchors) {
    this.gates = gates;
    this.anchors = anchors;
  }

  /// Catches up unless an earlier call succeeded in that, and repeats failed writes of anchors.
  public synchronized void run(Instant now) {
    if (!done) {
      try {
        for (GateRun run : gates.decidedSince(now.minus(BACK), MAX_GATES)) {
          gates.lastFact(run.id()).ifPresent(last -> anchors.anchor(run, last));
        }
      } catch (StoreUnavailableException _) { // the users of the store report its failures
        return;
      }
      done = true;
    }
    anchors.retry();
  }
}
