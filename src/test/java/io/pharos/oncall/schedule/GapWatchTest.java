package io.pharos.oncall.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.People;
import io.pharos.faults.FaultRun;
import io.pharos.faults.FaultRun.Target;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GapWatchTest {
  private static final String PHAROS = "127.0.0.1:9095";
  private static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");

  private static final String PLAN =
      """
      people: [{name: lead, ways: [m]}]
      rotations:
        - name: backend
          timezone: Europe/Berlin
          layers:
            - {name: first, members: [lead], start: 2026-03-02T09:00, handover: weekly, end: 2026-03-17T09:00}
            - {name: second, members: [lead], start: 2026-03-24T09:00, handover: weekly, end: 2026-06-01T09:00}
        - name: rare
          timezone: UTC
          allow_gaps: true
          layers: [{name: all, members: [lead], start: 2030-01-01T00:00, handover: daily}]
        - {name: shop, timezone: UTC, layers: [{name: all, members: [lead], start: 2026-01-01T00:00, handover: daily}]}
      """;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<DutyOverride> overrides = new ArrayList<>();
  private boolean isAway;

  private GapWatch watch() {
    OnCallPlan plan =
        OnCallFile.parse(
            "oncall.yml", PLAN, new OnCallFile.Surroundings(Optional.empty(), People.NONE, NOW));
    var store =
        new OverrideStore() {
          @Override
          public void put(DutyOverride override) {
            overrides.add(override);
          }

          @Override
          public boolean delete(String id) {
            return false;
          }

          @Override
          public List<DutyOverride> all() {
            if (isAway) {
              throw new StoreUnavailableException("away", new IllegalStateException());
            }
            return overrides;
          }

          @Override
          public void prune(Instant before) {}
        };
    return new GapWatch(new OnCallSchedule(() -> plan, store, () -> NOW), registry);
  }

  private List<String> rows() {
    return registry.find("pharos_oncall_gap").gauges().stream()
        .map(
            gauge ->
                "%s [%s] [%s] %.0f"
                    .formatted(
                        gauge.getId().getTag("rotation"),
                        gauge.getId().getTag("from"),
                        gauge.getId().getTag("until"),
                        gauge.value()))
        .sorted()
        .toList();
  }

  @Test
  void gap_isAnnouncedFourteenDaysAhead_withItsWholeSpan() {
    GapWatch watch = watch();
    watch.measure(Instant.parse("2026-03-03T07:59:00Z"));
    assertThat(rows()).containsExactly("backend [] [] 0", "shop [] [] 0");
    watch.measure(Instant.parse("2026-03-03T08:01:00Z"));
    assertThat(rows())
        .containsExactly("backend [2026-03-17 09:00] [2026-03-24 09:00] 1", "shop [] [] 0");
    watch.measure(Instant.parse("2026-03-20T12:34:56Z"));
    assertThat(rows()).contains("backend [2026-03-17 09:00] [2026-03-24 09:00] 1");
    watch.measure(Instant.parse("2026-03-24T08:00:00Z"));
    assertThat(rows()).contains("backend [] [] 0");
  }

  @Test
  void gapWithoutEnd_isAnnouncedUntilFurtherNotice_andItsBeginDoesNotMove() {
    GapWatch watch = watch();
    watch.measure(Instant.parse("2026-06-20T12:34:56Z"));
    assertThat(rows()).contains("backend [2026-06-01 09:00] [further notice] 1");
    watch.measure(Instant.parse("2028-06-20T12:34:56Z"));
    assertThat(rows()).contains("backend [long ago] [further notice] 1");
  }

  @Test
  void gap_raisesAnAlert() throws Exception {
    watch().measure(NOW);
    try (var run = new FaultRun(List.of(new Target("pharos", PHAROS, "")), "pharos")) {
      run.show(Map.of(PHAROS, FaultRun.page(registry)));
      run.pass(Duration.ofMinutes(12));
      assertThat(run.firing()).containsExactlyInAnyOrder("OnCallGap", "Watchdog");
    }
  }

  @Test
  void override_fillsTheGap() {
    GapWatch watch = watch();
    overrides.add(
        new DutyOverride(
            "cover",
            "backend",
            Instant.parse("2026-03-17T00:00:00Z"),
            Instant.parse("2026-03-25T00:00:00Z"),
            "lead",
            "",
            false,
            "",
            "",
            NOW));
    watch.measure(NOW);
    assertThat(rows()).contains("backend [] [] 0");
  }

  @Test
  void storeThatIsAway_keepsTheValues() {
    GapWatch watch = watch();
    watch.measure(NOW);
    isAway = true;
    watch.measure(NOW.plus(Duration.ofDays(300)));
    assertThat(rows()).contains("backend [2026-03-17 09:00] [2026-03-24 09:00] 1");
  }
}
