package io.pharos.server.web.release;

import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.rollout.Rollout;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.design.ReleaseState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// A release that needs attention now, or that is under way.
///
/// @param kind why it is here; the most urgent first
/// @param text the reason as a sentence
/// @param address the page that shows what to do
record ReleaseNeed(
    Kind kind, String css, String word, String name, String text, String address, PageTime since) {
  /// A failure is shown this long, unless a newer deployment replaces it.
  private static final Duration FAILURE = Duration.ofDays(1);

  /// Why a release needs attention.
  enum Kind {
    /// Nothing continues until a person decides.
    WAITS,
    /// The release must not continue, and its deployment goes on.
    REFUSED,
    /// There is no verdict, and the deployment goes on.
    UNDECIDED,
    /// The newest deployment of its service and environment failed.
    FAILED,
    /// A rollout runs.
    ROLLOUT,
    /// A gate decides.
    DECIDING
  }

  /// Returns what needs attention, the most urgent first.
  ///
  /// @param releases newest first
  static List<ReleaseNeed> of(List<Release> releases, Instant now) {
    var needs = new ArrayList<ReleaseNeed>();
    var seen = new HashSet<List<String>>();
    for (Release release : releases) {
      Deployment deployment = release.deployment();
      boolean isNewest = seen.add(List.of(deployment.service(), deployment.env()));
      of(release, isNewest, now).ifPresent(needs::add);
    }
    needs.sort(Comparator.comparing(ReleaseNeed::kind));
    return needs;
  }

  private static Optional<ReleaseNeed> of(Release release, boolean isNewest, Instant now) {
    Optional<Rollout> rollout = release.underWay();
    if (rollout.isPresent()) {
      return Optional.of(ofRollout(release, rollout.get(), now));
    }
    return release
        .newest()
        .flatMap(it -> ofGate(release, it, now))
        .or(() -> isNewest ? ofEnd(release, now) : Optional.empty());
  }

  private static ReleaseNeed ofRollout(Release release, Rollout rollout, Instant now) {
    RolloutWord word = RolloutWord.of(rollout);
    return new ReleaseNeed(
        RolloutWord.waitsForPerson(rollout) ? Kind.WAITS : Kind.ROLLOUT,
        word.css(),
        word.word(),
        name(release.deployment()),
        PageText.of(rollout.why()),
        PageLinks.rollout(rollout.id()),
        PageTime.of(rollout.since(), now));
  }

  private static Optional<ReleaseNeed> ofGate(Release release, Release.Judged gate, Instant now) {
    boolean isOpen = release.deployment().status() == DeploymentStatus.IN_PROGRESS;
    GateState outcome = gate.effective().outcome();
    Instant decided = gate.run().decidedAt();
    Kind kind =
        switch (outcome) {
          case RUNNING -> Kind.DECIDING;
          case PASS -> null;
          case FAIL -> Kind.REFUSED;
          case INCONCLUSIVE -> gate.word().css().equals("superseded") ? null : Kind.UNDECIDED;
        };
    boolean isOld = decided != null && decided.plus(FAILURE).isBefore(now);
    if (kind == null || !isOpen || isOld) {
      return Optional.empty();
    }
    return Optional.of(
        new ReleaseNeed(
            kind,
            gate.word().css(),
            gate.word().word(),
            name(release.deployment()),
            gate.why(),
            PageLinks.gate(gate.run().id()),
            PageTime.of(decided == null ? gate.run().openedAt() : decided, now)));
  }

  private static Optional<ReleaseNeed> ofEnd(Release release, Instant now) {
    Deployment deployment = release.deployment();
    Instant end = deployment.finishedAt();
    boolean failed =
        switch (deployment.status()) {
          case FAILED, ROLLED_BACK -> true;
          case IN_PROGRESS, SUCCEEDED -> false;
        };
    if (!failed || end == null || end.plus(FAILURE).isBefore(now)) {
      return Optional.empty();
    }
    ReleaseState state = ReleaseState.of(deployment.status());
    return Optional.of(
        new ReleaseNeed(
            Kind.FAILED,
            state.css(),
            state.word(),
            name(deployment),
            release.newest().map(it -> it.word().word() + ": ").orElse("") + release.why(),
            PageLinks.deployment(deployment.key()),
            PageTime.of(end, now)));
  }

  private static String name(Deployment deployment) {
    return "%s %s in %s"
        .formatted(
            PageText.of(deployment.service()),
            PageText.of(deployment.version()),
            PageText.of(deployment.env()));
  }
}
