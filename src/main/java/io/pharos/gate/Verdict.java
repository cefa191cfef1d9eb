package io.pharos.gate;

import io.pharos.gate.judge.CheckResult;
import io.pharos.gate.judge.ReasonCode;
import java.util.List;

/// The judgement of a gate's observations so far.
///
/// @param state the gate's state after this judgement
/// @param code the reason, as a code for programs
/// @param summary one or more sentences for people
/// @param checks the results of all checks, in the order of the policy
public record Verdict(GateState state, ReasonCode code, String summary, List<CheckResult> checks) {
  public Verdict {
    checks = List.copyOf(checks);
  }
}
