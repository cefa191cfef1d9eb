package io.pharos.callback;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.deployment.Deployment;
import java.util.Locale;
import java.util.Optional;

/// How a release stands, in one word and a sentence for people. Only a pass that holds is good
/// news: what is not known, and what nobody judged, is not.
///
/// @param gateId the gate that says so; empty where none was opened
/// @param text without line breaks of its own
public record ReleaseOutcome(Word word, String gateId, String text) {
  /// How a release stands.
  public enum Word {
    /// It is under way, and not decided.
    RUNNING,
    /// The newest gate passed.
    PASSED,
    /// The newest gate had passed, which others may have been told, and its pass is taken back.
    WITHDRAWN,
    /// The newest gate failed, or the deployment did, or was rolled back.
    FAILED,
    /// The gate could not tell.
    INCONCLUSIVE,
    /// Somebody ended the gate before its verdict.
    CANCELLED,
    /// The deployment has ended, and no gate was opened for it.
    UNJUDGED;

    /// The word that the store and the API use.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public ReleaseOutcome {
    requireNonNull(word, "word is null");
    requireNonNull(gateId, "gateId is null");
    text = requireNonNull(text, "text is null").strip();
  }

  /// How a deployment stands.
  ///
  /// @param newest its newest gate
  /// @param override what a person decided in that gate's place
  /// @param before the word and the gate that were to be told last; empty where nothing was
  public static ReleaseOutcome of(
      Deployment deployment,
      Optional<GateRun> newest,
      Optional<GateOverride> override,
      Optional<Before> before) {
    String id = newest.map(GateRun::id).orElse("");
    return switch (deployment.status()) {
      case ROLLED_BACK ->
          new ReleaseOutcome(Word.FAILED, id, "Rolled back. " + reason(newest, override));
      case FAILED ->
          new ReleaseOutcome(Word.FAILED, id, "The deployment failed. " + reason(newest, override));
      case IN_PROGRESS ->
          newest
              .map(gate -> of(gate, override, before))
              .orElseGet(
                  () -> new ReleaseOutcome(Word.RUNNING, "", "Being deployed, no gate yet."));
      case SUCCEEDED ->
          newest
              .map(gate -> of(gate, override, before))
              .orElseGet(
                  () ->
                      new ReleaseOutcome(
                          Word.UNJUDGED, "", "Deployed, and no gate has judged the release."));
    };
  }

  /// What was to be told last.
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
          words(gate, override));
    }
    boolean passed = before.filter(it -> it.passed(gate)).isPresent();
    String taken = passed ? "The pass is withdrawn. " : "";
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
          case FAIL, INCONCLUSIVE -> words(gate, override);
        };
    return new ReleaseOutcome(word, gate.id(), word == Word.PASSED ? text : taken + text);
  }

  private static boolean ended(GateRun gate) {
    return gate.code() == ReasonCode.CANCELLED || gate.code() == ReasonCode.SUPERSEDED;
  }

  private static String reason(Optional<GateRun> newest, Optional<GateOverride> override) {
    return newest
        .filter(gate -> gate.state().isFinal() || override.isPresent())
        .map(gate -> "The gate said " + words(gate, override))
        .orElse("");
  }

  /// What counts of a gate, and why.
  static String words(GateRun gate, Optional<GateOverride> override) {
    String own = gate.state() + " " + gate.code() + ": " + gate.summary();
    return override
        .map(
            it ->
                it.outcome()
                    + " by "
                    + it.by()
                    + ", who overrides the gate: "
                    + it.reason()
                    + " (it said "
                    + own
                    + ")")
        .orElse(own);
  }
}
