package io.pharos.gate.hindsight;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.DeploymentStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the chain of a gate covers; the tests in `state` change every stored field.
class VerificationTest {
  private final GateRig rig = new GateRig();

  private Verification verification(GateRun run) {
    return Verification.of(rig.stored(run));
  }

  private List<String> kinds(GateRun run) {
    return rig.gates.facts(run.id()).stream().map(GateFact::kind).toList();
  }

  @Test
  void gate_atEachStep_isWhole() {
    var run = rig.open();
    assertThat(verification(run)).isEqualTo(whole(run, 1));
    for (int i = 0; i < 20; i++) {
      rig.step();
      rig.tick();
      assertThat(verification(run)).isEqualTo(whole(run, i + 2));
    }
    assertThat(rig.now(run).state()).isEqualTo(GateState.PASS);
    for (int i = 0; i < 70; i++) {
      rig.step();
      rig.tick();
    }
    assertThat(rig.now(run).isObserved()).as("its time is over").isFalse();
    assertThat(verification(run)).isEqualTo(whole(run, kinds(run).size()));
    assertThat(kinds(run)).startsWith("opened", "observed").endsWith("observed", "ended");
  }

  private Verification whole(GateRun run, int facts) {
    return new Verification.Whole(
        facts, rig.gates.lastFact(run.id()).map(GateFact::chain).orElse(""));
  }

  @Test
  void gateThatEnds_withoutAnObservation_isWholeAndSaysHow() {
    var run = rig.open();
    rig.step();
    rig.tick();
    rig.deployments.finish("deploy-1", DeploymentStatus.FAILED, rig.clock.instant());
    rig.step();
    rig.tick();
    assertThat(kinds(run)).containsExactly("opened", "observed", "ended");
    assertThat(verification(run)).isInstanceOf(Verification.Whole.class);
    assertThat(rig.replay(run)).matches(Replay::agrees);
  }

  @Test
  void remarks_betweenSteps_areLinksOfTheSameChain() {
    var run = rig.open();
    rig.step();
    rig.tick();
    GateFact last = rig.gates.lastFact(run.id()).orElseThrow();
    rig.gates.append(last.next("later_kind", rig.clock.instant(), "{\"by\":\"a later Pharos\"}"));
    rig.step();
    rig.tick();
    assertThat(kinds(run)).containsExactly("opened", "observed", "later_kind", "observed");
    assertThat(verification(run)).isInstanceOf(Verification.Whole.class);
    assertThat(rig.stored(run).facts().getLast().content()).contains("\"evaluations\":\"2\"");
  }

  @Test
  void gateOfAnEarlierPharos_isReadJudgedAndNotCovered() {
    var run = rig.open();
    rig.gates.forgetFacts(run.id());
    GateRun end = rig.toTheEnd(run);
    assertThat(end.state()).isEqualTo(GateState.PASS);
    assertThat(rig.gates.facts(run.id())).isEmpty();
    assertThat(verification(run).text())
        .startsWith("not covered: the gate was opened by a version of Pharos that wrote no facts");
    assertThat(rig.replay(run)).isEqualTo(new Replay(true, GateState.PASS, end.code(), true, ""));
  }

  @Test
  void policyText_changedLater_doesNotMatterToTheGate() {
    var run = rig.open();
    rig.policies =
        io.pharos.gate.policy.GatePolicy.FILES.parse(
            "backend", GateRig.POLICY.replace("p_max: 0.05", "p_max: 0.0001"));
    assertThat(rig.toTheEnd(run).state()).isEqualTo(GateState.PASS);
    assertThat(rig.replay(run)).matches(Replay::agrees);
  }

  @Test
  void replay_anotherVerdictStored_saysWhatDiffersFirst() {
    var end = rig.toTheEnd(rig.open());
    StoredGate stored = rig.stored(end);
    var check = end.checks().get(3);
    String other = stored.checks().replace("\"n_c\":" + check.total(), "\"n_c\":1");
    var forged =
        new StoredGate(
            Forged.withChecks(end, other),
            other,
            stored.deployment(),
            stored.trail(),
            stored.overrides(),
            stored.facts());
    assertThat(Replay.of(forged))
        .isEqualTo(
            new Replay(
                false,
                GateState.PASS,
                end.code(),
                false,
                "/checks/3/n_c: stored 1, judged again " + check.total()));
  }

  @Test
  void replay_otherTexts_agreesAndNamesThem() {
    var end = rig.toTheEnd(rig.open());
    StoredGate stored = rig.stored(end);
    String other = stored.checks().replace("requests failed", "requests went wrong");
    assertThat(other).isNotEqualTo(stored.checks());
    var reworded =
        new StoredGate(
            Forged.withChecks(end, other),
            other,
            stored.deployment(),
            stored.trail(),
            stored.overrides(),
            stored.facts());
    assertThat(Replay.of(reworded))
        .matches(Replay::agrees)
        .matches(replay -> replay.difference().contains("/text: stored "));
  }

  @Test
  void replay_otherValuesAtAnEarlierObservation_disagrees() {
    StoredGate stored = rig.stored(rig.toTheEnd(rig.open()));
    String hash = GateHistory.checkValues(firstObserved(stored)).orElseThrow();
    Replay replay = Replay.of(withFirstObserved(stored, hash, "0".repeat(64)));
    assertThat(replay.agrees()).isFalse();
    assertThat(replay.difference())
        .startsWith("observation 1 of " + stored.trail().size() + ": /check_values: stored 000");
  }

  @Test
  void replay_otherTextsAtAnEarlierObservation_agreesAndNamesThem() {
    StoredGate stored = rig.stored(rig.toTheEnd(rig.open()));
    String hash = GateHistory.standing(firstObserved(stored)).get("checks");
    assertThat(Replay.of(withFirstObserved(stored, hash, "0".repeat(64))))
        .matches(Replay::agrees)
        .matches(replay -> replay.difference().contains(": /checks: stored 000"));
  }

  @Test
  void replay_factsOfVersion0_2_withoutValues_agrees() {
    StoredGate stored = rig.stored(rig.toTheEnd(rig.open()));
    assertThat(Replay.of(withFirstObserved(stored, "check_values", "later_field")))
        .isEqualTo(new Replay(false, GateState.PASS, stored.run().code(), true, ""));
  }

  private static GateFact firstObserved(StoredGate stored) {
    return stored.facts().stream()
        .filter(fact -> fact.kind().equals(GateFact.OBSERVED))
        .findFirst()
        .orElseThrow();
  }

  private static StoredGate withFirstObserved(StoredGate stored, String part, String other) {
    GateFact first = firstObserved(stored);
    String content = first.content().replace(part, other);
    assertThat(content).isNotEqualTo(first.content());
    var facts = new ArrayList<>(stored.facts());
    facts.set(
        facts.indexOf(first),
        new GateFact(
            first.gateId(), first.seq(), first.kind(), first.at(), content, first.chain()));
    return new StoredGate(
        stored.run(),
        stored.checks(),
        stored.deployment(),
        stored.trail(),
        stored.overrides(),
        facts);
  }

  @Test
  void passNeverForgotten_afterALongWait_staysWhole() {
    var run = rig.open();
    rig.clock.advance(Duration.ofHours(2));
    rig.step();
    rig.tick();
    assertThat(rig.now(run).state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(verification(run)).isInstanceOf(Verification.Whole.class);
    assertThat(rig.replay(run)).matches(Replay::agrees);
  }
}
