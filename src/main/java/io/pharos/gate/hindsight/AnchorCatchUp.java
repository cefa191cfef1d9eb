package io.pharos.gate.hindsight;

import io.pharos.gate.Anchors;
import io.pharos.gate.GateRun;
import io.pharos.gate.Gates;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;

/// Writes the missing anchors of decided gates once after a start, because the previous process may
/// have ended before it wrote them.
public final class AnchorCatchUp {
  /// Age of the oldest verdicts whose anchors are written.
  private static final Duration MAX_AGE = Duration.ofDays(1);

  private static final int MAX_GATES = 1_000;

  private final Gates gates;
  private final Anchors anchors;
  private boolean done;

  /// Creates the catch-up; call [#run] regularly.
  public AnchorCatchUp(Gates gates, Anchors anchors) {
    this.gates = gates;
    this.anchors = anchors;
  }

  /// Writes the missing anchors unless an earlier call has done so, and repeats failed writes.
  public synchronized void run(Instant now) {
    if (!done) {
      try {
        for (GateRun run : gates.decidedSince(now.minus(MAX_AGE), MAX_GATES)) {
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
