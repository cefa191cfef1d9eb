package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.GatePolicy;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A pass is observed as long as it is valid, and a new fault withdraws it.
class PassTest {
  private final GateRig rig = new GateRig();
  private GateRun passed;

  @BeforeEach
  void pass() {
    passed = rig.toTheEnd(rig.open());
    assertThat(passed.state()).isEqualTo(GateState.PASS);
  }

  private GateRun next() {
    rig.step();
    rig.tick();
    return rig.now(passed);
  }

  @Test
  void pass_whileAllIsWell_staysAndKeepsItsTime() {
    for (int i = 0; i < 50; i++) {
      assertThat(next().state()).isEqualTo(GateState.PASS);
    }
    assertThat(rig.now(passed).decidedAt()).isEqualTo(passed.decidedAt());
    assertThat(rig.service.isExpired(rig.now(passed))).isFalse();
    assertThat(rig.replay(passed)).matches(replay -> replay.intact() && replay.agrees());
  }

  @Test
  void pass_afterItsTime_isObservedNoMore() {
    for (int i = 0; i < 62; i++) {
      next();
    }
    GateRun end = rig.now(passed);
    assertThat(end.state()).isEqualTo(GateState.PASS);
    assertThat(end.isObserved()).isFalse();
    assertThat(rig.service.isExpired(end)).isTrue();
    assertThat(rig.gates.observed()).isEmpty();
  }

  @Test
  void pass_candidateDies_isWithdrawnWithinOneInterval() {
    rig.scraping = false;
    rig.probeOk = false;
    rig.step();
    rig.end();
    rig.tick();
    GateRun withdrawn = rig.now(passed);
    assertThat(withdrawn.state()).isEqualTo(GateState.RUNNING);
    assertThat(withdrawn.summary()).startsWith("The pass is withdrawn: ");
    assertThat(GateRig.check(withdrawn, "error_bound").code()).isEqualTo(ReasonCode.GONE);
    assertThat(withdrawn.decidedAt()).isNull();
    assertThat(rig.toTheEnd(passed).state()).isEqualTo(GateState.FAIL);
    assertThat(rig.meterRegistry.get("pharos.gate.passes.withdrawn").counter().count())
        .isEqualTo(1);
  }

  @Test
  void pass_ofWhoeverActsOnIt_isLookedAtFirst() throws Exception {
    assertThat(rig.service.use(passed.id(), Duration.ZERO)).contains(passed);
    rig.scraping = false;
    rig.probeOk = false;
    rig.step();
    rig.end(); // no tick: the look is that of the one who asks
    assertThat(rig.service.use(passed.id(), Duration.ZERO))
        .get()
        .matches(run -> run.state() == GateState.RUNNING);
  }

  @Test
  void pass_oneProbeFails_isWithdrawnAndComesBack() {
    rig.probeOk = false;
    assertThat(next().state()).isEqualTo(GateState.RUNNING);
    rig.probeOk = true;
    GateRun again = rig.toTheEnd(passed);
    assertThat(again.state()).isEqualTo(GateState.PASS);
    assertThat(again.decidedAt()).isAfter(passed.decidedAt());
  }

  @Test
  void pass_withdrawnAfterTheDeadline_isInconclusive() {
    for (int i = 0; i < 50; i++) {
      next();
    }
    assertThat(rig.clock.instant()).isAfter(passed.deadline());
    rig.world.down = true;
    GateRun end = next();
    assertThat(end.state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(end.code()).isEqualTo(ReasonCode.TELEMETRY);
    assertThat(end.summary()).startsWith("The pass is withdrawn: ");
    rig.world.down = false;
    assertThat(next()).isEqualTo(end);
  }

  @Test
  void pass_failsLater_staysFailed() {
    rig.badPerScrape = 40;
    GateRun failed = rig.toTheEnd(passed, rig::tick);
    for (int i = 0; i < 12; i++) {
      failed = next();
    }
    assertThat(failed.state()).isEqualTo(GateState.FAIL);
    rig.badPerScrape = 0;
    assertThat(next()).isEqualTo(failed);
  }

  @Test
  void pass_nobodyLooks_isNotUsed() {
    rig.clock.advance(Duration.ofMinutes(2)); // Pharos is away, the pass has eight minutes left
    assertThat(rig.service.isExpired(rig.now(passed))).isTrue();
  }

  @Test
  void pass_deploymentRolledBack_isWithdrawn() {
    rig.deployments.finish("deploy-1", DeploymentStatus.ROLLED_BACK, rig.clock.instant());
    GateRun end = next();
    assertThat(end.state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(end.code()).isEqualTo(ReasonCode.CANCELLED);
    assertThat(end.summary()).isEqualTo("The deployment ended as rolled_back.");
  }

  @Test
  void pass_gateOfTheNextDeployment_takesItsPlace() {
    rig.open("deploy-2");
    assertThat(rig.now(passed).code()).isEqualTo(ReasonCode.SUPERSEDED);
    assertThat(rig.now(passed).summary()).startsWith("It had passed. ");
  }

  @Test
  void pass_nextGateOfTheSameDeployment_leavesIt() {
    rig.service.open(new GateRequest("deploy-1", "next step", "ci"));
    assertThat(next().state()).isEqualTo(GateState.PASS);
  }

  @Test
  void pass_thatWasUsed_isLeftToHistoryByTheNextDeployment() {
    rig.deployments.finish("deploy-1", DeploymentStatus.SUCCEEDED, rig.clock.instant());
    rig.open("deploy-2");
    assertThat(rig.now(passed).state()).isEqualTo(GateState.PASS);
    assertThat(rig.now(passed).isObserved()).isFalse();
    assertThat(rig.service.isExpired(rig.now(passed))).isTrue();
  }

  @Test
  void interval_ofASecond_canPass() {
    var fast = new GateRig();
    fast.policies =
        GatePolicy.FILES.parse("backend", GateRig.POLICY.replace("interval: 10s", "interval: 1s"));
    var run = fast.open();
    fast.toTheEnd(run); // ticks come late, every ten seconds
    assertThat(fast.now(run).state()).as(fast.now(run).summary()).isEqualTo(GateState.PASS);
  }
}
