package io.pharos.gate.hindsight;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateFact;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.GatePolicy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class BacktestTest {
  private final GateRig rig = new GateRig();

  private Backtest.Row row(String policy, GateRun run) {
    return new Backtest(GatePolicy.FILES.parse("backend", policy))
        .run(List.of(rig.stored(run)))
        .getFirst();
  }

  private static String with(String from, String to) {
    assertThat(GateRig.POLICY).contains(from);
    return GateRig.POLICY.replace(from, to);
  }

  @Test
  void samePolicy_saysTheSameAtTheSameTime() {
    GateRun run = rig.toTheEnd(rig.open());
    var row = row(GateRig.POLICY, run);
    assertThat(row.now()).isEqualTo(GateState.PASS);
    assertThat(row.code()).isEqualTo(run.code());
    assertThat(row.takesNow()).isEqualTo(row.takesThen()).isPositive();
    assertThat(row.missing()).isEmpty();
  }

  @Test
  void withdrawnPass_isThePassThatThePipelineWasTold() {
    GateRun run = rig.toTheEnd(rig.open());
    assertThat(run.state()).isEqualTo(GateState.PASS);
    rig.badPerScrape = 40;
    for (int i = 0; i < 6 && rig.now(run).state() == GateState.PASS; i++) {
      rig.step();
      rig.tick();
    }
    assertThat(rig.now(run).state()).isNotEqualTo(GateState.PASS);
    var row = row(GateRig.POLICY, rig.now(run));
    assertThat(row.then()).isEqualTo(GateState.PASS);
    assertThat(row.thenCode()).isEqualTo(ReasonCode.OK);
    assertThat(row.now()).isEqualTo(GateState.PASS);
    assertThat(row.takesNow()).isEqualTo(row.takesThen()).isEqualTo(Duration.ofSeconds(130));
  }

  @Test
  void looserBound_letsPassWhatFailed_onlyIfTheEvidenceReachesAVerdict() {
    rig.badPerScrape = 8;
    GateRun run = rig.toTheEnd(rig.open());
    assertThat(run.state()).isEqualTo(GateState.FAIL);
    var row = row(with("p_max: 0.05\n  latency_bound", "p_max: 0.5\n  latency_bound"), run);
    assertThat(row.now()).as("it ended after three observations").isEqualTo(GateState.RUNNING);
    assertThat(row.why()).startsWith("the stored evidence ends 30s after the opening: ");
    assertThat(row.takesNow()).isNull();
  }

  @Test
  void stricterBound_failsWhatPassed() {
    rig.badPerScrape = 0.75;
    GateRun run = rig.toTheEnd(rig.open());
    assertThat(run.state()).isEqualTo(GateState.PASS);
    var row = row(with("p_max: 0.05\n  latency_bound", "p_max: 0.001\n  latency_bound"), run);
    assertThat(row.now()).isEqualTo(GateState.FAIL);
    assertThat(row.code()).isEqualTo(ReasonCode.ERROR_BOUND);
    assertThat(row.takesNow()).isLessThan(row.takesThen());
  }

  @Test
  void longerSoak_isJudgedFromTheWatchOfThePass() {
    GateRun run = rig.toTheEnd(rig.open());
    for (int i = 0; i < 30; i++) {
      rig.step();
      rig.tick();
    }
    var row = row(with("min_soak: 2m", "min_soak: 4m"), run);
    assertThat(row.now()).isEqualTo(GateState.PASS);
    assertThat(row.takesNow()).isGreaterThanOrEqualTo(Duration.ofMinutes(4));
  }

  @Test
  void inputs_thatWereNotObserved_areUnknownAndNeverAPass() {
    GateRun run = rig.toTheEnd(rig.open());
    var other = row(with("http_requests_total{color=\"$color\"}", "other{color=\"$color\"}"), run);
    assertThat(other.missing()).containsExactly("error_bound");
    assertThat(other.now()).isEqualTo(GateState.RUNNING);
    assertThat(other.why()).contains("the stored evidence lacks the data of this check");
    var more = row(GateRig.POLICY + "  restarts: {selector: 'up{color=\"$color\"}'}\n", run);
    assertThat(more.missing())
        .as("what tells the start of the candidate changes what counts")
        .containsExactlyInAnyOrder("restarts", "probes", "alerts", "error_bound", "latency_bound");
    assertThat(more.now()).isNotEqualTo(GateState.PASS);
    var unproven =
        row(with("version: {selector: 'app_build_info{color=\"$color\"}'}", "version: none"), run);
    assertThat(unproven.missing()).contains("error_bound").doesNotContain("version");
    assertThat(unproven.now()).isNotEqualTo(GateState.PASS);
  }

  @Test
  void evidence_thatWasChanged_isNotJudged() {
    GateRun run = rig.toTheEnd(rig.open());
    StoredGate stored = rig.stored(run);
    var cut =
        new StoredGate(
            stored.run(),
            stored.checks(),
            stored.deployment(),
            stored.trail().subList(1, stored.trail().size()),
            stored.overrides(),
            stored.facts());
    var row =
        new Backtest(GatePolicy.FILES.parse("backend", GateRig.POLICY))
            .run(List.of(cut))
            .getFirst();
    assertThat(row.now()).isEqualTo(GateState.RUNNING);
    assertThat(row.why()).startsWith("the stored evidence was changed: observation 1 of ");
  }

  @Test
  void regrets_areThoseThatThePolicyWouldHaveSparedOrShared() {
    rig.badPerScrape = 0.75;
    GateRun run = rig.toTheEnd(rig.open());
    GateFact last = rig.gates.lastFact(run.id()).orElseThrow();
    var alert = new Regret(Regret.ALERT_AFTER_PASS, rig.clock.instant(), "HighErrors fires");
    rig.gates.append(last.next(GateFact.REGRETTED, rig.clock.instant(), alert.content()));
    var same = row(GateRig.POLICY, run);
    assertThat(same.regretsThen()).containsExactly("alert_after_pass");
    assertThat(same.regretsNow()).containsExactly("alert_after_pass");
    var stricter = row(with("p_max: 0.05\n  latency_bound", "p_max: 0.001\n  latency_bound"), run);
    assertThat(stricter.now()).isEqualTo(GateState.FAIL);
    assertThat(stricter.regretsNow()).as("the alert says that it was right").isEmpty();
  }

  @Test
  void failure_thatThePassOfTheVersionContradicts_isARegretOfThePolicy() {
    rig.badPerScrape = 0.75;
    GateRun run = rig.toTheEnd(rig.open());
    var stricter = row(with("p_max: 0.05\n  latency_bound", "p_max: 0.001\n  latency_bound"), run);
    assertThat(stricter.regretsNow()).containsExactly("pass_after_fail");
  }

  @Test
  void gates_ofOtherServices_areLeftOut() {
    GateRun run = rig.toTheEnd(rig.open());
    assertThat(
            new Backtest(GatePolicy.FILES.parse("x", with("service: backend", "service: other")))
                .run(List.of(rig.stored(run))))
        .isEmpty();
  }
}
