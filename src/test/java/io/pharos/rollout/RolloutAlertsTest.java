package io.pharos.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.faults.FaultRun;
import io.pharos.faults.FaultRun.Target;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The alerts on rollouts, raised by a silent agent and by a rollout that waits for a person.
class RolloutAlertsTest {
  private static final String PHAROS = "127.0.0.1:9095";

  private final RolloutRig rig = new RolloutRig(RolloutRig.CANARY);

  private FaultRun run() throws Exception {
    var run = new FaultRun(List.of(new Target("pharos", PHAROS, "")), "pharos");
    rig.start();
    rig.run(5);
    show(run);
    assertThat(run.firing()).containsExactly("Watchdog");
    return run;
  }

  private void show(FaultRun run) {
    run.show(Map.of(PHAROS, FaultRun.page(rig.registry)));
    run.pass(Duration.ofMinutes(3));
  }

  @Test
  void agentThatFallsSilent_isTold() throws Exception {
    try (FaultRun run = run()) {
      rig.runAlone(90);
      show(run);
      assertThat(run.firing()).containsExactlyInAnyOrder("RolloutAgentLost", "Watchdog");
      rig.run(5);
      show(run);
      assertThat(run.firing()).containsExactly("Watchdog");
    }
  }

  @Test
  void rolloutThatWaitsForSomebody_isTold() throws Exception {
    try (FaultRun run = run()) {
      var _ = rig.act(OperatorRequest.PAUSE);
      rig.run(1000);
      show(run);
      assertThat(run.firing()).containsExactlyInAnyOrder("RolloutWaits", "Watchdog");
    }
  }
}
