package io.pharos.rollout.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.rollout.agent.Watchdog.Duty;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When a watchdog acts, on a virtual clock. [AgentKilledTest] shows with a real HAProxy that it
/// then moves the traffic.
class WatchdogTest {
  @TempDir Path folder;
  private final List<String> said = new ArrayList<>();
  private long nanos;
  private Watchdog watchdog;

  @BeforeEach
  void start() throws IOException {
    var settings = new AgentRig(folder).settings();
    watchdog = new Watchdog(settings, _ -> true, () -> nanos, said::add);
  }

  private void seconds(int count) {
    nanos += Duration.ofSeconds(count).toNanos();
  }

  @Test
  void agentThatSpeaks_isLeftAlone() {
    for (int i = 0; i < 100; i++) {
      watchdog.hear(10);
      seconds(9);
      assertThat(watchdog.duty()).isEqualTo(Duty.WATCH);
    }
  }

  @Test
  void agentThatStandsStill_isActedForAfterItsLease() {
    watchdog.hear(10);
    seconds(10);
    assertThat(watchdog.duty()).isEqualTo(Duty.RESTORE);
    watchdog.hear(10);
    assertThat(watchdog.duty()).isEqualTo(Duty.WATCH);
  }

  @Test
  void agentThatIsGone_getsTimeForASuccessor() {
    watchdog.hear(10);
    watchdog.hear(-1);
    seconds(2);
    assertThat(watchdog.duty()).isEqualTo(Duty.WATCH);
    seconds(1);
    assertThat(watchdog.duty()).isEqualTo(Duty.RESTORE);
  }

  @Test
  void successor_isLeftToAct() throws IOException {
    watchdog.hear(10);
    watchdog.hear(-1);
    seconds(3);
    try (AgentLock _ = AgentLock.acquire(folder).orElseThrow()) {
      watchdog.restore();
    }
    assertThat(said)
        .containsExactly("a successor of the agent runs, so the weights need not be restored");
    assertThat(watchdog.duty()).isEqualTo(Duty.LEAVE);
  }

  @Test
  void attemptThatFails_isRepeated() throws IOException {
    new AgentFiles(folder).approve(AgentRig.fleet("blue 1 100, green 2 0"));
    watchdog.hear(10);
    watchdog.hear(-1);
    seconds(3);
    watchdog.restore(); // there is no HAProxy
    assertThat(said.getLast()).contains("cannot restore the approved weights");
    assertThat(watchdog.duty()).isEqualTo(Duty.RESTORE);
    assertThat(AgentLock.acquire(folder)).isPresent(); // a successor gets it in between
  }

  @Test
  void agentWithNothingApproved_orThatEndedByItself_needsNobody() {
    watchdog.hear(Watchdog.NOTHING);
    seconds(100);
    assertThat(watchdog.duty()).isEqualTo(Duty.WATCH);
    watchdog.hear(-1);
    assertThat(watchdog.duty()).isEqualTo(Duty.LEAVE);
  }

  @Test
  void agentThatSaysItEnds_needsNobody() {
    watchdog.hear(10);
    watchdog.hear(Watchdog.END);
    assertThat(watchdog.duty()).isEqualTo(Duty.LEAVE);
  }
}
