package io.pharos.gate;

import io.pharos.model.Sha256;
import java.time.Instant;
import java.util.List;

/// A person's decision in place of a gate's verdict. The verdict and all decisions stay recorded;
/// the last decision counts.
///
/// @param seq from 1
/// @param outcome the decision, PASS or FAIL
/// @param reason the person's reason
/// @param by name of the person's token
/// @param state the gate's own state at the time of the decision
/// @param evaluations number of observations in the audit trail at that time
/// @param chain SHA-256 over the previous decision's chain, the audit trail's chain at that time
///   and the fields of this decision
public record GateOverride(
    String gateId,
    int seq,
    GateState outcome,
    String reason,
    String by,
    Instant at,
    GateState state,
    int evaluations,
    String chain) {
  public GateOverride {
    if (outcome != GateState.PASS && outcome != GateState.FAIL) {
      throw new IllegalArgumentException("expected PASS or FAIL, found " + outcome);
    }
  }

  /// Creates the decision that follows the decisions in `before`.
  static GateOverride append(
      GateRun run,
      List<GateOverride> before,
      GateState outcome,
      String reason,
      String by,
      Instant at) {
    String previous = before.isEmpty() ? beginning(run) : before.getLast().chain();
    var decision =
        new GateOverride(
            run.id(),
            before.size() + 1,
            outcome,
            reason,
            by,
            at,
            run.state(),
            run.evaluations(),
            "");
    return decision.with(decision.link(previous, run.chain()));
  }

  private GateOverride with(String link) {
    return new GateOverride(gateId, seq, outcome, reason, by, at, state, evaluations, link);
  }

  /// Returns whether `chain` is the hash of this decision after `previous` and `trail`. If not, the
  /// decision or something before it was changed.
  ///
  /// @param previous the chain of the previous decision; [#beginning] for the first decision
  /// @param trail the audit trail's chain after `evaluations` observations
  public boolean follows(String previous, String trail) {
    return chain.equals(link(previous, trail));
  }

  /// Returns the previous chain of a gate's first decision.
  public static String beginning(GateRun run) {
    return AuditRow.beginning(run.id(), run.policyHash());
  }

  private String link(String previous, String trail) {
    return Sha256.hex(
        String.join(
            "\n",
            previous,
            trail,
            String.valueOf(seq),
            outcome.name(),
            String.valueOf(at.toEpochMilli()),
            state.name(),
            String.valueOf(evaluations),
            by.length() + ":" + by, // the length marks where the next field begins
            reason));
  }
}
