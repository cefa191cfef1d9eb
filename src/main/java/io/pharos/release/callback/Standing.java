package io.pharos.release.callback;

import static java.util.Objects.requireNonNull;

import io.pharos.release.deploy.Deployment;
import io.pharos.release.gate.Code;
import io.pharos.release.gate.GateRun;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How a release stands, in one word and a sentence for people. Only a pass that holds is good
/// news: what is not known, and what nobody judged, is not.
///
/// @param gateId the gate that says so; empty where none was opened
/// @param text without line breaks of its own
public record Standing(Word word, String gateId, String text) {
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

  public Standing {
    requireNonNull(word, "word is null");
    requireNonNull(gateId, "gateId is null");
    text = requireNonNull(text, "text is null").strip();
  }

  /// How a deployment stands.
  ///
  /// @param gates those of the deployment, newest first
  /// @param before the word and the gate that were to be told last; empty where nothing was
  public static Standing of(Deployment deployment, List<GateRun> gates, Optional<Before> before) {
    Optional<GateRun> newest = gates.stream().findFirst();
    String id = newest.map(GateRun::id).orElse("");
    return switch (deployment.status()) {
      case ROLLED_BACK -> new Standing(Word.FAILED, id, "Rolled back. " + reason(newest));
      case FAILED -> new Standing(Word.FAILED, id, "The deployment failed. " + reason(newest));
      case IN_PROGRESS ->
          newest
              .map(gate -> of(gate, before))
              .orElseGet(() -> new Standing(Word.RUNNING, "", "Being deployed, no gate yet."));
      case SUCCEEDED ->
          newest
              .map(gate -> of(gate, before))
              .orElseGet(
                  () ->
                      new Standing(
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

  private static Standing of(GateRun gate, Optional<Before> before) {
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
          case FAIL, INCONCLUSIVE -> gate.state() + " " + gate.code() + ": " + gate.summary();
        };
    return new Standing(word, gate.id(), word == Word.PASSED ? text : taken + text);
  }

  private static boolean ended(GateRun gate) {
    return gate.code() == Code.CANCELLED || gate.code() == Code.SUPERSEDED;
  }

  private static String reason(Optional<GateRun> newest) {
    return newest
        .filter(gate -> gate.state().isFinal())
        .map(gate -> "The gate said " + gate.state() + " " + gate.code() + ": " + gate.summary())
        .orElse("");
  }
}
