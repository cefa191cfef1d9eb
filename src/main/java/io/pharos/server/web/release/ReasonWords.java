package io.pharos.server.web.release;

import io.pharos.gate.judge.ReasonCode;

/// What to do about the reason of a verdict.
final class ReasonWords {
  private static final String GO_BACK =
      "Return to the previous release, and look at the evidence below.";

  private ReasonWords() {}

  /// Returns the advice as a sentence; empty if there is nothing to do.
  static String advice(ReasonCode code) {
    return switch (code) {
      case OK, WAITING, CANCELLED, SUPERSEDED, VERSION_UNPROVEN, GAUGE -> "";
      case SOAK -> "Open a new gate: the candidate was not observed for long enough.";
      case EXPIRED -> "Open a new gate, because the pass is too old.";
      case NO_CHECKS -> "Add required checks to the policy, and open a new gate.";
      case DAMAGED -> "Run pharos gate verify, and open a new gate.";
      case NOT_STARTED, STARTING ->
          "Look whether the new version has started, and open a new gate when it runs.";
      case GONE -> "Look why the new version stopped, or why it is no longer scraped.";
      case WRONG_VERSION -> "Deploy the announced version to every instance of the candidate.";
      case RESTARTED, PROBE_FAILED, ALERT_FIRING, ERROR_BOUND, LATENCY_BOUND, GROWTH -> GO_BACK;
      case ERRORS_VS_BASELINE, LATENCY_VS_BASELINE, ANSWERS_VS_BASELINE, PAIRED_PROBES -> GO_BACK;
      case ALERT_SILENCED ->
          "Look at the silenced alert of the new version: a silence hides it from people, not from the gate.";
      case UNATTRIBUTED, ALERT_PENDING, PREEXISTING ->
          "Look at the alert first; open a new gate when it has ended.";
      case SHARED ->
          "Both versions are as bad, so look for a cause outside the release, and open a new gate later.";
      case SUSPECT -> "Give the gate more requests, or return: the new version looks worse.";
      case NOT_COMPARED, NO_BASELINE ->
          "Send requests to the previous version too, and open a new gate.";
      case MORE_REQUESTS, NO_TRAFFIC ->
          "Send more requests to the new version, and open a new gate.";
      case MORE_PROBES, MORE_SAMPLES -> "Give the gate more time: open a new one.";
      case BUDGET_BURN -> "Look why the error budget burns before the release continues.";
      case FREEZE -> "The error budget is used up: release only a fix.";
      case TELEMETRY, NO_DATA, NOT_A_NUMBER, STALE, CLOCK_SKEW, COUNTER_RESET, INCONSISTENT ->
          "Repair what Pharos reads (look at the check below), and open a new gate.";
    };
  }
}
