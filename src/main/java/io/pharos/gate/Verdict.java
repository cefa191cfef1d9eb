package io.pharos.gate;

import io.pharos.gate.judge.CheckResult;
import io.pharos.gate.judge.ReasonCode;
import java.util.List;

/// The judgement of a gate's observations so far.
public sealed interface Verdict {
  /// Returns the reason for machines.
  ReasonCode code();

  /// Returns one or more sentences for people.
  String summary();

  /// Returns the results of all checks, in the order of the policy.
  List<CheckResult> checks();

  /// Not decided yet.
  record Running(String summary, List<CheckResult> checks) implements Verdict {
    public Running {
      checks = List.copyOf(checks);
    }

    @Override
    public ReasonCode code() {
      return ReasonCode.WAITING;
    }
  }

  record Pass(String summary, List<CheckResult> checks) implements Verdict {
    public Pass {
      checks = List.copyOf(checks);
    }

    @Override
    public ReasonCode code() {
      return ReasonCode.OK;
    }
  }

  record Fail(ReasonCode code, String summary, List<CheckResult> checks) implements Verdict {
    public Fail {
      checks = List.copyOf(checks);
    }
  }

  record Inconclusive(ReasonCode code, String summary, List<CheckResult> checks)
      implements Verdict {
    public Inconclusive {
      checks = List.copyOf(checks);
    }
  }

  /// Returns the state that a gate with this verdict has.
  default GateState state() {
    return switch (this) {
      case Running _ -> GateState.RUNNING;
      case Pass _ -> GateState.PASS;
      case Fail _ -> GateState.FAIL;
      case Inconclusive _ -> GateState.INCONCLUSIVE;
    };
  }
}
