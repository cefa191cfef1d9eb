package io.pharos.server.web.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.judge.EvidenceCourse;
import io.pharos.gate.judge.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What the page of a deployment says, and what charts show after the last observation.
class DeploymentFactsTest {
  private final GateRig rig = new GateRig();

  private DeploymentFacts facts(GateRun run, Optional<DeploymentStatus> end) {
    Instant now = rig.clock.instant();
    Deployment open = Deployment.begin(GateRig.announcement("k", "green"), GateRig.START);
    GateRun stored = rig.service.find(run.id()).orElseThrow();
    return DeploymentFacts.of(
        new Release(
            end.map(it -> open.finished(it, now)).orElse(open),
            List.of(new Release.Judged(stored, rig.service.effectiveVerdict(stored))),
            Optional.empty()),
        List.of(),
        now);
  }

  @Test
  void facts_failure_sayWhatHappenedAndWhatToDo() {
    rig.badPerScrape = 20;
    GateRun failed = rig.toTheEnd(rig.open());
    DeploymentFacts open = facts(failed, Optional.empty());
    assertThat(open.css()).isEqualTo("firing");
    assertThat(open.sentence()).startsWith("error_bound: 60 of 120 requests failed");
    assertThat(open.advice()).startsWith("Return to the previous release");
    DeploymentFacts back = facts(failed, Optional.of(DeploymentStatus.ROLLED_BACK));
    assertThat(back.css()).isEqualTo("firing");
    assertThat(back.advice()).startsWith("The previous release serves again.");
    assertThat(back.ended()).isNotNull();
    assertThat(back.links()).singleElement().matches(it -> it.name().equals("run"));
  }

  @Test
  void facts_override_isNoSuccess() {
    rig.badPerScrape = 20;
    GateRun failed = rig.toTheEnd(rig.open());
    rig.service.override(rig.now(failed), "PASS", "It is the load test of INC-42.", "ada");
    DeploymentFacts facts = facts(failed, Optional.empty());
    assertThat(facts.css()).isEqualTo("unknown");
    assertThat(facts.sentence()).isEqualTo("ada: It is the load test of INC-42.");
    assertThat(facts.advice()).isEmpty();
    assertThat(facts(failed, Optional.of(DeploymentStatus.SUCCEEDED)).css()).isEqualTo("unknown");
  }

  @Test
  void word_passThatASucceededDeploymentUsed_staysAPass() {
    GateRun run = rig.toTheEnd(rig.open());
    rig.clock.advance(Duration.ofHours(1));
    var expired = rig.service.effectiveVerdict(run);
    assertThat(Release.Judged.of(run, expired, DeploymentStatus.SUCCEEDED).word().css())
        .isEqualTo("pass");
    assertThat(Release.Judged.of(run, expired, DeploymentStatus.IN_PROGRESS).word().word())
        .isEqualTo("PASS expired");
    assertThat(Release.Judged.of(run, expired, DeploymentStatus.ROLLED_BACK).word().word())
        .isEqualTo("PASS expired");
  }

  @Test
  void word_overrideThatASucceededDeploymentUsed_staysAnOverride() {
    rig.badPerScrape = 20;
    GateRun run = rig.toTheEnd(rig.open());
    rig.service.override(rig.now(run), "PASS", "It is the load test of INC-42.", "ada");
    rig.clock.advance(Duration.ofHours(1));
    assertThat(
            Release.Judged.of(run, rig.service.effectiveVerdict(run), DeploymentStatus.SUCCEEDED)
                .word()
                .css())
        .isEqualTo("overridden");
  }

  @Test
  void chart_afterTheLastObservation_showsNothing() {
    List<Observation> observations =
        List.of(new Observation(0, Map.of()), new Observation(10_000, Map.of()));
    var course =
        new EvidenceCourse(
            "t",
            List.of(new EvidenceCourse.Line("new version", false, new double[] {1, 2})),
            List.of());
    EvidenceChart chart = EvidenceChart.of(course, observations, Duration.ofSeconds(15));
    assertThat(chart.chart().json())
        .contains("\"points\":31")
        .contains("\"values\":[1,1,1,1,1,1,1,1,1,1,2,null,null");
  }
}
