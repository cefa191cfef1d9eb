package io.pharos.oncall.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.People;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DrillTimesTest {
  private static DrillTimes times(String drill) {
    OnCallPlan plan =
        OnCallFile.parse(
            "oncall.yml",
            """
            people: [{name: lead, ways: [m]}]
            policies: [{name: p, levels: [{people: [lead]}], drill: {%s}}]
            """
                .formatted(drill),
            new OnCallFile.Surroundings(
                Optional.empty(), People.NONE, Instant.parse("2026-03-01T00:00:00Z")));
    return plan.policies().getFirst().drills().orElseThrow();
  }

  private static Instant at(String time) {
    return Instant.parse(time);
  }

  @Test
  void begins_areLocalTimes_alsoWhenTheClockChanges() {
    DrillTimes times =
        times("repeat: weekly, timezone: Europe/Berlin, start: 2026-03-18T10:00, wait: 90s");
    assertThat(times.begins(at("2026-03-18T09:00:00Z"), at("2026-04-01T08:00:00Z")))
        .containsExactly(at("2026-03-25T09:00:00Z"), at("2026-04-01T08:00:00Z"));
    assertThat(times.begins(at("2026-01-01T00:00:00Z"), at("2026-03-18T08:59:59Z"))).isEmpty();
    assertThat(times.patience()).hasSeconds(90);
  }

  @Test
  void begins_followAnRrule() {
    DrillTimes times =
        times("repeat: FREQ=MONTHLY;BYDAY=1WE, timezone: UTC, start: 2026-03-04T10:00");
    assertThat(times.begins(at("2026-03-01T00:00:00Z"), at("2026-06-01T00:00:00Z")))
        .containsExactly(
            at("2026-03-04T10:00:00Z"), at("2026-04-01T10:00:00Z"), at("2026-05-06T10:00:00Z"));
    assertThat(times.patience()).isEqualTo(DrillTimes.WAIT);
    assertThat(times.definition()).isEqualTo("Z 2026-03-04T10:00 FREQ=MONTHLY;BYDAY=1WE");
  }
}
