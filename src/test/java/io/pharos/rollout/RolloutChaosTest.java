package io.pharos.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.gate.GateState;
import io.pharos.rollout.RolloutService.Acted;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// In any order of events, a candidate gets no unapproved share, a failure is final, and every
/// rollout ends in an approved colour.
@Tag("slow")
final class RolloutChaosTest {
  private static final int SEEDS = Nightly.rounds(40, 2_000);
  private static final List<Integer> WEIGHTS = List.of(0, 5, 25, 50, 100);

  private final RolloutRig rig = new RolloutRig(RolloutRig.CANARY + "approve: [50]\n");
  private boolean failed;
  private boolean allowed;
  private int passes;
  private int highest;

  static Stream<Integer> seeds() {
    return IntStream.range(0, SEEDS).boxed();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void rollout_underChaos_keepsItsPromises(int seed) {
    var random = new Random(seed);
    rig.start();
    double calm = random.nextDouble();
    for (int i = 0; i < 250 && !rig.rollout().isEnded(); i++) {
      disturb(random, calm);
      step(random.nextInt(4) > 0);
    }
    rig.store.broken = () -> false;
    rig.acts = true;
    for (int i = 0; i < 900 && !rig.rollout().isEnded(); i++) {
      if (!rig.gates.byKey.isEmpty() && !failed) {
        rig.gates.say(GateState.PASS, "it is well");
      }
      switch (rig.rollout().phase()) {
        case RolloutPhase.Held _ -> ask(OperatorRequest.APPROVE);
        case RolloutPhase.Paused _ -> ask(OperatorRequest.RESUME);
        case RolloutPhase.Forward _,
            RolloutPhase.Returning _,
            RolloutPhase.Finishing _,
            RolloutPhase.End _ -> {}
      }
      step(true);
    }
    RolloutPhase end = rig.rollout().phase();
    assertThat(rig.rollout().isEnded()).as("%s: %s", end, rig.rollout().why()).isTrue();
    rig.run(15);
    boolean promoted = end instanceof RolloutPhase.Promoted;
    assertThat(rig.weight("green")).isEqualTo(promoted ? 100 : 0);
    assertThat(rig.weight("blue")).isEqualTo(promoted ? 0 : 100);
    assertThat(rig.servers.get(promoted ? "blue" : "green").running()).isFalse();
    assertThat(promoted && failed).as("a failure is for ever").isFalse();
    assertThat(!promoted || passes >= 4).as("judged at each step and at the end").isTrue();
    List<RolloutEvent> events = rig.store.events(rig.rollout().id());
    assertThat(events)
        .extracting(RolloutEvent::seq)
        .isEqualTo(LongStream.rangeClosed(1, events.size()).boxed().toList());
  }

  private void disturb(Random random, double calm) {
    if (random.nextDouble() < calm) {
      return;
    }
    boolean judged = !rig.gates.byKey.isEmpty() && !failed;
    switch (random.nextInt(14)) {
      case 0 -> rig.restart();
      case 1 -> {
        rig.agent = "host:" + random.nextInt(1000) + ":x";
        rig.epoch = null;
      }
      case 2 -> {
        for (int i = random.nextInt(30); i > 0; i--) {
          step(false);
        }
      }
      case 3 -> rig.acts = random.nextBoolean();
      case 4 -> rig.store.broken = () -> random.nextInt(3) == 0;
      case 5 -> rig.store.broken = () -> false;
      case 6 -> rig.servers.put("green", new ObservedServer(null, false, false, 0));
      case 7 -> rig.servers.put("blue", new ObservedServer("1.0", true, random.nextBoolean(), 100));
      case 8 -> {
        OperatorRequest wish =
            OperatorRequest.values()[random.nextInt(OperatorRequest.values().length)];
        if (wish != OperatorRequest.ABORT || random.nextInt(20) == 0) {
          ask(wish);
        }
      }
      case 9, 10, 11 -> say(judged, GateState.PASS);
      case 12 -> say(judged && random.nextInt(3) == 0, GateState.INCONCLUSIVE);
      case 13 -> {
        if (judged && random.nextInt(10) == 0) {
          rig.gates.say(GateState.FAIL, "errors");
        } else if (judged) {
          rig.gates.expire();
        }
      }
      default -> throw new IllegalStateException();
    }
  }

  private void say(boolean judged, GateState state) {
    if (judged && rig.gates.find(rig.gates.newest()).orElseThrow().state() == GateState.RUNNING) {
      rig.gates.say(state, "as it is");
    }
  }

  private void ask(OperatorRequest wish) {
    try {
      boolean failing =
          !rig.gates.byKey.isEmpty()
              && rig.gates.find(rig.gates.newest()).orElseThrow().state() == GateState.FAIL;
      RolloutPhase before = rig.rollout().phase();
      if (wish == OperatorRequest.APPROVE && failing) {
        return; // a person who overrules what is about to be seen is no matter of this test
      }
      if (rig.act(wish) instanceof Acted.Done && wish == OperatorRequest.APPROVE) {
        boolean decided =
            before instanceof RolloutPhase.Held(_, RolloutPhase.Wants wants)
                && wants == RolloutPhase.Wants.DECISION;
        allowed |= decided;
        passes += decided ? 1 : 0;
      }
    } catch (StoreUnavailableException _) {
      // The store was unavailable.
    }
  }

  private void step(boolean heard) {
    int used = rig.gates.used.size();
    rig.clock.advance(Duration.ofSeconds(1));
    if (heard) {
      try {
        rig.beat();
      } catch (StoreUnavailableException _) {
        // The agent retries.
      }
    }
    look(used);
    rig.service.tick(rig.clock.instant());
    look(used);
  }

  /// Checks the stored state, which an agent may get next.
  private void look(int used) {
    Rollout rollout = rig.rollout();
    DesiredServers desired = rollout.desired();
    DesiredServers approved = rollout.approved();
    failed |= rollout.phase() instanceof RolloutPhase.Returning;
    if (desired != null && approved != null && !rollout.isEnded()) {
      int weight = desired.server("green").map(ServerState::weight).orElse(0);
      int share = approved.server("green").map(ServerState::weight).orElse(0);
      assertThat(WEIGHTS.indexOf(weight))
          .as("%s is at most one step above %s", weight, share)
          .isLessThanOrEqualTo(WEIGHTS.indexOf(share) + 1);
      if (weight > highest) {
        boolean passed =
            rig.gates.used.size() > used
                && rig.gates.find(rig.gates.used.getLast()).orElseThrow().state() == GateState.PASS;
        assertThat(weight == 5 || passed || allowed)
            .as("%s %% needs a pass that was used right before, or a person", weight)
            .isTrue();
        assertThat(failed).isFalse();
        passes += passed ? 1 : 0;
        allowed = false;
        highest = weight;
      }
      if (rollout.phase() instanceof RolloutPhase.Finishing && highest == 100) {
        highest = 101;
        assertThat(rig.gates.used.size() > used || allowed).isTrue();
        passes += allowed ? 0 : 1;
        allowed = false;
      }
    }
  }
}
