package io.pharos.server.web.release;

import io.pharos.callback.Callback;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Intent;
import io.pharos.model.LinkAddress;
import io.pharos.rollout.Rollout;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the page of a deployment shows beside its row.
///
/// @param css class of the first sentence
/// @param sentence the outcome
/// @param advice what to do; empty if there is nothing to do
/// @param announced what the pipeline announced, as names and values
/// @param ended when it ended; null while it is in progress
/// @param returned why the traffic returned to the previous release; empty if it did not
record DeploymentFacts(
    String css,
    String sentence,
    String advice,
    List<Named> announced,
    @Nullable PageTime ended,
    String returned,
    List<GateRow> gates,
    List<Link> links,
    List<Report> reports) {
  /// A fact of the announcement.
  record Named(String name, String value) {}

  /// A link to another page.
  record Link(String name, String address) {}

  /// One gate.
  record GateRow(String address, VerdictWord verdict, String summary, PageTime opened, String by) {}

  /// What another system was told.
  ///
  /// @param answer its last answer; empty if the report was delivered
  record Report(String target, String outcome, String status, String css, String answer) {}

  static DeploymentFacts of(Release release, List<Callback> callbacks, Instant now) {
    Deployment deployment = release.deployment();
    Instant end = deployment.finishedAt();
    return new DeploymentFacts(
        css(release),
        release.why(),
        advice(release),
        announced(deployment.announcement()),
        end == null ? null : PageTime.of(end, now),
        release
            .rollout()
            .filter(it -> RolloutWord.of(it).css().equals("returned"))
            .filter(_ -> !hasFailedGate(release))
            .map(Rollout::why)
            .orElse(""),
        release.gates().stream().map(it -> gate(it, now)).toList(),
        deployment.announcement().links().entrySet().stream()
            .filter(it -> LinkAddress.isLink(it.getValue()))
            .map(it -> new Link(PageText.of(it.getKey()), it.getValue()))
            .toList(),
        callbacks.stream().map(DeploymentFacts::report).toList());
  }

  /* The first sentence then says why it returned. */
  private static boolean hasFailedGate(Release release) {
    return release.newest().map(it -> it.effective().outcome() == GateState.FAIL).orElse(false);
  }

  private static String css(Release release) {
    return switch (release.deployment().status()) {
      case FAILED, ROLLED_BACK -> "firing";
      case SUCCEEDED, IN_PROGRESS ->
          release.newest().map(it -> it.word().sentenceClass()).orElse("");
    };
  }

  private static String advice(Release release) {
    Optional<Rollout> waiting = release.underWay().filter(RolloutWord::waitsForPerson);
    if (waiting.isPresent()) {
      return "Decide on the page of its rollout: approve, resume or abort.";
    }
    return switch (release.deployment().status()) {
      case SUCCEEDED -> "";
      case ROLLED_BACK ->
          "The previous release serves again. Look at the evidence before the next try.";
      case FAILED -> "Look whether the previous release serves, then at the evidence.";
      case IN_PROGRESS ->
          release
              .newest()
              .filter(it -> it.effective().override().isEmpty())
              .map(it -> ReasonWords.advice(it.run().code()))
              .orElse("");
    };
  }

  private static List<Named> announced(Announcement announcement) {
    var facts = new ArrayList<Named>();
    add(facts, "Key", announcement.key());
    add(facts, "Strategy", announcement.strategy().text());
    add(facts, "Intent", announcement.intent() == Intent.FIX ? announcement.intent().text() : "");
    add(facts, "Colour", announcement.color());
    add(facts, "Commit", announcement.sha());
    add(facts, "Image", announcement.digest());
    add(facts, "Candidate", announcement.candidate());
    add(facts, "Baseline", announcement.baseline());
    return facts;
  }

  private static void add(List<Named> facts, String name, String value) {
    if (!value.isEmpty()) {
      facts.add(new Named(name, PageText.of(value)));
    }
  }

  private static GateRow gate(Release.Judged gate, Instant now) {
    GateRun run = gate.run();
    return new GateRow(
        PageLinks.gate(run.id()),
        gate.word(),
        PageText.of(run.summary()),
        PageTime.of(run.openedAt(), now),
        PageText.of(run.openedBy()));
  }

  /// Returns what a target was told.
  static Report report(Callback callback) {
    return new Report(
        PageText.of(callback.target()) + " (" + callback.kind().text().replace('_', ' ') + ")",
        callback.message().word(),
        callback.status().text(),
        switch (callback.status()) {
          case TOLD -> "sent";
          case DROPPED -> "superseded";
          case WAITING, PENDING -> "retrying";
          case FAILED -> "failed";
        },
        callback.status() == Callback.Status.TOLD ? "" : PageText.of(callback.answer()));
  }
}
