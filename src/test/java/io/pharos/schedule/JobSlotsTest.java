package io.pharos.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class JobSlotsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<Long> ran = new ArrayList<>();
  private long now = 10_300;

  private JobSlots slots(long every, long offset, Consumer<Instant> task) {
    return new JobSlots(
        "job",
        Duration.ofMillis(every),
        Duration.ofMillis(offset),
        task,
        () -> Instant.ofEpochMilli(now),
        time -> now += time.toMillis(),
        registry,
        loop());
  }

  private LoopRegistry.Loop loop() {
    return new LoopRegistry(() -> Instant.ofEpochMilli(now), () -> now * 1_000_000, registry)
        .begin("job", "", Duration.ofSeconds(1));
  }

  private JobSlots slots(long every, long offset) {
    return slots(every, offset, slot -> ran.add(slot.toEpochMilli()));
  }

  /// Checks every second, like the scheduler.
  private void run(JobSlots slots, int seconds) {
    for (int i = 0; i < seconds; i++) {
      long at = now;
      slots.runDue();
      now = Math.max(now, at + 1000);
    }
  }

  @Test
  void runDue_wholeSeconds_runsEachSlotAtItsTime() {
    run(slots(2000, 1000), 5);

    assertThat(ran).containsExactly(11_000L, 13_000L, 15_000L);
  }

  @Test
  void runDue_subSecond_runsEverySlotUntilTheNextCheck() {
    run(slots(250, 100), 2);

    assertThat(ran)
        .containsExactly(10_350L, 10_600L, 10_850L, 11_100L, 11_350L, 11_600L, 11_850L, 12_100L);
    assertThat(registry.get("pharos_job_skipped").counter().count()).isZero();
  }

  @Test
  void runDue_slowTask_skipsSlotsAndCountsThem() {
    JobSlots slots =
        slots(
            500,
            0,
            slot -> {
              ran.add(slot.toEpochMilli());
              now += 1200;
            });
    run(slots, 3);

    assertThat(ran).startsWith(10_500L, 11_500L, 12_500L);
    assertThat(registry.get("pharos_job_skipped").counter().count())
        .isEqualTo((ran.getLast() - ran.getFirst()) / 500.0 + 1 - ran.size());
  }

  @Test
  void runDue_taskThatThrows_isCountedAndTheNextSlotRuns() {
    JobSlots slots =
        slots(
            1000,
            0,
            slot -> {
              ran.add(slot.toEpochMilli());
              throw new IllegalStateException("no");
            });
    run(slots, 2);

    assertThat(ran).containsExactly(11_000L, 12_000L);
    assertThat(registry.get("pharos_job_failures").counter().count()).isEqualTo(2);
  }

  @Test
  void isDue_aSlotBeforeTheNextCheck_andNoOther() {
    JobSlots slots = slots(5000, 0);
    assertThat(slots.isDue()).as("15,000 at 10,300").isFalse();
    now = 14_000;
    assertThat(slots.isDue()).as("15,000 is the next look's").isFalse();
    now = 14_001;
    assertThat(slots.isDue()).isTrue();
    slots.runDue();
    assertThat(ran).containsExactly(15_000L);
    assertThat(slots.isDue()).isFalse();
    now -= 3_600_000;
    assertThat(slots.isDue()).as("the clock was set back").isTrue();
    slots.close();
    assertThat(slots.isDue()).isFalse();
  }

  @Test
  void isDue_whileARunIsActive_isNot() {
    var holder = new ArrayList<JobSlots>();
    var due = new ArrayList<Boolean>();
    holder.add(slots(100, 0, _ -> due.add(holder.getFirst().isDue())));
    holder.getFirst().runDue();

    assertThat(due).hasSize(10).containsOnly(false);
  }

  @Test
  void close_whileASlotIsAwaited_runsItNot() {
    var holder = new ArrayList<JobSlots>();
    JobSlots slots =
        new JobSlots(
            "job",
            Duration.ofSeconds(1),
            Duration.ZERO,
            slot -> ran.add(slot.toEpochMilli()),
            () -> Instant.ofEpochMilli(now),
            time -> {
              now += time.toMillis();
              holder.getFirst().close();
            },
            registry,
            loop());
    holder.add(slots);
    slots.runDue();

    assertThat(ran).isEmpty();
  }

  @Test
  void slots_lessThanAMillisecondApart_areRefused() {
    assertThatThrownBy(() -> slots(0, 0))
        .hasMessageContaining("expected an interval of at least one millisecond");
  }

  @Test
  void runDue_clockSetBack_continuesAtTheCurrentSlots() {
    JobSlots slots = slots(2000, 1000);
    run(slots, 3);
    now -= 3_600_000;
    ran.clear();
    run(slots, 4);

    assertThat(ran).hasSize(2).allMatch(slot -> slot < 0);
  }

  @Test
  void runDue_clockSetBackWhileASlotIsAwaited_endsAndDoesNotWaitForIt() {
    var pauses = new ArrayList<Duration>();
    JobSlots slots =
        new JobSlots(
            "job",
            Duration.ofMillis(500),
            Duration.ZERO,
            slot -> ran.add(slot.toEpochMilli()),
            () -> Instant.ofEpochMilli(now),
            time -> {
              pauses.add(time);
              now -= 3_600_000;
            },
            registry,
            loop());
    slots.runDue();

    assertThat(pauses).singleElement().isEqualTo(Duration.ofMillis(200));
    assertThat(ran).isEmpty();
  }

  @Test
  void runDue_clockSetBackBetweenTwoChecks_runsNothingOfThePast() {
    var slept = new AtomicBoolean();
    JobSlots slots =
        new JobSlots(
            "job",
            Duration.ofMillis(500),
            Duration.ZERO,
            slot -> ran.add(slot.toEpochMilli()),
            () -> {
              Instant time = Instant.ofEpochMilli(now);
              if (slept.getAndSet(false)) {
                now -= 3_600_000;
              }
              return time;
            },
            time -> {
              now += time.toMillis();
              slept.set(true);
            },
            registry,
            loop());
    slots.runDue();

    assertThat(ran).allMatch(slot -> slot == 10_500);
    assertThat(registry.get("pharos_job_skipped").counter().count()).isZero();
  }
}
