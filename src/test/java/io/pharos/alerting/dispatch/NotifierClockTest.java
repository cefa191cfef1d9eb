package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class NotifierClockTest {
  private static final Instant T0 = Instant.parse("2026-03-01T12:00:00Z");

  private final List<String> told = new ArrayList<>();
  private final List<Runnable> waiting = new ArrayList<>();
  private Instant now = T0;
  private final NotifierClock clock = new NotifierClock(() -> now, waiting::add);

  @Test
  void timeThatPasses_isTheClocks() {
    for (int i = 0; i < 100; i++) {
      now = now.plus(NotifierClock.GAP);
      assertThat(clock.instant()).isEqualTo(now);
    }
    assertThat(waiting).isEmpty();
  }

  @Test
  void gap_isReportedOnce_beforeTheTimeAfterItIsVisible() {
    clock.onStep(() -> clock.follow((before, after) -> told.add(before + " " + after)));
    now = T0.plusSeconds(3600);
    assertThat(clock.instant()).isEqualTo(T0);
    now = now.plusSeconds(1);
    assertThat(clock.instant()).isEqualTo(T0);

    assertThat(waiting).hasSize(1);
    waiting.getFirst().run();
    assertThat(told).containsExactly("2026-03-01T12:00:00Z 2026-03-01T13:00:00Z");
    assertThat(clock.instant()).isEqualTo(now);
  }

  @Test
  void listenerThatFails_doesNotStopTheClock() {
    now = T0.plusSeconds(3600);
    assertThat(clock.instant()).isEqualTo(T0);
    assertThatThrownBy(
            () ->
                clock.follow(
                    (_, _) -> {
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    assertThat(clock.instant()).isEqualTo(now);
  }

  @Test
  void clockSetBack_isReportedOnce_beforeTheTimeAfterItIsVisible() {
    now = T0.minusMillis(1);
    assertThat(clock.instant()).isEqualTo(T0);
    now = now.plusSeconds(10);
    assertThat(clock.instant()).isEqualTo(T0);

    assertThat(waiting).hasSize(1);
    clock.follow((before, after) -> told.add(before + " " + after));
    clock.follow((_, _) -> told.add("again"));
    assertThat(told).containsExactly("2026-03-01T12:00:00Z 2026-03-01T11:59:59.999Z");
    assertThat(clock.instant()).isEqualTo(now);
  }

  /* One thread reads the time, another sees that the clock was set back, then the first
   * continues. */
  @Test
  void clockSetBackWhileSomebodyReadsIt_isNoGap() throws Exception {
    var reading = new CountDownLatch(1);
    var set = new CountDownLatch(1);
    var first = new AtomicBoolean(true);
    var source = new AtomicReference<>(T0);
    var watched =
        new NotifierClock(
            () -> {
              Instant read = source.get();
              if (Thread.currentThread().getName().equals("slow") && first.getAndSet(false)) {
                reading.countDown();
                try {
                  boolean _ = set.await(10, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }
              return read;
            },
            waiting::add);
    Thread slow = Thread.ofVirtual().name("slow").start(watched::instant);
    reading.await();
    source.set(T0.minusSeconds(3600));
    Thread other = Thread.ofVirtual().start(watched::instant);
    boolean _ = other.join(Duration.ofMillis(300));
    set.countDown();
    slow.join();
    other.join();

    assertThat(waiting).hasSize(1);
    watched.follow((before, after) -> told.add(before + " " + after));
    assertThat(told).containsExactly("2026-03-01T12:00:00Z 2026-03-01T11:00:00Z");
    assertThat(watched.instant()).isEqualTo(T0.minusSeconds(3600));
  }
}
