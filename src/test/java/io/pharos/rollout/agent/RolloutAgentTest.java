package io.pharos.rollout.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.pharos.migration.BackgroundMigrations;
import io.pharos.migration.MigrationPhase;
import io.pharos.migration.MigrationResult;
import io.pharos.migration.MigrationTask;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.ObservedServer;
import io.pharos.rollout.agent.Coordinator.Reply;
import io.pharos.scripts.FullDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The rounds of an agent on a virtual clock.
class RolloutAgentTest {
  private static final Reply SILENCE = new Reply.Silent("connection refused");

  @TempDir Path folder;
  private AgentRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new AgentRig(folder);
  }

  @Test
  void unknownService_isOnlyLookedAt() {
    rig.reply =
        new Reply.Granted(new HeartbeatAnswer(1, 10, null, null, "IDLE", 0, null, null, null, 10));
    rig.rounds(30);
    assertThat(rig.log).isEmpty();
    assertThat(rig.heard.servers())
        .containsEntry("blue", new ObservedServer(null, true, true, 100))
        .containsEntry("green", new ObservedServer(null, false, false, 0));
  }

  @Test
  void candidate_isStartedWithoutWeight_andGetsItOnceItIsHealthy() {
    rig.urlsAnswer = false;
    rig.wants("blue ? 95, green 2 5", "blue ? 100, green ? -");
    rig.rounds(4);
    assertThat(rig.log).containsExactly("blue=95 of 100", "start green 2");
    assertThat(rig.heard.servers().get("green")).isEqualTo(new ObservedServer("2", true, false, 0));
    rig.urlsAnswer = true;
    rig.rounds(2);
    assertThat(rig.log).endsWith("green=5 of 0");
    assertThat(rig.heard.servers().get("green")).isEqualTo(new ObservedServer("2", true, true, 5));
  }

  @Test
  void approval_isOnDisk_beforeAWeightGoesAboveTheOneBefore() {
    rig.wants("blue ? 95, green 2 5", "blue ? 100, green ? -");
    rig.rounds(3);
    rig.log.clear();
    rig.wants("blue ? 75, green 2 25", "blue ? 95, green 2 5");
    rig.rounds(1);
    assertThat(rig.log).containsExactly("green=25 of 5", "blue=75 of 95");
  }

  @Test
  void approval_thatCannotBeWritten_movesNothing() throws IOException {
    rig.wants("blue ? 100, green 2 0", "blue ? 100, green ? -");
    rig.rounds(3);
    Files.delete(folder.resolve("approved.json"));
    Files.createDirectories(folder.resolve("approved.json").resolve("in the way"));
    rig.log.clear();
    rig.wants("blue ? 75, green 2 25", "blue ? 95, green 2 5");
    rig.rounds(3);
    assertThat(rig.log).isEmpty();
    assertThat(rig.heard.trouble()).extracting("what").contains("state");
  }

  @Test
  void loser_isDrainedBeforeItIsStopped() {
    rig.wants("blue ? 0, green 2 100", "blue ? 0, green 2 100");
    rig.rounds(2);
    assertThat(rig.log).containsSequence("green=100 of 100", "blue=0 of 0");
    rig.log.clear();
    rig.server("blue", true, 0, 3);
    rig.wants("blue ? -, green 2 100", "blue ? -, green 2 100");
    rig.rounds(20);
    assertThat(rig.log).isEmpty();
    rig.server("blue", true, 0, 0);
    rig.rounds(3);
    assertThat(rig.log).containsExactly("stop blue");
    assertThat(rig.heard.servers().get("blue"))
        .isEqualTo(new ObservedServer(null, false, false, 0));
  }

  @Test
  void loser_thatNeverFinishes_isStoppedAfterTheDrain() {
    rig.server("blue", true, 0, 3);
    rig.serves("green", 100);
    rig.wants("blue ? -, green ? 100", "blue ? -, green ? 100");
    rig.rounds(30);
    assertThat(rig.log).isEmpty();
    rig.rounds(2);
    assertThat(rig.log).containsExactly("stop blue");
  }

  @Test
  void server_isNotTakenTheTraffic_beforeAnotherCanHaveIt() {
    rig.wants("blue ? -, green 2 100", "blue ? -, green 2 100");
    rig.urlsAnswer = false;
    rig.rounds(10);
    assertThat(rig.log).containsExactly("start green 2");
    assertThat(rig.weight("blue")).isEqualTo(100);
  }

  @Test
  void server_withAnotherVersion_losesItsWeightIsDrainedStoppedAndStarted() {
    rig.serves("green", 100);
    rig.wants("blue 2 100, green ? 100", "blue ? 100, green ? 100");
    rig.rounds(1);
    assertThat(rig.log).containsExactly("blue=0 of 100");
    rig.rounds(4);
    assertThat(rig.log)
        .containsExactly("blue=0 of 100", "stop blue", "start blue 2", "blue=100 of 100");
  }

  @Test
  void failure_isReturned_theApprovedOneUpFirst() {
    rig.wants("blue ? 5, green 2 95", "blue ? 100, green ? -");
    rig.rounds(3);
    rig.log.clear();
    rig.wants("blue ? 100, green 2 -", "blue ? 100, green ? -");
    rig.rounds(4);
    assertThat(rig.log).containsExactly("blue=100 of 100", "green=0 of 0", "stop green");
  }

  @Test
  void weights_thatSomebodyChanged_areSetAgain() {
    rig.wants("blue ? 95, green 2 5", "blue ? 100, green ? -");
    rig.rounds(3);
    rig.log.clear();
    rig.serves("blue", 100);
    rig.serves("green", 0);
    rig.rounds(1);
    assertThat(rig.log).containsExactlyInAnyOrder("green=5 of 0", "blue=95 of 100");
  }

  @Test
  void silence_forMostOfTheLease_bringsTheApprovedWeightsBack_andStopsNothing() {
    rig.wants("blue ? 5, green 2 95", "blue ? 95, green 2 5");
    rig.rounds(3);
    rig.log.clear();
    rig.reply = SILENCE;
    rig.rounds(7);
    assertThat(rig.log).isEmpty();
    rig.rounds(2);
    assertThat(rig.log).containsExactly("blue=95 of 95", "green=5 of 5");
    rig.wants("blue ? 5, green 2 95", "blue ? 95, green 2 5");
    rig.rounds(9);
    assertThat(rig.log).as("Pharos may be away again").hasSize(2);
    rig.rounds(2);
    assertThat(rig.log).endsWith("green=95 of 5", "blue=5 of 95");
  }

  @Test
  void silenceThatComesAndGoes_movesTheTrafficOnce_butAFailureReturnsAtOnce() {
    rig.wants("blue ? 0, green 2 100", "blue ? 50, green 2 50");
    rig.rounds(3);
    rig.log.clear();
    Reply watching = rig.reply;
    for (int i = 0; i < 5; i++) {
      rig.reply = SILENCE;
      rig.rounds(12);
      rig.reply = watching;
      rig.rounds(5);
    }
    assertThat(rig.log).containsExactly("blue=50 of 50", "green=50 of 50");
    rig.wants("blue ? 100, green 2 -", "blue ? 100, green 2 -");
    rig.rounds(1);
    assertThat(rig.weight("green")).isZero();
  }

  @Test
  void candidateThatAPersonTookOut_isTold_andStaysOutWhilePharosIsSilent() {
    rig.wants("blue ? 75, green 2 25", "blue ? 95, green 2 5");
    rig.rounds(3);
    rig.log.clear();
    rig.reply = SILENCE;
    rig.serves("blue", 100);
    rig.serves("green", 0);
    rig.withdraw("green");
    rig.rounds(20);
    assertThat(rig.log).doesNotContain("ready green").noneMatch(line -> line.startsWith("green="));
    assertThat(rig.heard.servers().get("green").withdrawn())
        .isEqualTo(ObservedServer.Withdrawal.BY_HAND);
    rig.wants("blue ? 100, green 2 -", "blue ? 100, green ? -"); // Pharos takes the release back
    rig.rounds(5);
    assertThat(rig.log).contains("stop green").endsWith("ready green");
    assertThat(rig.weight("green")).isZero();
  }

  @Test
  void candidateThatDiesWithAllTheTraffic_losesItToTheOldColour_withoutPharos() {
    rig.wants("blue ? 0, green 2 100", "blue ? 50, green 2 50");
    rig.rounds(3);
    rig.log.clear();
    rig.agent.failOver();
    assertThat(rig.log).isEmpty();
    rig.reply = SILENCE;
    rig.server("green", false, 100, 0);
    rig.agent.failOver();
    assertThat(rig.log).containsExactly("fail over to blue");
    rig.rounds(5);
    assertThat(rig.weight("blue")).isEqualTo(100);
    assertThat(rig.heard.servers().get("green").withdrawn())
        .isEqualTo(ObservedServer.Withdrawal.DOWN);
  }

  @Test
  void lookThatFails_isRepeated() {
    rig.wants("blue ? 0, green 2 100", "blue ? 50, green 2 50");
    rig.rounds(3);
    rig.log.clear();
    rig.server("green", false, 100, 0);
    rig.balancerAnswersNonsense = true;
    rig.agent.failOver();
    assertThat(rig.log).isEmpty();
    rig.balancerAnswersNonsense = false;
    rig.agent.failOver();
    assertThat(rig.log).containsExactly("fail over to blue");
  }

  @Test
  void looksThatStopped_areToldWithTheTimeOfTheLast() {
    rig.looking = false;
    rig.agent.failOver();
    rig.rounds(11);
    assertThat(rig.heard.trouble()).extracting("what").doesNotContain("failover");
    rig.rounds(1);
    assertThat(rig.heard.trouble())
        .extracting("what", "text")
        .contains(
            tuple(
                "failover",
                "the last look for servers that are down was 11 s ago, expected several per second; restart the agent"));
    rig.agent.failOver();
    rig.rounds(1);
    assertThat(rig.heard.trouble()).extracting("what").doesNotContain("failover");
  }

  @Test
  void oldColourThatDies_doesNotGiveTheTrafficToACandidateThatNobodyApproved() {
    rig.wants("blue ? 100, green 2 0", "blue ? 100, green ? -");
    rig.rounds(3);
    rig.server("blue", false, 100, 0);
    rig.log.clear();
    rig.agent.failOver();
    assertThat(rig.log).isEmpty();
  }

  @Test
  void fullDisk_holdsUpTheWayForward_butNotTheWayBack() throws IOException {
    try (var disk = FullDisk.mount(folder.resolve("disk"))) {
      var full = new AgentRig(folder.resolve("disk"));
      full.wants("blue ? 80, green 2 20", "blue ? 90, green 2 10");
      full.rounds(3);
      disk.fill();
      full.wants("blue ? 50, green 2 50", "blue ? 80, green 2 20");
      full.rounds(3);
      assertThat(full.weight("green")).isEqualTo(20);
      full.wants("blue ? 100, green ? -", "blue ? 100, green ? -");
      full.rounds(1);
      assertThat(full.weight("green")).isZero();
      assertThat(full.files.approved()).as("what nobody must restore").isEmpty();
      disk.free();
      full.rounds(8);
      assertThat(full.files.approved()).contains(AgentRig.fleet("blue ? 100, green ? -"));
      assertThat(full.log).contains("stop green");
    }
  }

  @Test
  void firstRelease_thatReturns_isTakenItsTraffic_butNotBecausePharosIsSilent() {
    rig.server("blue", false, 0, 0);
    rig.wants("blue ? -, green 1 100", "blue ? -, green ? -");
    rig.rounds(3);
    assertThat(rig.weight("green")).isEqualTo(100);
    rig.reply = SILENCE;
    rig.rounds(20);
    assertThat(rig.weight("green")).isEqualTo(100);
    rig.wants("blue ? -, green ? -", "blue ? -, green ? -");
    rig.rounds(5);
    assertThat(rig.weight("green")).isZero();
    assertThat(rig.log).endsWith("stop green");
  }

  @Test
  void silence_afterAFailure_leavesTheCandidateNothing() {
    rig.wants("blue ? 50, green 2 50", "blue ? 75, green 2 25");
    rig.rounds(3);
    rig.wants("blue ? 100, green 2 -", "blue ? 100, green ? -");
    rig.rounds(1);
    rig.reply = SILENCE;
    rig.rounds(20);
    assertThat(rig.weight("green")).isZero();
    assertThat(rig.weight("blue")).isEqualTo(100);
  }

  @Test
  void anotherAgent_acts_andThisOneDoesNothing() {
    rig.wants("blue ? 5, green 2 95", "blue ? 95, green 2 5");
    rig.rounds(3);
    rig.log.clear();
    rig.reply = new Reply.Refused("host2:9:y has the lease until …");
    rig.rounds(30);
    assertThat(rig.log).isEmpty();
    assertThat(rig.heard.epoch()).isNull();
    assertThat(rig.agent.guards()).isFalse();
    rig.reply = SILENCE;
    rig.rounds(30);
    assertThat(rig.log).isEmpty();
  }

  @Test
  void standstill_isNoticedBeforeAWeightMoves() {
    rig.wants("blue ? 95, green 2 5", "blue ? 100, green ? -");
    rig.rounds(3);
    rig.log.clear();
    Reply late = granted("blue ? 5, green 2 95", "blue ? 95, green 2 5");
    rig.agent =
        agentAsking(
            () -> {
              rig.nanos += 60_000_000_000L; // the machine slept, or the process was stopped
              return late;
            });
    rig.rounds(1);
    assertThat(rig.weight("green")).isEqualTo(5);
  }

  private Reply granted(String desired, String approved) {
    rig.wants(desired, approved);
    return rig.reply;
  }

  private RolloutAgent agentAsking(Supplier<Reply> pharos) {
    try {
      var memory = rig.files.memory().orElseThrow();
      var keeper =
          new ServerKeeper(
              rig, rig.files, memory, rig.boot, Runnable::run, () -> rig.nanos, _ -> {});
      return new RolloutAgent(
          rig.settings(),
          new RolloutAgent.Tools(
              rig,
              rig,
              _ -> pharos.get(),
              rig.files,
              keeper,
              new BackgroundMigrations(rig, Runnable::run, _ -> {}),
              () -> rig.nanos,
              _ -> {}));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void successor_goesOnWithTheSameNameAndEpoch_andKnowsWhatRuns() throws IOException {
    rig.wants("blue ? 95, green 2 5", "blue ? 100, green ? -");
    rig.rounds(3);
    rig.log.clear();
    rig.open();
    rig.rounds(2);
    assertThat(rig.log).isEmpty();
    assertThat(rig.heard.agent()).isEqualTo("host:1:x");
    assertThat(rig.heard.epoch()).isEqualTo(7);
    assertThat(rig.heard.servers().get("green").version()).isEqualTo("2");
  }

  @Test
  void successor_ofOneKilledWhileItStarted_startsAgain() throws IOException {
    rig.backgroundWaits = true;
    rig.wants("blue ? 95, green 2 5", "blue ? 100, green ? -");
    rig.rounds(1);
    assertThat(rig.background).hasSize(1);
    rig.backgroundWaits = false;
    rig.open();
    rig.rounds(4);
    assertThat(rig.log).contains("stop green", "start green 2");
    assertThat(rig.weight("green")).isEqualTo(5);
  }

  @Test
  void successor_whilePharosIsAway_bringsTheApprovedWeightsBack() throws IOException {
    rig.wants("blue ? 5, green 2 95", "blue ? 95, green 2 5");
    rig.rounds(3);
    rig.reply = SILENCE;
    rig.open();
    rig.rounds(25); // 80 % of a lease of 30 s
    assertThat(rig.weight("blue")).isEqualTo(95);
    assertThat(rig.weight("green")).isEqualTo(5);
  }

  @Test
  void machineStartedAnew_startsWhatIsWanted() throws IOException {
    rig.wants("blue 1 -, green 2 100", "blue 1 -, green 2 100");
    rig.rounds(6);
    rig.log.clear();
    rig.boot = "boot2";
    rig.server("green", false, 100, 0);
    rig.open();
    rig.rounds(2);
    assertThat(rig.log).contains("start green 2").doesNotContain("stop green");
  }

  @Test
  void end_bringsTheApprovedWeightsBack() {
    rig.wants("blue ? 5, green 2 95", "blue ? 95, green 2 5");
    rig.rounds(3);
    rig.agent.end();
    rig.rounds(3);
    assertThat(rig.weight("green")).isEqualTo(5);
    assertThat(rig.weight("blue")).isEqualTo(95);
  }

  @Test
  void haproxyAway_isTold_andNothingIsStopped() {
    rig.wants("blue ? 95, green 2 5", "blue ? 100, green ? -");
    rig.rounds(3);
    rig.log.clear();
    rig.balancerThere = false;
    rig.wants("blue ? 100, green 2 -", "blue ? 100, green ? -");
    rig.rounds(5);
    assertThat(rig.log).isEmpty();
    assertThat(rig.heard.trouble()).extracting("what").containsExactly("balancer");
    assertThat(rig.heard.servers().get("blue").weight()).isNull();
    assertThat(rig.heard.servers().get("blue").healthy()).isFalse();
    rig.balancerThere = true;
    rig.rounds(4);
    assertThat(rig.log).containsExactly("blue=100 of 100", "green=0 of 0", "stop green");
  }

  @Test
  void startThatFails_isTold_andTriedAgainAfterAWhile() {
    rig.failures.put("green", "ended with code 1: no such image");
    rig.wants("blue ? 100, green 2 0", "blue ? 100, green ? -");
    rig.rounds(5);
    assertThat(rig.log).containsExactly("start green 2");
    assertThat(rig.heard.trouble())
        .extracting("server", "what", "text")
        .containsExactly(tuple("green", "start", "ended with code 1: no such image"));
    rig.rounds(1);
    assertThat(rig.log).hasSize(2);
  }

  @Test
  void candidate_thatDoesNotGetHealthy_isTold() {
    rig.urlsAnswer = false;
    rig.wants("blue ? 100, green 2 0", "blue ? 100, green ? -");
    rig.rounds(20);
    assertThat(rig.heard.trouble()).isEmpty();
    rig.rounds(3);
    assertThat(rig.heard.trouble()).extracting("what").containsExactly("health");
  }

  @Test
  void migration_runsOnceBeforeTheCandidateStarts_andIsToldUntilNobodyAsks() {
    var migration = new MigrationTask("2", MigrationPhase.EXPAND);
    rig.backgroundWaits = true;
    rig.wants("r1", "blue ? 100, green 2 0", "blue ? 100, green ? -", migration);
    rig.rounds(5);
    assertThat(rig.log).isEmpty();
    assertThat(rig.heard.migrated()).isNull();
    rig.backgroundWaits = false;
    rig.background.remove().run();
    rig.rounds(3);
    assertThat(rig.log).containsExactly("migrate 2 EXPAND", "start green 2");
    assertThat(rig.heard.migrated().outcome()).isEqualTo(MigrationResult.Outcome.DONE);
    rig.wants("blue ? 100, green 2 0", "blue ? 100, green ? -");
    rig.rounds(2);
    assertThat(rig.heard.migrated()).isNull();
    assertThat(rig.log).hasSize(2);
  }

  @Test
  void migrationThatFails_startsNothing() {
    rig.failures.put("migration", "ended with code 3: column exists");
    rig.wants(
        "r1",
        "blue ? 100, green 2 0",
        "blue ? 100, green ? -",
        new MigrationTask("2", MigrationPhase.EXPAND));
    rig.rounds(5);
    assertThat(rig.log).containsExactly("migrate 2 EXPAND");
    assertThat(rig.heard.migrated().outcome()).isEqualTo(MigrationResult.Outcome.FAILED);
    assertThat(rig.heard.migrated().text()).contains("column exists");
  }

  @Test
  void promoted_isWrittenDownForTheScripts_once() throws IOException {
    Files.writeString(folder.resolve("releases"), "blue 1\n");
    rig.wants("blue 1 0, green 2 100", "blue 1 0, green 2 100");
    rig.rounds(3);
    assertThat(rig.files.releases()).containsExactly("blue 1");
    rig.wants(null, "blue 1 -, green 2 100", "blue 1 -, green 2 100", null);
    rig.rounds(6);
    assertThat(rig.files.releases()).containsExactly("blue 1", "green 2");
  }

  @Test
  void whatTheScriptsStarted_isKnownByItsVersion() throws IOException {
    Files.writeString(folder.resolve("releases"), "green 0\nblue 1\n");
    rig.wants("blue 1 100, green ? -", "blue 1 100, green ? -");
    rig.rounds(2);
    assertThat(rig.heard.servers().get("blue").version()).isEqualTo("1");
    assertThat(rig.log).isEmpty();
  }
}
