package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.Sha256;
import java.time.Instant;
import java.util.List;

/// A person's decision in place of a gate's own. The verdict stays as it is and is shown beside it,
/// for ever; a later decision counts instead of this one and takes nothing away.
///
/// @param seq from 1
/// @param outcome what counts from now on, PASS or FAIL
/// @param reason why, in the person's words
/// @param by the name of the token
/// @param state what the gate itself said then
/// @param evaluations how many observations the audit trail had then
/// @param chain SHA-256 of the decision before it, the audit trail that it was made after, and all
///   of the above
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
    requireNonNull(gateId, "gateId is null");
    requireNonNull(reason, "reason is null");
    requireNonNull(by, "by is null");
    requireNonNull(at, "at is null");
    requireNonNull(state, "state is null");
    requireNonNull(chain, "chain is null");
    if (outcome != GateState.PASS && outcome != GateState.FAIL) {
      throw new IllegalArgumentException("nobody can decide for " + outcome);
    }
  }

  /// The decision that follows others about a gate.
  static GateOverride append(
      GateRun run,
      List<GateOverride> before,
      GateState outcome,
      String reason,
      String by,
      Instant at) {
    int seq = before.size() + 1;
    String previous = before.isEmpty() ? beginning(run) : before.getLast().chain();
    return new GateOverride(
        run.id(),
        seq,
        outcome,
        reason,
        by,
        at,
        run.state(),
        run.evaluations(),
        link(previous, run.chain(), seq, outcome, reason, by, at, run.state(), run.evaluations()));
  }

  /// Whether the decision follows unchanged from the one before it and from an audit trail.
  ///
  /// @param previous the chain of the decision before it, or [#beginning]
  /// @param trail the audit trail's chain after as many observations as it had then
  public boolean follows(String previous, String trail) {
    return chain.equals(link(previous, trail, seq, outcome, reason, by, at, state, evaluations));
  }

  /// What the decisions about a gate begin with.
  public static String beginning(GateRun run) {
    return AuditRow.beginning(run.id(), run.policyHash());
  }

  private static String link(
      String previous,
      String trail,
      int seq,
      GateState outcome,
      String reason,
      String by,
      Instant at,
      GateState state,
      int evaluations) {
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
            by.length() + ":" + by, // so that no two decisions are joined alike
            reason));
  }
}
