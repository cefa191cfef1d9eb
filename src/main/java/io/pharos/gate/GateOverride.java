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
/// @param by name of the token
/// @param state the gate's own state at the time of the decision
/// @param evaluations number of observations in the audit trail at that time
/// @param chain SHA-256 over the previous decision, the audit trail at that time and all fields
///   above
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

  /// Returns the next decision about a gate.
  static GateOverride append(
      GateRun run,
      List<GateOverride> before,
      GateState outcome,
      String reason,
      String by,
      Instant at) {
    String previous = before.isEmpty() ? beginning(run) : before.getLast().chain();
    var made =
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
    return made.with(made.link(previous, run.chain()));
  }

  private GateOverride with(String link) {
    return new GateOverride(gateId, seq, outcome, reason, by, at, state, evaluations, link);
  }

  /// Returns whether the decision follows unchanged from the previous decision and from an audit
  /// trail.
  ///
  /// @param previous the chain of the previous decision, or [#beginning]
  /// @param trail the audit trail's chain after `evaluations` observations
  public boolean follows(String previous, String trail) {
    return chain.equals(link(previous, trail));
  }

  /// Returns the chain before a gate's first decision.
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
