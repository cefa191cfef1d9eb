package io.pharos.server.web.release;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.judge.ReasonCode;

/// The verdict of a gate on pages. Only a valid pass of the gate itself is shown as PASS: a
/// person's decision is always shown as an override.
///
/// @param css class in the style sheet, which gives it its shape and colour
/// @param word the word for people
/// @param meaning a sentence that says what the verdict means for the release
record VerdictWord(String css, String word, String meaning) {
  /// Returns the verdict that applies to a gate.
  static VerdictWord of(GateRun run, EffectiveVerdict effective) {
    return effective
        .override()
        .map(override -> overridden(override, effective))
        .orElseGet(() -> own(run, effective));
  }

  private static VerdictWord overridden(GateOverride override, EffectiveVerdict effective) {
    String who = override.by() + " decided in place of the gate";
    if (effective.expired()) {
      return new VerdictWord(
          "inconclusive",
          "override expired",
          who + " that the release may continue, but that decision has expired.");
    }
    return override.outcome() == GateState.PASS
        ? new VerdictWord(
            "overridden", "overridden: go on", who + " that the release may continue.")
        : new VerdictWord(
            "overridden", "overridden: stop", who + " that the release must not continue.");
  }

  private static VerdictWord own(GateRun run, EffectiveVerdict effective) {
    return switch (run.state()) {
      case RUNNING ->
          new VerdictWord("running", "deciding", "The gate is still deciding about the release.");
      case FAIL -> new VerdictWord("fail", "FAIL", "The release must not continue.");
      case INCONCLUSIVE -> inconclusive(run.code());
      case PASS ->
          effective.outcome() == GateState.PASS
              ? new VerdictWord("pass", "PASS", "The release may continue.")
              : new VerdictWord(
                  "inconclusive",
                  "PASS expired",
                  "The release passed, but the pass is no longer valid: open a new gate.");
    };
  }

  private static VerdictWord inconclusive(ReasonCode code) {
    if (code == ReasonCode.CANCELLED || code == ReasonCode.SUPERSEDED) {
      boolean isCancelled = code == ReasonCode.CANCELLED;
      return new VerdictWord(
          "superseded",
          isCancelled ? "cancelled" : "superseded",
          isCancelled
              ? "The gate was cancelled before it decided."
              : "A newer gate replaced this gate before it decided.");
    }
    return code == ReasonCode.DAMAGED
        ? new VerdictWord(
            "unknown",
            "unknown",
            "The stored gate is not what Pharos recorded, so its verdict is unknown.")
        : new VerdictWord(
            "inconclusive",
            "INCONCLUSIVE",
            "There is no verdict: nothing shows that the release is good, or that it is bad.");
  }

  /// Returns the class of the first sentence of a page.
  public String sentenceClass() {
    return switch (css) {
      case "pass" -> "ok";
      case "fail" -> "firing";
      case "running" -> "";
      default -> "unknown";
    };
  }
}
