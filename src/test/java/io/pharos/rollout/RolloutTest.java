package io.pharos.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.GateState;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.migration.MigrationResult;
import io.pharos.rollout.RolloutService.Acted;
import io.pharos.rollout.RolloutService.Beat;
import io.pharos.rollout.RolloutService.Started;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RolloutTest {
  private RolloutRig rig = new RolloutRig(RolloutRig.CANARY);

  /// Advances to the step in which green has a weight.
  private void upTo(int weight) {
    if (rig.store.newest(null, null, 1).isEmpty()) {
      rig.start();
    }
    for (int i = 0; i < 400 && rig.weight("green") != weight; i++) {
      rig.second();
      if (!rig.gates.byKey.isEmpty()) {
        rig.gates.say(GateState.PASS, "it is well");
      }
    }
    assertThat(rig.weight("green")).isEqualTo(weight);
  }

  @Test
  void goodRelease_passesEachStep_isPromoted() {
    upTo(5);
    assertThat(rig.weight("blue")).isEqualTo(95);
    assertThat(rig.site().approved().server("green").orElseThrow().weight()).isZero();
    upTo(25);
    assertThat(rig.site().approved().server("green").orElseThrow().weight()).isEqualTo(5);
    upTo(50);
    upTo(100);
    assertThat(rig.reaches("WATCHING", 3)).isTrue();
    assertThat(rig.site().approved().server("green").orElseThrow().weight())
        .as("until the watch is over")
        .isEqualTo(50);
    assertThat(rig.servers.get("blue").running()).isTrue();

    rig.run(3);
    rig.gates.say(GateState.PASS, "it is well");
    rig.run(50);
    assertThat(rig.phase()).as("the watch takes a minute").isEqualTo("WATCHING");
    assertThat(rig.reaches("PROMOTED", 20)).isTrue();

    assertThat(rig.servers.get("blue").running()).isFalse();
    assertThat(rig.gates.used).hasSize(4).doesNotHaveDuplicates();
    assertThat(rig.deployments.find("gh:1").orElseThrow().status())
        .isEqualTo(DeploymentStatus.SUCCEEDED);
    assertThat(rig.site().desired()).isEqualTo(rig.site().approved());
    rig.run(1);
    assertThat(rig.told.phase()).isEqualTo("IDLE");
    assertThat(rig.told.desired().server("green")).contains(new ServerState("1.1", true, 100));
  }

  @Test
  void nextRelease_goesToTheOtherColour() {
    goodRelease_passesEachStep_isPromoted();
    rig.announce("gh:2", "1.2", "green");
    assertThatThrownBy(() -> rig.service.start("gh:2", "pipeline"))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("expected blue, because green serves");
    rig.announce("gh:3", "1.2", "blue");
    assertThat(rig.service.start("gh:3", "pipeline")).isInstanceOf(Started.Created.class);
    rig.gates.byKey.clear();
    assertThat(rig.reaches("blue", 5, 10)).isTrue();
    assertThat(rig.weight("green")).isEqualTo(95);
  }

  @Test
  void failingGate_atEachStep_returnsAndLatches() {
    for (int weight : new int[] {5, 25, 50, 100}) {
      var other = new RolloutTest();
      other.upTo(weight);
      other.rig.run(3);
      other.rig.gates.say(GateState.FAIL, "errors");
      other.rig.second();
      assertThat(other.rig.phase()).isEqualTo("RETURNING");
      other.rig.gates.byKey.replaceAll(
          (_, _) -> new StepGates.GateStatus(GateState.PASS, "well again", false));
      assertThat(other.act(OperatorRequest.RESUME)).isInstanceOf(Acted.NotNow.class);
      assertThat(other.act(OperatorRequest.APPROVE)).isInstanceOf(Acted.NotNow.class);
      assertThat(other.rig.reaches("RETURNED", 5)).isTrue();
      assertThat(other.rig.weight("blue")).isEqualTo(100);
      assertThat(other.rig.servers.get("green").running()).isFalse();
      assertThat(other.rig.deployments.find("gh:1").orElseThrow().status())
          .isEqualTo(DeploymentStatus.ROLLED_BACK);
    }
  }

  private Acted act(OperatorRequest wish) {
    return rig.act(wish);
  }

  @Test
  void passThatBreaksWhenItIsUsed_movesNothing() {
    upTo(5);
    rig.run(2);
    rig.gates.whenUsed.put(
        rig.gates.newest(), new StepGates.GateStatus(GateState.FAIL, "it broke", false));
    rig.gates.say(GateState.PASS, "it is well");
    assertThat(rig.reaches("RETURNED", 60)).isTrue();
    assertThat(rig.store.events(rig.rollout().id()))
        .extracting(RolloutEvent::why)
        .noneMatch(why -> why.startsWith("The rollout proceeds to 25"));
  }

  @Test
  void passThatIsTooOld_isJudgedAnew() {
    upTo(5);
    rig.run(2);
    String first = rig.gates.newest();
    rig.gates.expire();
    rig.run(2);
    assertThat(rig.gates.newest()).isNotEqualTo(first);
    assertThat(rig.phase()).isEqualTo("STEP");
    assertThat(rig.weight("green")).isEqualTo(5);
  }

  @Test
  void inconclusiveGate_holds_untilAPersonDecides() {
    upTo(25);
    rig.run(2);
    rig.gates.say(GateState.INCONCLUSIVE, "no traffic");
    rig.second();
    assertThat(rig.rollout().phase())
        .isEqualTo(new RolloutPhase.Held(new RolloutPhase.Step(1), RolloutPhase.Wants.DECISION));
    rig.run(30);
    assertThat(rig.weight("green")).isEqualTo(25);

    assertThat(act(OperatorRequest.APPROVE)).isInstanceOf(Acted.Done.class);
    rig.run(2);
    assertThat(rig.weight("green")).isEqualTo(50);
    assertThat(rig.site().approved().server("green").orElseThrow().weight()).isEqualTo(25);
    assertThat(rig.store.events(rig.rollout().id()))
        .anySatisfy(
            event -> {
              assertThat(event.what()).isEqualTo(RolloutEvent.What.APPROVED);
              assertThat(event.by()).isEqualTo("ann");
              assertThat(event.why()).contains("since I say so");
            });
  }

  @Test
  void heldRelease_thatFailsLater_returns() {
    upTo(25);
    rig.run(2);
    rig.gates.say(GateState.INCONCLUSIVE, "no traffic");
    rig.run(2);
    int gates = rig.gates.byKey.size();
    rig.run(58);
    assertThat(rig.gates.byKey).hasSize(gates);
    rig.run(5);
    assertThat(rig.gates.byKey).as("judged again after a minute").hasSize(gates + 1);
    rig.gates.say(GateState.PASS, "it is well");
    rig.run(60);
    assertThat(rig.phase()).as("a person decides").isEqualTo("HELD");
    rig.gates.say(GateState.FAIL, "errors");
    assertThat(rig.reaches("RETURNED", 5)).isTrue();
  }

  @Test
  void inconclusiveGate_underAPolicyThatReturns_returns() {
    rig.policies =
        RolloutPolicy.FILES.parse("shop", RolloutRig.CANARY + "on_inconclusive: return\n");
    upTo(5);
    rig.run(2);
    rig.gates.say(GateState.INCONCLUSIVE, "no traffic");
    assertThat(rig.reaches("RETURNED", 3)).isTrue();
  }

  @Test
  void gateThatCantBeOpened_holds() {
    rig.gates.refusal = "no policy";
    rig.start();
    assertThat(rig.reaches("HELD", 10)).isTrue();
    assertThat(rig.rollout().why()).contains("no policy");
    assertThat(rig.weight("green")).isEqualTo(5);
  }

  @Test
  void pausedRelease_staysAndIsJudgedOn() {
    upTo(5);
    rig.run(2);
    assertThat(act(OperatorRequest.PAUSE)).isInstanceOf(Acted.Done.class);
    assertThat(act(OperatorRequest.PAUSE)).isInstanceOf(Acted.NotNow.class);
    rig.gates.say(GateState.PASS, "it is well");
    rig.run(100);
    assertThat(rig.weight("green")).isEqualTo(5);
    assertThat(act(OperatorRequest.RESUME)).isInstanceOf(Acted.Done.class);
    rig.run(3);
    assertThat(rig.weight("green")).isEqualTo(25);

    act(OperatorRequest.PAUSE);
    rig.run(3);
    rig.gates.say(GateState.FAIL, "errors");
    assertThat(rig.reaches("RETURNED", 5)).isTrue();
  }

  @Test
  void approvalThatThePolicyWants_isAwaited() {
    rig.policies = RolloutPolicy.FILES.parse("shop", RolloutRig.CANARY + "approve: [5, 50]\n");
    rig.start();
    assertThat(rig.reaches("HELD", 10)).isTrue();
    assertThat(rig.weight("green")).isZero();
    assertThat(act(OperatorRequest.RESUME))
        .as("only an approval lets it go on")
        .isInstanceOf(Acted.NotNow.class);
    act(OperatorRequest.APPROVE);
    upTo(25);
    rig.run(2);
    rig.gates.say(GateState.PASS, "it is well");
    assertThat(rig.reaches("HELD", 60)).isTrue();
    rig.gates.expire();
    rig.run(3);
    act(OperatorRequest.APPROVE);
    rig.run(30);
    assertThat(rig.weight("green")).as("the pass was too old").isEqualTo(25);
    rig.gates.say(GateState.PASS, "it is well");
    rig.run(3);
    assertThat(rig.weight("green")).isEqualTo(50);
  }

  @Test
  void abort_returns() {
    upTo(50);
    assertThat(act(OperatorRequest.ABORT)).isInstanceOf(Acted.Done.class);
    assertThat(act(OperatorRequest.ABORT)).isInstanceOf(Acted.NotNow.class);
    assertThat(rig.reaches("ABORTED", 5)).isTrue();
    assertThat(rig.weight("blue")).isEqualTo(100);
  }

  @Test
  void abort_beforeAnyAgentCame_touchesNothing() {
    rig.start();
    act(OperatorRequest.ABORT);
    assertThat(rig.phase()).isEqualTo("ABORTED");
    assertThat(rig.rollout().why()).startsWith("Nothing was changed");
  }

  @Test
  void deploymentThatSomebodyEnds_aborts() {
    upTo(5);
    rig.deployments.finish("gh:1", DeploymentStatus.FAILED, rig.clock.instant());
    assertThat(rig.reaches("ABORTED", 5)).isTrue();
  }

  @Test
  void migrationThatFails_returns_withoutTheCandidate() {
    rig.migrates = MigrationResult.Outcome.FAILED;
    rig.start();
    assertThat(rig.reaches("RETURNED", 5)).isTrue();
    assertThat(rig.store.events(rig.rollout().id()))
        .anyMatch(event -> event.why().equals("The migration failed: V2"));
    assertThat(rig.weight("blue")).isEqualTo(100);
  }

  @Test
  void candidateThatDoesNotComeUp_returnsInTime() {
    rig.start();
    rig.run(1);
    rig.acts = false;
    rig.run(1);
    rig.servers.put("green", new ObservedServer("1.1", true, false, 0));
    rig.run(40);
    assertThat(rig.phase()).isEqualTo("PREPARING");
    rig.run(30);
    assertThat(rig.phase()).isEqualTo("RETURNING");
    assertThat(rig.rollout().why()).contains("within 1m: green");
  }

  @Test
  void oldColourThatBreaks_holds_andReturnsNothingToIt() {
    upTo(50);
    rig.acts = false;
    rig.servers.put("blue", new ObservedServer(null, false, false, 50));
    rig.run(70);
    assertThat(rig.phase()).isEqualTo("HELD");
    assertThat(rig.rollout().why()).contains("blue");
  }

  @Test
  void soak_countsOnlyWhileTheServersAreAsWanted() {
    upTo(5);
    rig.run(2);
    rig.gates.say(GateState.PASS, "it is well");
    rig.run(10);
    rig.acts = false;
    rig.servers.put("green", new ObservedServer("1.1", true, true, 0));
    rig.run(50);
    assertThat(rig.phase()).isEqualTo("STEP");
    assertThat(rig.told.desired().server("green").orElseThrow().weight()).isEqualTo(5);
    rig.acts = true;
    rig.run(3);
    assertThat(rig.weight("green")).isEqualTo(5);
    rig.run(20);
    assertThat(rig.weight("green")).isEqualTo(25);
  }

  @Test
  void lostAgent_letsNothingMove_andASuccessorGoesOn() {
    upTo(5);
    rig.run(2);
    rig.gates.say(GateState.PASS, "it is well");
    rig.runAlone(300);
    assertThat(rig.phase()).isEqualTo("STEP");
    assertThat(rig.site().isHeld(rig.clock.instant())).isFalse();
    assertThat(rig.site().desired().server("green").orElseThrow().weight()).isEqualTo(5);

    long before = rig.epoch;
    rig.agent = "host:2:b";
    rig.epoch = null;
    rig.run(1);
    assertThat(rig.epoch).isEqualTo(before + 1);
    assertThat(rig.site().isHeld(rig.clock.instant())).isTrue();
    rig.run(30);
    assertThat(rig.weight("green")).isEqualTo(25);
    assertThat(rig.store.events(rig.rollout().id()))
        .anyMatch(
            event -> event.what() == RolloutEvent.What.LEASE && event.by().equals("host:2:b"));
  }

  @Test
  void secondAgent_whileTheLeaseLasts_isRefused_thenGetsItAtOnce() {
    upTo(5);
    rig.agent = "host:2:b";
    rig.epoch = null;
    assertThat(rig.beat())
        .isInstanceOfSatisfying(
            Beat.Refused.class,
            refused -> assertThat(refused.refusal().holder()).isEqualTo("host:1:a"));
    rig.clock.advance(RolloutSite.LEASE);
    assertThat(rig.beat()).isInstanceOf(Beat.Granted.class);

    rig.agent = "host:1:a";
    rig.epoch = 1L;
    assertThat(rig.beat()).as("a late agent").isInstanceOf(Beat.Refused.class);
  }

  @Test
  void agentWithAnotherEpoch_isRefused() {
    upTo(5);
    rig.epoch = 99L;
    assertThat(rig.beat())
        .isInstanceOfSatisfying(
            Beat.Refused.class,
            refused ->
                assertThat(refused.refusal().error())
                    .contains("epoch 1, but the heartbeat contains the epoch 99"));
  }

  @Test
  void storeThatIsDown_movesNothing() {
    upTo(5);
    rig.run(2);
    rig.gates.say(GateState.PASS, "it is well");
    rig.store.broken = () -> true;
    rig.runAlone(60);
    rig.store.broken = () -> false;
    assertThat(rig.phase()).isEqualTo("STEP");
    rig.restart();
    rig.run(30);
    assertThat(rig.weight("green")).isEqualTo(25);
  }

  @Test
  void secondDeployment_whileOneIsUnderWay_isRefused() {
    Rollout first = rig.start();
    assertThat(rig.service.start("gh:1", "pipeline"))
        .isInstanceOfSatisfying(
            Started.Existing.class, it -> assertThat(it.rollout().id()).isEqualTo(first.id()));
    rig.announce("gh:2", "1.2", "green");
    assertThat(rig.service.start("gh:2", "pipeline")).isInstanceOf(Started.Conflict.class);
    assertThat(rig.service.start("gh:9", "pipeline")).isInstanceOf(Started.NoDeployment.class);
  }

  @Test
  void firstRollout_ofTwoColoursThatBothServe_touchesNothing() {
    rig.servers.put("green", new ObservedServer("0.9", true, true, 10));
    rig.start();
    rig.run(2);
    assertThat(rig.phase()).isEqualTo("RETURNED");
    assertThat(rig.rollout().why()).contains("Both blue and green have a weight");
    assertThat(rig.weight("green")).isEqualTo(10);
    assertThat(rig.told.desired()).isNull();
    assertThat(rig.deployments.find("gh:1").orElseThrow().status())
        .isEqualTo(DeploymentStatus.FAILED);
  }

  @Test
  void firstRollout_ofAnUnknownService_tellsTheAgentNothingBefore() {
    rig.beat();
    assertThat(rig.told.desired()).isNull();
    assertThat(rig.told.phase()).isEqualTo("IDLE");
  }

  @Test
  void firstVersionEver_getsAllTrafficOnceItIsHealthy() {
    rig.servers.put("blue", new ObservedServer(null, false, false, 0));
    rig.start();
    rig.run(4);
    assertThat(rig.weight("green")).isEqualTo(100);
    assertThat(rig.servers.get("blue").running()).isFalse();
  }

  @Test
  void firstVersionEver_thatFails_isStopped_andNothingServesAsBefore() {
    rig.servers.put("blue", new ObservedServer(null, false, false, 0));
    rig.start();
    assertThat(rig.reaches("STEP", 5)).isTrue();
    rig.run(5);
    rig.gates.say(GateState.FAIL, "errors");
    assertThat(rig.reaches("RETURNED", 5)).isTrue();
    assertThat(rig.servers.get("green").running()).isFalse();
    assertThat(rig.servers.get("blue").running()).isFalse();
  }

  /// The shipped gates compare with the other colour, so they need requests to both.
  @ParameterizedTest
  @ValueSource(strings = {"remotegpu-staging", "remotegpu"})
  void shippedPolicy_withAGateThatDemandsRequestsToBothColours_isPromoted(String name)
      throws IOException {
    String text = Files.readString(Path.of("deploy/rollouts/" + name + ".yml"));
    rig.policies =
        RolloutPolicy.FILES.parse(
            "shop",
            text.replace("service: remotegpu", "service: shop")
                .replace("env: staging", "env: production"));
    rig.start();
    for (int i = 0; i < 3000 && !rig.rollout().isEnded(); i++) {
      rig.second();
      if (!rig.gates.byKey.isEmpty()) {
        boolean both = rig.weight("green") > 0 && rig.weight("blue") > 0;
        rig.gates.say(
            both ? GateState.PASS : GateState.INCONCLUSIVE, both ? "well" : "no requests");
      }
    }
    assertThat(rig.phase()).as(rig.rollout().why()).isEqualTo("PROMOTED");
    assertThat(rig.weight("green")).isEqualTo(100);
    assertThat(rig.servers.get("blue").running()).isFalse();
  }

  private void withdraw(ObservedServer.Withdrawal why) {
    rig.acts = false;
    rig.servers.put("blue", new ObservedServer("1.0", true, true, 100));
    rig.servers.put("green", new ObservedServer("1.1", true, true, 0, why));
    rig.second();
  }

  @Test
  void candidateTakenOutByHand_abortsTheRollout_inEachPhase() {
    for (int weight : new int[] {5, 25, 100}) {
      rig = new RolloutRig(RolloutRig.CANARY);
      upTo(weight);
      withdraw(ObservedServer.Withdrawal.BY_HAND);
      assertThat(rig.phase()).as("%d", weight).isEqualTo("RETURNING");
      assertThat(rig.rollout().why()).contains("green was taken out of service by hand");
      assertThat(rig.told.desired().server("green")).contains(ServerState.STOPPED);
      rig.acts = true;
      assertThat(rig.reaches("ABORTED", 5)).isTrue();
      assertThat(rig.weight("blue")).isEqualTo(100);
    }
  }

  @Test
  void candidateDownWithAllTheTraffic_returns() {
    upTo(100);
    withdraw(ObservedServer.Withdrawal.DOWN);
    assertThat(rig.rollout().why()).contains("green had all the traffic and was down");
    rig.acts = true;
    assertThat(rig.reaches("RETURNED", 5)).isTrue();
  }

  @Test
  void oldReleaseTakenOut_abortsNothing() {
    upTo(5);
    rig.acts = false;
    rig.servers.put(
        "blue", new ObservedServer("1.0", true, true, 95, ObservedServer.Withdrawal.BY_HAND));
    rig.second();
    assertThat(rig.phase()).isEqualTo("STEP");
  }

  @Test
  void trafficMovedByHandBetweenRollouts_staysThere_andTheNextRolloutAdoptsIt() {
    upTo(100);
    for (int i = 0; i < 200 && !rig.rollout().isEnded(); i++) {
      rig.second();
      rig.gates.say(GateState.PASS, "it is well");
    }
    assertThat(rig.phase()).isEqualTo("PROMOTED");
    rig.servers.put("blue", new ObservedServer("1.0", true, true, 100));
    rig.servers.put(
        "green", new ObservedServer("1.1", true, true, 0, ObservedServer.Withdrawal.BY_HAND));
    rig.beat();
    assertThat(rig.told.desired()).isNull();
    assertThat(rig.weight("blue")).isEqualTo(100);
    rig.announce("gh:2", "1.2", "green");
    rig.service.start("gh:2", "pipeline");
    rig.run(5);
    assertThat(rig.servers.get("blue").version()).isEqualTo("1.0");
    assertThat(rig.servers.get("green").version()).isEqualTo("1.2");
  }

  @Test
  void inconclusiveGate_acrossARestart_isJudgedAnew_alsoUnderAPolicyThatReturns() {
    rig.policies =
        RolloutPolicy.FILES.parse("shop", RolloutRig.CANARY + "on_inconclusive: return\n");
    upTo(100);
    assertThat(rig.reaches("WATCHING", 5)).isTrue();
    rig.run(3);
    int gates = rig.gates.byKey.size();
    rig.restart();
    rig.run(1);
    rig.gates.say(GateState.INCONCLUSIVE, "a gap");
    rig.run(3);
    assertThat(rig.phase()).isEqualTo("WATCHING");
    assertThat(rig.gates.byKey).hasSize(gates + 1);
    rig.gates.say(GateState.INCONCLUSIVE, "no traffic");
    assertThat(rig.reaches("RETURNED", 3)).as("once").isTrue();
  }

  @Test
  void fullDiskOfTheAgent_makesNoServerLate() {
    upTo(5);
    rig.run(2);
    rig.acts = false;
    rig.trouble = List.of(new AgentTrouble("", "state", "No space left on device"));
    rig.gates.say(GateState.PASS, "it is well");
    rig.run(200);
    assertThat(rig.phase()).isEqualTo("STEP");
    rig.trouble = List.of();
    rig.acts = true;
    rig.run(2);
    assertThat(rig.weight("green")).isEqualTo(25);
  }

  @Test
  void blueGreen_hasHalfOfTheTrafficOnceItIsHealthy_andIsJudgedWithIt() {
    rig.policies =
        RolloutPolicy.FILES.parse("shop", RolloutRig.CANARY.replace("canary", "blue-green"));
    rig.start();
    rig.run(8);
    assertThat(rig.phase()).isEqualTo("WATCHING");
    assertThat(rig.weight("green")).isEqualTo(50);
    rig.gates.say(GateState.FAIL, "errors");
    assertThat(rig.reaches("RETURNED", 5)).isTrue();
    assertThat(rig.weight("blue")).isEqualTo(100);
  }
}
