package io.pharos.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LoopRegistryTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private long now = 1_000_000;
  private long set; // how far the clock was set ahead
  private final LoopRegistry loops =
      new LoopRegistry(() -> Instant.ofEpochMilli(now), () -> (now - set) * 1_000_000, registry);

  private double lastRun(String loop) {
    return registry.get("pharos_loop_last_run_timestamp_seconds").tag("loop", loop).gauge().value();
  }

  @Test
  void loopThatRuns_doesNotStandStill() {
    LoopRegistry.Loop loop = loops.begin("a", "", Duration.ofSeconds(10));
    for (int i = 0; i < 20; i++) {
      now += 10_000;
      loop.ran();
      assertThat(loops.stalled()).isEmpty();
    }
    assertThat(lastRun("a")).isEqualTo(1200);
  }

  @Test
  void loopThatMissedThreeTurnsAndTheGrace_standsStill() {
    LoopRegistry.Loop loop = loops.begin("a", "of b", Duration.ofSeconds(10));
    now += 60_000;
    assertThat(loops.stalled()).isEmpty();
    now += 1;
    assertThat(loops.stalled())
        .containsExactly(
            new LoopRegistry.Stalled(
                "a", "of b", Instant.ofEpochMilli(1_000_000), Duration.ofSeconds(10)));
    loop.ran();
    assertThat(loops.stalled()).isEmpty();
  }

  @Test
  void severalOfAName_shareASeriesOfTheLatest() {
    LoopRegistry.Loop first = loops.begin("a", "1", Duration.ofSeconds(10));
    LoopRegistry.Loop second = loops.begin("a", "2", Duration.ofSeconds(20));
    now += 5000;
    second.ran();
    assertThat(lastRun("a")).isEqualTo(1000);
    assertThat(registry.get("pharos_loop_interval_seconds").tag("loop", "a").gauge().value())
        .isEqualTo(20);
    first.close();
    assertThat(lastRun("a")).isEqualTo(1005);
    second.close();
    assertThat(registry.find("pharos_loop_last_run_timestamp_seconds").gauges()).isEmpty();
    now += 1_000_000;
    assertThat(loops.stalled()).isEmpty();
  }

  @Test
  void clockThatIsSet_makesNoLoopStandStillAndHidesNone() {
    LoopRegistry.Loop loop = loops.begin("a", "", Duration.ofSeconds(10));
    now += 3_600_000;
    set += 3_600_000;
    assertThat(loops.stalled()).isEmpty();
    loop.ran();
    now -= 3_600_000;
    set -= 3_600_000;
    now += 60_001;
    assertThat(loops.stalled()).hasSize(1);
  }

  @Test
  void all_loopsOfAName_areOneWithItsOldestRun() {
    LoopRegistry.Loop first = loops.begin("a", "1", Duration.ofSeconds(10));
    loops.begin("a", "2", Duration.ofSeconds(20));
    now += 5000;
    first.ran();
    now += 300;
    first.ended();

    assertThat(loops.all())
        .containsExactly(
            new LoopRegistry.Seen(
                "a",
                2,
                Duration.ofSeconds(20),
                Instant.ofEpochMilli(1_000_000),
                Duration.ofMillis(300),
                false));
    now += 1_000_000;
    assertThat(loops.all()).allMatch(LoopRegistry.Seen::isStalled);
  }
}
