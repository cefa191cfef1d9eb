package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.GateService.Overridden;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.hindsight.Replay;
import io.pharos.gate.judge.ReasonCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A person's decision changes the verdict to act on, but not the gate's own verdict.
class OverridesTest {
  private static final String REASON = "The errors are those of the load test, see INC-42.";

  private final GateRig rig = new GateRig();

  private GateRun failed() {
    rig.badPerScrape = 20;
    GateRun run = rig.toTheEnd(rig.open());
    assertThat(run.state()).isEqualTo(GateState.FAIL);
    return run;
  }

  private Overridden decide(GateRun run, String outcome) {
    return rig.service.override(rig.now(run), outcome, REASON, "ada");
  }

  private GateState outcome(GateRun run) {
    return rig.service.effectiveVerdict(rig.now(run)).outcome();
  }

  private void refused(GateRun run, String outcome, String why) {
    assertThat(decide(run, outcome))
        .isInstanceOfSatisfying(
            Overridden.Refused.class, refused -> assertThat(refused.reason()).contains(why));
  }

  @Test
  void override_failedGate_countsAndLeavesTheVerdict() {
    GateRun run = failed();
    assertThat(decide(run, "PASS")).isInstanceOf(Overridden.Made.class);
    assertThat(rig.now(run)).isEqualTo(run);
    EffectiveVerdict ruling = rig.service.effectiveVerdict(run);
    assertThat(ruling.outcome()).isEqualTo(GateState.PASS);
    assertThat(ruling.override())
        .get()
        .matches(made -> made.by().equals("ada") && made.reason().equals(REASON))
        .matches(made -> made.state() == GateState.FAIL && made.at().equals(rig.clock.instant()));
    assertThat(
            rig.meterRegistry
                .get("pharos.gate.overrides")
                .tags("service", "backend", "env", "production", "state", "FAIL", "outcome", "PASS")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void override_pass_isForbidden() {
    GateRun run = rig.toTheEnd(rig.open());
    assertThat(decide(run, "FAIL")).isInstanceOf(Overridden.Made.class);
    assertThat(outcome(run)).isEqualTo(GateState.FAIL);
    rig.step();
    rig.tick();
    assertThat(rig.now(run).state()).isEqualTo(GateState.PASS); // it is observed all the same
    assertThat(outcome(run)).isEqualTo(GateState.FAIL);
  }

  @Test
  void override_whileTheGateIsObserved_isRecordedAfterTheObservation() {
    GateRun run = rig.open();
    rig.gates.beforeOverride =
        () -> {
          rig.step();
          rig.tick();
        };
    assertThat(decide(run, "FAIL")).isInstanceOf(Overridden.Made.class);
    assertThat(rig.now(run).evaluations()).isPositive();
    assertThat(outcome(run)).isEqualTo(GateState.FAIL);
  }

  @Test
  void override_whileAnotherIsRecorded_isRefused() {
    GateRun run = rig.open();
    rig.gates.beforeOverride = () -> rig.service.override(run, "FAIL", REASON, "bob");
    refused(run, "FAIL", "another decision or observation was recorded at the same time");
  }

  @Test
  void override_whileItRuns_mayStopButNotLetGo() throws Exception {
    GateRun run = rig.open();
    refused(run, "PASS", "it is still running");
    var waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return rig.service.await(run.id(), Duration.ofSeconds(60));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(decide(run, "FAIL")).isInstanceOf(Overridden.Made.class);
    assertThat(waiting.get(4, TimeUnit.SECONDS)).isPresent(); // it does not wait for the verdict
    assertThat(rig.toTheEnd(run).state()).isEqualTo(GateState.PASS);
    assertThat(outcome(run)).isEqualTo(GateState.FAIL);
  }

  @Test
  void override_changedMind_lastOneCountsAndAllAreKept() {
    GateRun run = failed();
    decide(run, "PASS");
    rig.service.override(run, "FAIL", "The load test was over an hour ago.", "bob");
    EffectiveVerdict ruling = rig.service.effectiveVerdict(run);
    assertThat(ruling.outcome()).isEqualTo(GateState.FAIL);
    assertThat(ruling.overrides()).extracting(GateOverride::by).containsExactly("ada", "bob");
  }

  @Test
  void override_theSameAgain_isOne() {
    GateRun run = failed();
    decide(run, "PASS");
    assertThat(decide(run, "PASS")).isInstanceOf(Overridden.Made.class);
    assertThat(rig.service.effectiveVerdict(run).overrides()).hasSize(1);
  }

  @Test
  void override_toPass_endsWithTheTimeOfAPass() {
    GateRun run = failed();
    decide(run, "PASS");
    Duration valid = run.policy().passValid();
    rig.clock.advance(valid);
    assertThat(outcome(run)).isEqualTo(GateState.PASS);
    rig.clock.advance(Duration.ofMillis(1));
    assertThat(rig.service.effectiveVerdict(run))
        .matches(ruling -> ruling.outcome() == GateState.INCONCLUSIVE && ruling.expired());
  }

  @Test
  void override_toPass_endsWithItsDeploymentAndWithANewerGate() {
    GateRun run = failed();
    decide(run, "PASS");
    rig.clock.advance(Duration.ofSeconds(1));
    rig.open("deploy-2");
    assertThat(outcome(run)).isEqualTo(GateState.INCONCLUSIVE);
    rig.service.override(run, "FAIL", REASON, "ada");
    refused(run, "PASS", "the newer gate");
  }

  @Test
  void override_deploymentThatWasRolledBack_isRefused() {
    GateRun run = failed();
    rig.deployments.finish(run.deploymentKey(), DeploymentStatus.ROLLED_BACK, rig.clock.instant());
    refused(run, "PASS", "its deployment ended as rolled_back");
  }

  @Test
  void override_gateThatANewerOneReplaced_isRefused() {
    GateRun run = rig.open();
    rig.clock.advance(Duration.ofSeconds(1));
    GateRun newer = rig.open("deploy-2");
    assertThat(rig.now(run).code()).isEqualTo(ReasonCode.SUPERSEDED);
    refused(run, "PASS", "the newer gate " + newer.id() + " judges version v2");
    assertThat(decide(run, "FAIL")).isInstanceOf(Overridden.Made.class);
  }

  @Test
  void override_gateThatPassed_isNotMadeToLast() {
    refused(rig.toTheEnd(rig.open()), "PASS", "it has passed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ok", "          ", "because ! "})
  void override_withoutAReason_isRefused(String reason) {
    GateRun run = failed();
    assertThatThrownBy(() -> rig.service.override(run, "PASS", reason, "ada"))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("a reason of 10 to 1000 characters");
  }

  @Test
  void override_withANovel_isRefused() {
    GateRun run = failed();
    assertThatThrownBy(() -> rig.service.override(run, "PASS", "x".repeat(1001), "ada"))
        .hasMessageContaining("1001 characters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pass", "INCONCLUSIVE", "RUNNING", ""})
  void override_toWhatNobodyDecides_isRefused(String outcome) {
    GateRun run = failed();
    assertThatThrownBy(() -> rig.service.override(run, outcome, REASON, "ada"))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("PASS or FAIL");
  }

  @Test
  void override_moreThanTwenty_isRefused() {
    GateRun run = failed();
    for (int i = 0; i < 20; i++) {
      rig.service.override(run, i % 2 == 0 ? "PASS" : "FAIL", REASON, "ada");
    }
    refused(run, "PASS", "overridden 20 times");
  }

  @Test
  void override_thatSomebodyEdits_breaksTheTrail() {
    GateRun run = failed();
    decide(run, "PASS");
    rig.service.override(run, "FAIL", REASON, "bob");
    assertThat(rig.replay(run))
        .matches(replay -> replay.intact() && replay.agrees() && replay.state() == GateState.FAIL);
    rig.gates.tamperReason(run.id(), "Because I say so, that's why.");
    assertThat(rig.replay(run)).matches(replay -> !replay.intact());
  }

  @Test
  void override_afterWhichObservationsAreEdited_breaksTheTrail() {
    GateRun run = rig.open();
    rig.step();
    rig.tick();
    decide(run, "FAIL");
    rig.step();
    rig.tick();
    assertThat(rig.replay(rig.now(run))).matches(Replay::intact);
    rig.gates.tamper(run.id(), 0, "green", "blue");
    assertThat(rig.replay(rig.now(run))).matches(replay -> !replay.intact());
  }

  @Test
  void open_sameDeploymentAgain_leavesThePassThatSomebodyGave() {
    GateRun run = failed();
    decide(run, "PASS");
    rig.clock.advance(Duration.ofSeconds(1));
    Deployment same = rig.deployments.find(run.deploymentKey()).orElseThrow();
    rig.service.open(new GateRequest(same.key(), "another step", "ci"));
    assertThat(outcome(run)).isEqualTo(GateState.PASS);
  }
}
