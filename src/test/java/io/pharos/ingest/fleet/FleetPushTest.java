package io.pharos.ingest.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pushed heartbeats.
class FleetPushTest {
  @TempDir Path directory;

  private final FleetRig rig = new FleetRig();

  @Test
  void pushes_areCorrectedByTheSendersClock() {
    AgentFleet fleet = rig.fleet("push: {}", directory);
    Instant now = rig.clock.instant();
    Instant theirs = now.plusSeconds(3600);
    assertThat(fleet.accept(theirs, List.of(new AgentFleet.Beat("a", theirs.minusSeconds(7)))))
        .isEmpty();
    fleet.accept(now, List.of(new AgentFleet.Beat("b", now.plusSeconds(900))));
    rig.read("push");
    assertThat(rig.ages()).isEqualTo(Map.of("a", 7.0, "b", 0.0));
    assertThat(rig.values("pharos_agent_clock_skew_seconds"))
        .isEqualTo(Map.of("a", 3600.0, "b", 0.0));

    rig.pass(Duration.ofSeconds(30));
    fleet.accept(rig.clock.instant(), List.of(new AgentFleet.Beat("b", rig.clock.instant())));
    rig.read("push");
    assertThat(rig.ages()).isEqualTo(Map.of("a", 37.0, "b", 0.0));
  }

  @Test
  void pushes_thatAllCease_areUnknown_andOneThatCeasesIsOld() {
    AgentFleet fleet = rig.fleet("push: {}", directory);
    fleet.accept(rig.clock.instant(), List.of(new AgentFleet.Beat("a", rig.clock.instant())));
    fleet.accept(rig.clock.instant(), List.of(new AgentFleet.Beat("b", rig.clock.instant())));
    rig.pass(Duration.ofMinutes(10));
    fleet.accept(rig.clock.instant(), List.of(new AgentFleet.Beat("b", rig.clock.instant())));
    rig.read("push");
    assertThat(rig.ages().get("a")).isEqualTo(600);

    rig.pass(Duration.ofSeconds(121));
    rig.read("push");
    assertThat(rig.values("pharos_fleet_up").get("push")).isZero();
    assertThat(rig.ages()).isEmpty();
  }

  @Test
  void pushes_areBounded_andRefusedWithoutConfiguration() {
    AgentFleet fleet = rig.fleet("max_hosts: 1\npush: {}", directory);
    Instant now = rig.clock.instant();
    assertThat(
            fleet.accept(
                now, List.of(new AgentFleet.Beat("a", now), new AgentFleet.Beat("b", now))))
        .contains(AgentFleet.Refusal.TOO_MANY);
    assertThat(fleet.accept(now, List.of(new AgentFleet.Beat("a\nb", now))))
        .contains(AgentFleet.Refusal.BAD_HOST);
    rig.read("push");
    assertThat(rig.ages()).containsOnlyKeys("a");
    assertThat(rig.values("pharos_fleet_hosts_left_out").get("push")).isEqualTo(1);

    fleet.reload(FleetFile.parse("fleet.yml", "max_hosts: 2\npush: {}", directory));
    rig.read("push");
    assertThat(rig.ages()).containsOnlyKeys("a");
    fleet.reload(FleetConfig.NONE);
    assertThat(fleet.accept(now, List.of(new AgentFleet.Beat("a", now))))
        .contains(AgentFleet.Refusal.NOT_CONFIGURED);
    assertThat(rig.jobs).isEmpty();
    assertThat(rig.values("pharos_fleet_up")).isEmpty();
  }
}
