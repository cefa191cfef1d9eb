package io.pharos.server.web.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Strategy;
import io.pharos.rollout.RolloutRig;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Which releases need attention, the most urgent first.
class ReleaseNeedTest {
  private static final Instant NOW = GateRig.START.plus(Duration.ofMinutes(20));

  private final GateRig rig = new GateRig();

  private static Deployment deployment(String key, String service, Duration ago) {
    return Deployment.begin(
        Announcements.change(
            key, service, "production", "v2", "", Strategy.RECREATE, "", "", Map.of(), null),
        NOW.minus(ago));
  }

  private Release judged(Deployment deployment, GateRun run) {
    GateRun now = rig.service.find(run.id()).orElseThrow();
    return new Release(
        deployment,
        List.of(new Release.Judged(now, rig.service.effectiveVerdict(now))),
        Optional.empty());
  }

  private static Release bare(Deployment deployment) {
    return new Release(deployment, List.of(), Optional.empty());
  }

  private static List<ReleaseNeed.Kind> kinds(List<Release> releases) {
    return ReleaseNeed.of(releases, NOW).stream().map(ReleaseNeed::kind).toList();
  }

  @Test
  void needs_allAtOnce_areRanked() {
    rig.badPerScrape = 20;
    GateRun failed = rig.toTheEnd(rig.open("failed"));
    GateRun running = rig.open("running");
    var rollouts = new RolloutRig(RolloutRig.CANARY);
    rollouts.start();
    var rolling =
        new Release(
            deployment("gh:1", "shop", Duration.ofMinutes(1)),
            List.of(),
            Optional.of(rollouts.rollout()));
    Release ended =
        bare(
            deployment("e", "mail", Duration.ofHours(2))
                .finished(DeploymentStatus.ROLLED_BACK, NOW.minus(Duration.ofHours(1))));
    assertThat(
            kinds(
                List.of(
                    judged(deployment("r", "api", Duration.ofMinutes(1)), running),
                    rolling,
                    ended,
                    judged(deployment("f", "web", Duration.ofMinutes(5)), failed))))
        .containsExactly(
            ReleaseNeed.Kind.REFUSED,
            ReleaseNeed.Kind.FAILED,
            ReleaseNeed.Kind.ROLLOUT,
            ReleaseNeed.Kind.DECIDING);
  }

  @Test
  void needs_override_asksForNothing() {
    rig.badPerScrape = 20;
    GateRun failed = rig.toTheEnd(rig.open());
    rig.service.override(rig.now(failed), "PASS", "It is the load test of INC-42.", "ada");
    assertThat(kinds(List.of(judged(deployment("f", "web", Duration.ofMinutes(5)), failed))))
        .isEmpty();
  }

  @Test
  void needs_failureThatANewerDeploymentReplaced_isOver() {
    Deployment good =
        deployment("g", "web", Duration.ofMinutes(30)).finished(DeploymentStatus.SUCCEEDED, NOW);
    Deployment bad =
        deployment("b", "web", Duration.ofHours(2)).finished(DeploymentStatus.FAILED, NOW);
    assertThat(kinds(List.of(bare(good), bare(bad)))).isEmpty();
    assertThat(kinds(List.of(bare(bad)))).containsExactly(ReleaseNeed.Kind.FAILED);
    assertThat(ReleaseOverview.of(List.of(), List.of(good, bad), NOW).sentence())
        .isEqualTo(
            "No release needs attention. The last, web v2 in production, succeeded; it began 30 min ago.");
  }

  @Test
  void overview_failure_namesIt() {
    Deployment bad =
        deployment("b", "web", Duration.ofHours(2)).finished(DeploymentStatus.FAILED, NOW);
    ReleaseOverview overview =
        ReleaseOverview.of(ReleaseNeed.of(List.of(bare(bad)), NOW), List.of(bad), NOW);
    assertThat(overview.css()).isEqualTo("firing");
    assertThat(overview.sentence()).isEqualTo("web v2 in production failed.");
  }

  @Test
  void search_stateAndText_selectDeployments() {
    Deployment open = deployment("ci:1", "web", Duration.ofMinutes(1));
    Deployment done =
        deployment("ci:2", "web", Duration.ofHours(1)).finished(DeploymentStatus.SUCCEEDED, NOW);
    List<Deployment> all = List.of(open, done);
    assertThat(ReleaseSearch.of(null, null, "succeeded", null, null).run(all).deployments())
        .containsExactly(done);
    assertThat(ReleaseSearch.of(null, null, null, " CI:1 ", "1").run(all).deployments())
        .containsExactly(open);
    ReleaseSearch.Page beyond = ReleaseSearch.of("a&b", null, null, null, "2").run(all);
    assertThat(beyond.deployments()).isEmpty();
    assertThat(beyond.isLast()).isTrue();
    assertThat(ReleaseSearch.of("a&b", null, null, null, "2").newer())
        .isEqualTo("/releases?service=a%26b&env=&state=&text=&page=1");
    assertThat(ReleaseSearch.of(null, null, null, null, "-1").page()).isEqualTo(1);
  }

  @Test
  void timeline_states_differInShapeAndWord() {
    List<Deployment> deployments =
        List.of(
            deployment("4", "web", Duration.ofMinutes(1)),
            deployment("3", "web", Duration.ofHours(4)).finished(DeploymentStatus.ROLLED_BACK, NOW),
            deployment("2", "web", Duration.ofHours(8)).finished(DeploymentStatus.FAILED, NOW),
            deployment("1", "web", Duration.ofHours(10)).finished(DeploymentStatus.SUCCEEDED, NOW));
    Timeline timeline = Timeline.of(deployments, NOW);
    assertThat(timeline.lanes())
        .singleElement()
        .matches(it -> it.name().equals("web · production"));
    List<Timeline.Mark> marks = timeline.lanes().getFirst().marks();
    assertThat(marks)
        .extracting(Timeline.Mark::css)
        .containsExactly("success", "failed", "returned", "running");
    assertThat(marks).extracting(Timeline.Mark::from).startsWith("0.00", "20.00", "60.00");
    assertThat(marks.stream().map(it -> it.css() + it.shape()).distinct()).hasSize(4);
    assertThat(marks.get(1).text()).isEqualTo("v2, failed, 8 h ago");
  }

  @Test
  void timeline_closeDeployments_areOneMarkOfTheWorst() {
    Timeline timeline =
        Timeline.of(
            List.of(
                deployment("3", "web", Duration.ofMinutes(2))
                    .finished(DeploymentStatus.SUCCEEDED, NOW),
                deployment("2", "web", Duration.ofMinutes(3))
                    .finished(DeploymentStatus.FAILED, NOW),
                deployment("1", "web", Duration.ofHours(10))
                    .finished(DeploymentStatus.SUCCEEDED, NOW)),
            NOW);
    assertThat(timeline.lanes().getFirst().marks())
        .extracting(Timeline.Mark::count)
        .containsExactly(1, 2);
    assertThat(timeline.lanes().getFirst().marks().getLast())
        .matches(it -> it.css().equals("failed"))
        .matches(it -> it.text().startsWith("2 deployments, the worst: v2, failed"));
  }
}
