package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Intent;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.hindsight.Replay;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GateServiceTest {
  private final GateRig rig = new GateRig();

  @Test
  void tick_errorsAboveTheBound_failsWithEvidence() {
    rig.badPerScrape = 8;
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).isEqualTo(GateState.FAIL);
    assertThat(end.code()).isEqualTo(ReasonCode.ERROR_BOUND);
    assertThat(Duration.between(end.openedAt(), end.decidedAt()))
        .isLessThanOrEqualTo(Duration.ofMinutes(1));
    var check = GateRig.check(end, "error_bound");
    assertThat(check.text())
        .matches(
            "error_bound: \\d+ of \\d+ requests failed \\(20.0 %\\); the bound is 5.0 %, evidence"
                + " [a-z0-9 ]+:1, fails at 100:1.");
    assertThat(check.queries()).hasSize(2).first().asString().startsWith(GateRig.TOTAL + "[");
    assertThat(check.bad()).isEqualTo(check.total() / 5);
  }

  @Test
  void tick_oneBurstOfErrors_doesNotFail() {
    var run = rig.open();
    for (int i = 0; i < 20; i++) {
      rig.badPerScrape = i == 3 ? 30 : 0;
      rig.step();
      rig.tick();
    }
    assertThat(rig.now(run).state()).isEqualTo(GateState.RUNNING);
    assertThat(GateRig.check(rig.now(run), "error_bound").code())
        .isEqualTo(ReasonCode.MORE_REQUESTS);
  }

  @Test
  void tick_slowRequests_failByLatency() {
    rig.slowPerScrape = 10;
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).isEqualTo(GateState.FAIL);
    assertThat(end.code()).isEqualTo(ReasonCode.LATENCY_BOUND);
    assertThat(end.summary()).contains("requests were slow (25.0 %)");
  }

  @Test
  void tick_beforeTheWarmUpIsOver_saysSoOfLatency() {
    var run = rig.open();
    rig.step();
    rig.tick();
    assertThat(GateRig.check(rig.now(run), "latency_bound"))
        .matches(check -> check.code() == ReasonCode.STARTING)
        .matches(check -> check.text().contains("warms up until 2026-03-01T12:00:29Z"));
  }

  @Test
  void tick_slowOnlyWhileWarmingUp_passes() {
    var end =
        rig.toTheEnd(
            rig.open(),
            () ->
                rig.slowPerScrape =
                    rig.clock.instant().isBefore(GateRig.START.plusSeconds(15)) ? 40 : 0);
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.PASS);
  }

  @Test
  void tick_probeFailsThreeTimes_fails() {
    var end =
        rig.toTheEnd(
            rig.open(),
            () -> rig.probeOk = rig.clock.instant().isBefore(GateRig.START.plusSeconds(40)));
    assertThat(end.state()).isEqualTo(GateState.FAIL);
    assertThat(end.code()).isEqualTo(ReasonCode.PROBE_FAILED);
    assertThat(end.summary()).contains("backend-green failed 3 times in a row").contains("before");
  }

  @Test
  void tick_probeFailsWhileStarting_isExcused() {
    rig.probeOk = false;
    var end =
        rig.toTheEnd(
            rig.open(),
            () -> rig.probeOk = !rig.clock.instant().isBefore(GateRig.START.plusSeconds(40)));
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.PASS);
  }

  @Test
  void tick_probeNeverSucceeds_failsOnceTheStartIsOver() {
    rig.probeOk = false;
    var end = rig.toTheEnd(rig.open());
    assertThat(end.code()).isEqualTo(ReasonCode.PROBE_FAILED);
    assertThat(end.summary()).contains("never succeeded: look at its log");
    assertThat(end.decidedAt()).isAfterOrEqualTo(GateRig.START.plusSeconds(60));
  }

  @Test
  void tick_newAlertOfTheCandidateFires_failsAndStaysFailed() {
    var run = rig.open();
    rig.step();
    rig.world.alerts =
        FaultTableTest.alert(
            rig, GateRig.START.plusSeconds(9), true, false, "backend", "color", "green");
    rig.tick();
    var failed = rig.now(run);
    assertThat(failed.state()).isEqualTo(GateState.FAIL);
    assertThat(failed.code()).isEqualTo(ReasonCode.ALERT_FIRING);
    assertThat(failed.summary()).contains("ApiErrors (color=green, service=backend) since");
    assertThat(rig.toTheEnd(run)).isEqualTo(failed);
  }

  @Test
  void tick_alertOfAnotherServiceOrSilenced_passes() {
    var end =
        rig.toTheEnd(
            rig.open(),
            () ->
                rig.world.alerts =
                    FaultTableTest.alert(rig, GateRig.START.plusSeconds(5), true, false, "other"));
    assertThat(end.state()).isEqualTo(GateState.PASS);

    var other = new GateRig();
    var silenced =
        other.toTheEnd(
            other.open(),
            () ->
                other.world.alerts =
                    FaultTableTest.alert(
                        other, GateRig.START.plusSeconds(5), true, true, "backend"));
    assertThat(silenced.state()).isEqualTo(GateState.PASS);
    assertThat(GateRig.check(silenced, "alerts").notes())
        .singleElement()
        .asString()
        .startsWith("silenced: ApiErrors");
  }

  @Test
  void tick_restartWithAGap_goesOnAndDoesNotCountTheGap() {
    var run = rig.open();
    for (int i = 0; i < 6; i++) {
      rig.step();
      rig.tick();
    }
    for (int i = 0; i < 30; i++) {
      rig.step(); // Pharos is away for five minutes, scraping goes on
    }
    rig.service = rig.newService();
    rig.step();
    rig.tick();
    assertThat(rig.now(run).state()).isEqualTo(GateState.RUNNING);
    assertThat(rig.now(run).summary())
        .isEqualTo("The candidate was observed with data for 50s; 2m are required.");
    assertThat(rig.now(run).evaluations()).isEqualTo(7);
    var end = rig.toTheEnd(run);
    assertThat(end.state()).isEqualTo(GateState.PASS);
    assertThat(rig.replay(end)).matches(replay -> replay.intact() && replay.agrees());
  }

  @Test
  void tick_restartAfterTheDeadline_isInconclusive() {
    var run = rig.open();
    for (int i = 0; i < 10; i++) {
      rig.step();
      rig.tick();
    }
    rig.service = rig.newService();
    rig.clock.advance(Duration.ofMinutes(20));
    rig.step();
    rig.tick();
    assertThat(rig.now(run).state()).isEqualTo(GateState.INCONCLUSIVE);
  }

  @Test
  void tick_storeDown_isTriedAgainAndLosesNothing() {
    var run = rig.open();
    rig.step();
    rig.gates.broken = true;
    rig.tick();
    rig.gates.broken = false;
    rig.deployments.broken = true;
    rig.tick();
    rig.deployments.broken = false;
    assertThat(rig.now(run).evaluations()).isZero();
    rig.tick();
    assertThat(rig.now(run).evaluations()).isEqualTo(1);
    assertThat(
            rig.meterRegistry
                .get("pharos.gate.evaluations")
                .tag("outcome", "store_error")
                .counter()
                .count())
        .isEqualTo(2);
  }

  @Test
  void tick_twoReplicas_judgeEachStepOnce() {
    var run = rig.open();
    var other = rig.newService();
    rig.step();
    rig.tick();
    other.tick(rig.clock.instant()); // not due any more
    assertThat(rig.now(run).evaluations()).isEqualTo(1);
    for (int i = 0; i < 20; i++) {
      rig.step();
      other.tick(rig.clock.instant());
      rig.tick();
    }
    var end = rig.now(run);
    assertThat(end.state()).isEqualTo(GateState.PASS);
    assertThat(rig.replay(end)).matches(Replay::intact);
  }

  @Test
  void replay_tamperedTrail_isNotIntact() {
    rig.badPerScrape = 8;
    var end = rig.toTheEnd(rig.open());
    assertThat(rig.replay(end))
        .isEqualTo(new Replay(true, GateState.FAIL, ReasonCode.ERROR_BOUND, true, ""));
    rig.gates.tamper(end.id(), end.evaluations() - 1, "\"bad\":24.0", "\"bad\":0.0");
    assertThat(rig.replay(end)).matches(replay -> !replay.intact());
    rig.gates.tamper(end.id(), 0, "{", "");
    assertThat(rig.replay(end)).matches(replay -> !replay.intact());
    assertThat(rig.gates.audit(end.id())).hasSize(end.evaluations());
  }

  @Test
  void open_sameKey_isTheSameGate() {
    var run = rig.open();
    assertThat(rig.service.open(new GateRequest("deploy-1", "gate-of-deploy-1", "ci")))
        .isEqualTo(new GateService.Opened.Existing(run));
    assertThat(rig.service.open(new GateRequest("deploy-2", "gate-of-deploy-1", "ci")))
        .isEqualTo(new GateService.Opened.KeyReused(run));
    assertThat(rig.service.open(new GateRequest("deploy-2", "k", "ci")))
        .isEqualTo(new GateService.Opened.NoDeployment("deploy-2"));
    assertThat(run.policyHash()).hasSize(64);
    assertThat(rig.meterRegistry.get("pharos.gates.running").gauge().value()).isEqualTo(1);
  }

  @Test
  void open_noPolicy_saysSo() {
    rig.policies = PolicySet.<GatePolicy>none();
    rig.deployments.put(Deployment.begin(GateRig.announcement("deploy-1", "green"), GateRig.START));
    assertThat(rig.service.open(new GateRequest("deploy-1", "k", "ci")))
        .isEqualTo(new GateService.Opened.NoPolicy("backend", "production"));
  }

  @Test
  void open_policyNeedsColorThatIsMissing_isRefused() {
    rig.deployments.put(Deployment.begin(GateRig.announcement("deploy-1", ""), GateRig.START));
    assertThatThrownBy(() -> rig.service.open(new GateRequest("deploy-1", "k", "ci")))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("deployment.color: expected a value")
        .hasMessageContaining("the gate policy backend uses $color");
    assertThatThrownBy(() -> new GateRequest("deploy-1", " ", "ci"))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("Idempotency-Key");
  }

  @Test
  void open_newerGate_supersedesTheOlderOne() {
    var older = rig.open("deploy-1");
    rig.clock.advance(Duration.ofSeconds(5));
    var newer = rig.open("deploy-2");
    assertThat(rig.now(older).state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(rig.now(older).code()).isEqualTo(ReasonCode.SUPERSEDED);
    assertThat(rig.now(older).summary()).contains(newer.id());
    assertThat(rig.now(newer).state()).isEqualTo(GateState.RUNNING);
    assertThat(rig.service.ofService("backend", 10))
        .extracting(GateRun::id)
        .containsExactly(newer.id(), older.id());
  }

  @Test
  void cancel_runningGate_isInconclusive() {
    var run = rig.open();
    rig.step();
    rig.tick();
    assertThat(rig.service.cancel(run.id(), "alice"))
        .get()
        .matches(
            gate -> gate.state() == GateState.INCONCLUSIVE && gate.code() == ReasonCode.CANCELLED)
        .matches(gate -> gate.summary().equals("Cancelled by alice."));
    assertThat(rig.service.cancel(run.id(), "bob"))
        .get()
        .matches(gate -> gate.summary().equals("Cancelled by alice."));
    assertThat(rig.service.cancel("none", "bob")).isEmpty();
    assertThat(rig.replay(rig.now(run))).matches(Replay::agrees);
  }

  @Test
  void policy_withoutChecks_isInconclusiveAtOnce() {
    rig.policies =
        GatePolicy.FILES.parse("empty", "{version: '1', service: backend, env: production}");
    var run = rig.open();
    rig.step();
    rig.tick();
    assertThat(rig.now(run).state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(rig.now(run).code()).isEqualTo(ReasonCode.NO_CHECKS);
  }

  @Test
  void policy_nonBlockingCheck_cannotFailTheGateButKeepsItFromPassing() {
    rig.policies =
        GatePolicy.FILES.parse(
            "soft", GateRig.POLICY.replace("p_max: 0.05", "p_max: 0.05\n    blocking: false"));
    rig.badPerScrape = 8;
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(end.code()).isEqualTo(ReasonCode.ERROR_BOUND);
  }

  @Test
  void policy_changedMeanwhile_doesNotChangeARunningGate() {
    var run = rig.open();
    rig.policies = PolicySet.<GatePolicy>none();
    assertThat(rig.toTheEnd(run).state()).isEqualTo(GateState.PASS);
  }

  @Test
  void pass_afterItsTime_isExpired() {
    var end = rig.toTheEnd(rig.open());
    assertThat(end.passExpiresAt()).isEqualTo(end.decidedAt().plus(Duration.ofMinutes(10)));
    assertThat(rig.service.isExpired(end)).isFalse();
    rig.clock.advance(Duration.ofMinutes(11));
    assertThat(rig.service.isExpired(end)).isTrue();
  }

  @Test
  void await_decidedByATick_wakesUp() throws Exception {
    rig.badPerScrape = 30;
    var run = rig.open();
    assertThat(rig.service.await(run.id(), Duration.ZERO)).contains(run);
    assertThat(rig.service.await("none", Duration.ofMinutes(1))).isEmpty();
    var waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return rig.service.await(run.id(), Duration.ofMinutes(1)).orElseThrow();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    rig.toTheEnd(run);
    assertThat(waiting.get(20, TimeUnit.SECONDS).state()).isEqualTo(GateState.FAIL);
  }

  @Test
  void observe_brokenSource_isUnavailableAndTheOthersGoOn() {
    var run = rig.open();
    rig.step();
    rig.world.alerts = null; // a source that breaks its promise
    rig.tick();
    assertThat(GateRig.check(rig.now(run), "alerts").code()).isEqualTo(ReasonCode.TELEMETRY);
    assertThat(GateRig.check(rig.now(run), "error_bound").total()).isEqualTo(40);
  }

  @Test
  void counts_candidateBornBeforeTheGate_countFromTheDeployment() {
    long before = GateRig.START.minusSeconds(20).toEpochMilli();
    rig.world.add(GateRig.TOTAL, before, 1_000_000);
    rig.world.add(GateRig.INFO, Labels.of("instance", "a", "version", "v2"), before, 1);
    rig.total = 1_000_000;
    var run = rig.open();
    rig.step();
    rig.tick();
    assertThat(GateRig.check(rig.now(run), "error_bound").total()).isEqualTo(40);
  }

  @Test
  void counts_restartByTheDeploymentItself_isNoFault() {
    rig.world.add(GateRig.TOTAL, GateRig.START.minusSeconds(20).toEpochMilli(), 1_000_000);
    rig.total = 3;
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.PASS);
  }

  @Test
  void counts_thatFallBack_areUnknown() {
    var run = rig.open();
    for (int i = 0; i < 5; i++) {
      rig.step();
      rig.tick();
    }
    rig.world.forget(GateRig.TOTAL);
    rig.total = 0;
    rig.step();
    rig.tick();
    assertThat(GateRig.check(rig.now(run), "error_bound").code()).isEqualTo(ReasonCode.TELEMETRY);
    assertThat(GateRig.check(rig.now(run), "error_bound").text()).contains("samples were lost");
  }

  @Test
  void tick_candidateKilledWhereOnlyErrorsAreJudged_doesNotPass() {
    rig.policies =
        GatePolicy.FILES.parse(
            "errors",
            """
            {version: 1, service: backend, env: production, min_soak: 2m, deadline: 10m, checks: {
              version: none,
              error_bound: {total: 'http_requests_total{color="$color"}',
                bad: 'http_requests_total{color="$color",status=~"5.."}', p_max: 0.05}}}
            """);
    var run = rig.open();
    for (int i = 0; i < 11; i++) {
      rig.step();
      rig.tick();
    }
    rig.end();
    rig.scraping = false;
    rig.step();
    rig.tick();
    assertThat(GateRig.check(rig.now(run), "error_bound").code()).isEqualTo(ReasonCode.GONE);
    var end = rig.toTheEnd(run);
    assertThat(end.state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(end.code()).isEqualTo(ReasonCode.STALE);
  }

  @Test
  void policy_withoutProofOfTheVersion_passesAndSaysSo() {
    rig.policies =
        GatePolicy.FILES.parse(
            "unproven",
            GateRig.POLICY.replace(
                "version: {selector: 'app_build_info{color=\"$color\"}'}", "version: none"));
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).isEqualTo(GateState.PASS);
    assertThat(end.summary())
        .contains("nothing proves that v2 runs, because the policy says version: none.");
    assertThat(GateRig.check(end, "version").code()).isEqualTo(ReasonCode.VERSION_UNPROVEN);
    assertThat(GateRig.check(end, "version").state()).isEqualTo("unknown");
  }

  @Test
  void policy_storedBeforeTheVersionWasRequired_isStillRead() {
    String old = GateRig.POLICY.replaceAll("(?m)^  version: .*\n", "");
    assertThatThrownBy(() -> GatePolicy.FILES.parse("old", old)).hasMessageContaining("version");
    assertThat(GatePolicy.STORED.parse("old", old).all())
        .singleElement()
        .matches(policy -> policy.checks().getFirst() instanceof Check.UnprovenVersion);
  }

  @Test
  void counts_ofTheOldVersionAfterTheAnnouncement_areNoEvidence() {
    rig.version = "v1";
    rig.badPerScrape = 40;
    var run = rig.open();
    for (int i = 0; i < 10; i++) {
      rig.step(); // the old one fails on until the candidate takes its place
      rig.tick();
    }
    assertThat(GateRig.check(rig.now(run), "error_bound").code()).isEqualTo(ReasonCode.NOT_STARTED);
    rig.version = "v2";
    rig.badPerScrape = 0;
    rig.total = 3;
    rig.bad = 0;
    rig.count = 3;
    rig.fast = 3;
    rig.step();
    rig.tick();
    assertThat(GateRig.check(rig.now(run), "error_bound").total()).isEqualTo(43);
    assertThat(rig.toTheEnd(run).state()).isEqualTo(GateState.PASS);
  }

  @Test
  void version_digestThatWasAnnounced_isProvenOrToldApart() {
    assertThat(versionOf(rig, "sha256:" + "a".repeat(64)).text())
        .endsWith("the image digest matches the announcement.");
    assertThat(versionOf(new GateRig(), "sha256:" + "b".repeat(64)))
        .matches(check -> check.code() == ReasonCode.WRONG_VERSION);
    assertThat(versionOf(new GateRig(), "").text())
        .endsWith("; no series reports the image digest.");
  }

  private static CheckReport versionOf(GateRig rig, String digest) {
    var said = GateRig.announcement("d", "green");
    rig.deployments.put(
        Deployment.begin(
            new Announcement(
                said.key(),
                said.service(),
                said.env(),
                said.version(),
                said.sha(),
                said.strategy(),
                said.color(),
                "",
                "",
                "sha256:" + "a".repeat(64),
                Intent.CHANGE,
                said.links(),
                null),
            rig.clock.instant()));
    rig.service.open(new GateRequest("d", "d", "ci"));
    rig.info = Labels.of("instance", "a", "version", "v2", "digest", digest);
    for (int i = 0; i < 4; i++) {
      rig.step();
      rig.tick();
    }
    return GateRig.check(rig.gates.findByKey("d").orElseThrow(), "version");
  }
}
