package io.pharos.gate;

import java.util.List;

/// What a gate says about what was observed so far.
public sealed interface Verdict {
  ReasonCode code();

  /// One or more sentences for people.
  String summary();

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

  default GateState state() {
    return switch (this) {
      case Running _ -> GateState.RUNNING;
      case Pass _ -> GateState.PASS;
      case Fail _ -> GateState.FAIL;
      case Inconclusive _ -> GateState.INCONCLUSIVE;
    };
  }
}
