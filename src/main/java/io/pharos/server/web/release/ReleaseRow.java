package io.pharos.server.web.release;

import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.design.ReleaseState;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One deployment in the list and on its own page.
///
/// @param after version of the previous successful deployment; empty if it is unknown or the same
/// @param verdict verdict of the newest gate; null without a gate
/// @param why the reason of the verdict as a sentence
/// @param by names of the tokens that opened its gates or started its rollout
/// @param gate page of the newest gate; empty without a gate
/// @param phase phase of its rollout; null without a rollout
/// @param rollout page of its rollout; empty without a rollout
record ReleaseRow(
    String address,
    String service,
    String env,
    String version,
    String after,
    ReleaseState state,
    @Nullable VerdictWord verdict,
    String why,
    PageTime start,
    String took,
    String by,
    String gate,
    @Nullable RolloutWord phase,
    String rollout) {
  /// Returns the row of a release.
  ///
  /// @param known deployments of any service, newest first, among which the previous is looked for
  static ReleaseRow of(Release release, List<Deployment> known, Instant now) {
    Deployment deployment = release.deployment();
    String after = after(deployment, known);
    return new ReleaseRow(
        PageLinks.deployment(deployment.key()),
        PageText.of(deployment.service()),
        PageText.of(deployment.env()),
        PageText.of(deployment.version()),
        after.equals(deployment.version()) ? "" : PageText.of(after),
        ReleaseState.of(deployment.status()),
        release.newest().map(Release.Judged::word).orElse(null),
        release.why(),
        PageTime.of(deployment.startedAt(), now),
        PageTime.span(release.took(now)),
        by(release),
        release.newest().map(it -> PageLinks.gate(it.run().id())).orElse(""),
        release.rollout().map(RolloutWord::of).orElse(null),
        release.rollout().map(it -> PageLinks.rollout(it.id())).orElse(""));
  }

  private static String after(Deployment deployment, List<Deployment> known) {
    return known.stream()
        .filter(it -> it.startedAt().isBefore(deployment.startedAt()))
        .filter(it -> it.service().equals(deployment.service()))
        .filter(it -> it.env().equals(deployment.env()))
        .filter(it -> it.status() == DeploymentStatus.SUCCEEDED)
        .map(Deployment::version)
        .findFirst()
        .orElse("");
  }

  private static String by(Release release) {
    return String.join(
        ", ",
        Stream.concat(
                release.rollout().map(it -> it.order().startedBy()).stream(),
                release.gates().stream().map(Release.Judged::run).map(GateRun::openedBy))
            .distinct()
            .map(PageText::of)
            .toList());
  }
}
