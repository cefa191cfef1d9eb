package io.pharos.gate.hindsight;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.observe.FiringAlerts;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegretWatchTest {
  private final GateRig rig = new GateRig();
  private final List<String> anchored = new ArrayList<>();
  private final RegretWatch watch =
      new RegretWatch(
          rig.deployments,
          rig.gates,
          rig.world,
          (run, fact) -> anchored.add(run.id() + " " + fact.kind()),
          rig.meterRegistry);

  private void firing(Labels labels, Instant activeAt) {
    rig.world.alerts =
        new FiringAlerts.Answer.Known(
            12,
            rig.clock.instant(),
            List.of(new FiringAlerts.Active(labels, activeAt, true, false)));
  }

  private static final Labels ALERT =
      Labels.of("alertname", "HighErrors", "service", "backend", "severity", "critical");

  private void look() {
    watch.check(rig.clock.instant());
  }

  private List<Regret> regrets(GateRun run) {
    return Regret.among(rig.gates.facts(run.id()));
  }

  private GateRun passed() {
    GateRun run = rig.toTheEnd(rig.open());
    assertThat(run.state()).isEqualTo(GateState.PASS);
    // The pass has expired: later faults withdraw nothing.
    rig.clock.advance(Duration.ofMinutes(11));
    rig.step();
    rig.tick();
    assertThat(rig.now(run).isObserved()).isFalse();
    return rig.now(run);
  }

  private double counted(String kind) {
    var counter =
        rig.meterRegistry
            .find("pharos.gate.regrets")
            .tags("service", "backend", "env", "production", "kind", kind)
            .counter();
    return counter == null ? 0 : counter.count();
  }

  @Test
  void criticalAlert_withinAnHourOfAPass_isARegretOnce() {
    GateRun run = passed();
    look();
    assertThat(regrets(run)).isEmpty();
    firing(ALERT, run.decidedAt().plusSeconds(900));
    look();
    look();
    assertThat(regrets(run))
        .singleElement()
        .matches(regret -> regret.kind().equals("alert_after_pass"))
        .matches(
            regret -> regret.text().startsWith("HighErrors has fired since "), "names the alert")
        .matches(regret -> regret.text().contains(", 900 s after the pass: "));
    assertThat(counted("alert_after_pass")).isEqualTo(1);
    assertThat(anchored).containsExactly(run.id() + " regretted");
    assertThat(Verification.of(rig.stored(run))).isInstanceOf(Verification.Whole.class);
    assertThat(rig.replay(run)).matches(Replay::agrees);
  }

  @Test
  void alert_thatIsNotThePasss_isNoRegret() {
    GateRun run = passed();
    Instant passed = run.decidedAt();
    firing(ALERT, passed.minusSeconds(1));
    look();
    firing(ALERT.with("severity", "warning"), passed.plusSeconds(60));
    look();
    firing(ALERT.with("service", "other"), passed.plusSeconds(60));
    look();
    firing(ALERT.with("color", "blue"), passed.plusSeconds(60));
    look();
    rig.world.alerts = new FiringAlerts.Answer.Unknown("rules fail");
    look();
    assertThat(regrets(run)).isEmpty();
    rig.clock.advance(Duration.ofHours(1));
    firing(ALERT, passed.plusSeconds(3700));
    look();
    assertThat(regrets(run)).isEmpty();
  }

  @Test
  void alert_afterTheNextRelease_isNotThisOnes() {
    GateRun run = passed();
    rig.deployments.put(
        Deployment.begin(GateRig.announcement("deploy-2", "green"), rig.clock.instant()));
    rig.service.open(new GateRequest("deploy-2", "deploy-2", "ci"));
    firing(ALERT, rig.clock.instant().plusSeconds(1));
    rig.clock.advance(Duration.ofSeconds(5));
    look();
    assertThat(regrets(run)).isEmpty();
  }

  @Test
  void passOfAVersion_afterItsFailure_isARegretOfTheFailure() {
    rig.badPerScrape = 8;
    GateRun failed = rig.toTheEnd(rig.open());
    assertThat(failed.state()).isEqualTo(GateState.FAIL);
    rig.badPerScrape = 0;
    rig.clock.advance(Duration.ofMinutes(5));
    look();
    assertThat(regrets(failed)).isEmpty();
    rig.deployments.put(
        Deployment.begin(GateRig.announcement("deploy-2", "green"), rig.clock.instant()));
    var opened =
        (GateService.Opened.Created)
            rig.service.open(new GateRequest("deploy-2", "deploy-2", "ci"));
    GateRun passed = rig.toTheEnd(opened.run());
    assertThat(passed.state()).isEqualTo(GateState.PASS);
    look();
    assertThat(regrets(failed)).extracting(Regret::kind).containsExactly("pass_after_fail");
    assertThat(regrets(passed)).isEmpty();
    assertThat(counted("pass_after_fail")).isEqualTo(1);
  }

  @Test
  void storeThatIsAway_isAskedAgain() {
    GateRun run = passed();
    firing(ALERT, run.decidedAt().plusSeconds(60));
    rig.gates.broken = true;
    look();
    rig.gates.broken = false;
    look();
    assertThat(regrets(run)).hasSize(1);
  }
}
