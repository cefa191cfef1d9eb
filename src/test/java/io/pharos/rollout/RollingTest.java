package io.pharos.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateState;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RollingTest {
  private final RolloutRig rig =
      new RolloutRig(
          """
          version: "1"
          service: shop
          env: production
          strategy: rolling
          servers: [web1, web2, web3, web4]
          steps: [{weight: 25}, {weight: 75}, {weight: 100}]
          watch: 1m
          short_watch: true
          """);

  @BeforeEach
  void start() {
    rig.servers.clear();
    for (int i = 1; i <= 4; i++) {
      rig.servers.put("web" + i, new ObservedServer("1.0", true, true, 100));
    }
    rig.announce("gh:1", "1.1", "");
    rig.service.start("gh:1", "pipeline");
  }

  private List<String> running(String version) {
    return rig.servers.entrySet().stream()
        .filter(server -> version.equals(server.getValue().version()))
        .map(java.util.Map.Entry::getKey)
        .toList();
  }

  private int serving() {
    return (int) rig.servers.values().stream().filter(it -> it.weight() == 100).count();
  }

  /// Passes each gate until a number of servers run the new version with traffic; returns the
  /// minimum number of serving servers.
  private int upTo(int count) {
    int fewest = 4;
    for (int i = 0; i < 200 && (running("1.1").size() < count || serving() < 4); i++) {
      rig.second();
      fewest = Math.min(fewest, serving());
      if (!rig.gates.byKey.isEmpty()) {
        rig.gates.say(GateState.PASS, "it is well");
      }
    }
    return fewest;
  }

  @Test
  void goodRelease_replacesBatchAfterBatch() {
    assertThat(upTo(1)).as("one is out at a time").isEqualTo(3);
    assertThat(running("1.1")).containsExactly("web1");
    rig.run(2);
    assertThat(rig.phase()).isEqualTo("STEP");
    assertThat(upTo(3)).isEqualTo(2);
    assertThat(upTo(4)).isEqualTo(3);
    assertThat(rig.reaches("WATCHING", 5)).isTrue();
    rig.run(3);
    rig.gates.say(GateState.PASS, "it is well");
    assertThat(rig.reaches("PROMOTED", 80)).isTrue();
    assertThat(running("1.1")).hasSize(4);
    assertThat(serving()).isEqualTo(4);
  }

  @Test
  void failure_inTheMiddle_returnsWhatWasTouched() {
    upTo(3);
    rig.run(3);
    rig.gates.say(GateState.FAIL, "errors");
    int fewest = 4;
    for (int i = 0; i < 20 && !rig.rollout().isEnded(); i++) {
      rig.second();
      fewest = Math.min(fewest, serving());
    }
    assertThat(rig.phase()).isEqualTo("RETURNED");
    assertThat(fewest).as("web4 alone was known to be good").isEqualTo(1);
    assertThat(running("1.0")).hasSize(4);
    assertThat(serving()).isEqualTo(4);
  }

  @Test
  void failure_whenAllWereReplaced_returnsInTwoHalves() {
    upTo(4);
    rig.reaches("WATCHING", 5);
    rig.run(3);
    rig.gates.say(GateState.FAIL, "errors");
    int fewest = 4;
    for (int i = 0; i < 20 && !rig.rollout().isEnded(); i++) {
      rig.second();
      fewest = Math.min(fewest, serving());
    }
    assertThat(rig.phase()).isEqualTo("RETURNED");
    assertThat(fewest).isEqualTo(2);
    assertThat(running("1.0")).hasSize(4);
  }

  @Test
  void abort_beforeTheMigrationEnded_movesNoWeight() {
    rig.run(1);
    rig.act(OperatorRequest.ABORT);
    for (int i = 0; i < 5; i++) {
      rig.second();
      assertThat(serving()).isEqualTo(4);
    }
    assertThat(rig.phase()).isEqualTo("ABORTED");
  }
}
