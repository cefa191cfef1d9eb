package io.pharos.callback;

import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.ReasonCode;
import java.util.Locale;
import java.util.Optional;

/// The outcome of a release: one word, and a sentence for people. Only a valid pass is a success;
/// an unknown outcome, or an outcome without a gate, is not a success.
///
/// @param gateId the gate with that outcome; empty if no gate was opened
/// @param text a sentence without line breaks
public record ReleaseOutcome(Word word, String gateId, String text) {
  /// The outcome in one word.
  public enum Word {
    /// The release is running and has no verdict yet.
    RUNNING,
    /// The newest gate has passed.
    PASSED,
    /// The newest gate had passed, but its pass was withdrawn. The pass may have been reported.
    WITHDRAWN,
    /// The newest gate or the deployment failed, or the deployment was rolled back.
    FAILED,
    /// The newest gate is inconclusive.
    INCONCLUSIVE,
    /// A person or a newer gate ended the gate before its verdict.
    CANCELLED,
    /// The deployment has ended without a gate.
    UNJUDGED;

    /// Returns the word for the outcome in the store and in the API.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public ReleaseOutcome {
    text = text.strip();
  }

  /// Returns the outcome of a deployment.
  ///
  /// @param newest the deployment's newest gate
  /// @param override a person's decision that replaces the verdict of `newest`
  /// @param before word and gate of the previous message; empty if there was none
  public static ReleaseOutcome of(
      Deployment deployment,
      Optional<GateRun> newest,
      Optional<GateOverride> override,
      Optional<Before> before) {
    String id = newest.map(GateRun::id).orElse("");
    return switch (deployment.status()) {
      case ROLLED_BACK ->
          new ReleaseOutcome(
              Word.FAILED, id, "The release was rolled back. " + reason(newest, override));
      case FAILED ->
          new ReleaseOutcome(Word.FAILED, id, "The deployment failed. " + reason(newest, override));
      case IN_PROGRESS ->
          newest
              .map(gate -> of(gate, override, before))
              .orElseGet(
                  () ->
                      new ReleaseOutcome(
                          Word.RUNNING,
                          "",
                          "The release is being deployed; there is no gate yet."));
      case SUCCEEDED ->
          newest
              .map(gate -> of(gate, override, before))
              .orElseGet(
                  () ->
                      new ReleaseOutcome(
                          Word.UNJUDGED, "", "The release is deployed; no gate has judged it."));
    };
  }

  /// Word and gate of the previous message.
  public record Before(String word, String gateId) {
    boolean passed(GateRun gate) {
      return gateId.equals(gate.id())
          && (word.equals(Word.PASSED.text()) || word.equals(Word.WITHDRAWN.text()));
    }
  }

  private static ReleaseOutcome of(
      GateRun gate, Optional<GateOverride> override, Optional<Before> before) {
    if (override.isPresent()) {
      return new ReleaseOutcome(
          override.get().outcome() == GateState.PASS ? Word.PASSED : Word.FAILED,
          gate.id(),
          verdictText(gate, override));
    }
    boolean passed = before.filter(message -> message.passed(gate)).isPresent();
    String withdrawal = passed ? "The pass is withdrawn. " : "";
    Word word =
        switch (gate.state()) {
          case RUNNING -> passed ? Word.WITHDRAWN : Word.RUNNING;
          case PASS -> Word.PASSED;
          case FAIL -> Word.FAILED;
          case INCONCLUSIVE ->
              passed ? Word.WITHDRAWN : ended(gate) ? Word.CANCELLED : Word.INCONCLUSIVE;
        };
    String text =
        switch (gate.state()) {
          case PASS, RUNNING -> gate.summary();
          case FAIL, INCONCLUSIVE -> verdictText(gate, override);
        };
    return new ReleaseOutcome(word, gate.id(), word == Word.PASSED ? text : withdrawal + text);
  }

  private static boolean ended(GateRun gate) {
    return gate.code() == ReasonCode.CANCELLED || gate.code() == ReasonCode.SUPERSEDED;
  }

  private static String reason(Optional<GateRun> newest, Optional<GateOverride> override) {
    return newest
        .filter(gate -> gate.state().isFinal() || override.isPresent())
        .map(gate -> "The gate's verdict is " + verdictText(gate, override))
        .orElse("");
  }

  /// Returns the verdict that applies, with its reason.
  static String verdictText(GateRun gate, Optional<GateOverride> override) {
    String gateVerdict = gate.state() + " " + gate.code() + ": " + gate.summary();
    return override
        .map(
            decision ->
                "%s by %s in place of the gate: %s (the gate's verdict was %s)"
                    .formatted(decision.outcome(), decision.by(), decision.reason(), gateVerdict))
        .orElse(gateVerdict);
  }
}
