package io.pharos.release.gate;

import io.pharos.release.deploy.Deployment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What judging the audit trail of a gate again gives.
///
/// @param intact whether the chain of hashes is unbroken
/// @param state the state that the trail leads to
/// @param agrees whether that is the state that was stored; a gate that was cancelled or superseded
///   agrees as long as the trail does not contradict it
public record Replay(boolean intact, GateState state, Code code, boolean agrees) {
  /// Judges each observation as it was judged then.
  ///
  /// @param trail in order
  static Replay of(GateRun run, Deployment deployment, List<AuditRow> trail) {
    var gate = new Gate(run.policy(), deployment, run.openedAt());
    var observations = new ArrayList<Observation>();
    String chain = AuditRow.beginning(run.id(), run.policyHash());
    boolean intact = true;
    GateState state = GateState.RUNNING;
    Code code = Code.WAITING;
    for (AuditRow row : trail) {
      intact &= row.follows(chain) && row.seq() == observations.size() + 1;
      chain = row.chain();
      try {
        observations.add(Observation.fromJson(row.observation()));
      } catch (IllegalArgumentException _) { // somebody wrote into it
        intact = false;
        break;
      }
      Verdict verdict = gate.judge(observations, Instant.ofEpochMilli(row.atMillis()), state);
      state = verdict.state();
      code = verdict.code();
    }
    intact &= chain.equals(run.chain()) && observations.size() == run.evaluations();
    boolean endedByHand = run.code() == Code.CANCELLED || run.code() == Code.SUPERSEDED;
    boolean agrees =
        endedByHand ? state == GateState.RUNNING || state == GateState.PASS : state == run.state();
    return new Replay(intact, state, code, agrees);
  }

  /// The same where something else of the trail was written into.
  Replay broken() {
    return new Replay(false, state, code, agrees);
  }
}
