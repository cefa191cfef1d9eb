package io.pharos.limits.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Nothing here measures time: the test decides when work ends.
class WorkPoolTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final WorkPool pool = new WorkPool("queries", new WorkPool.Size(2, 3), registry);
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<Thread> callers = new ArrayList<>();

  /* Calls the pool on a separate thread and keeps the result. */
  private AtomicReference<@Nullable Object> ask(Cancellation cancellation, Supplier<Object> work) {
    var outcome = new AtomicReference<@Nullable Object>();
    callers.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    outcome.set(pool.call(cancellation, LONG, work));
                  } catch (RuntimeException e) {
                    outcome.set(e);
                  }
                }));
    return outcome;
  }

  private Object blocked() {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return "done";
  }

  private void fill(int running, int waiting) throws InterruptedException {
    var begun = new CountDownLatch(running);
    for (int i = 0; i < running; i++) {
      ask(
          Cancellation.NEVER,
          () -> {
            begun.countDown();
            return blocked();
          });
    }
    begun.await();
    for (int i = 1; i <= waiting; i++) {
      ask(Cancellation.NEVER, this::blocked);
      until(i);
    }
  }

  private void until(int waiting) {
    while (pool.waiting() != waiting) {
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void close() throws InterruptedException {
    release.countDown();
    for (Thread caller : callers) {
      caller.join();
    }
    pool.close();
  }

  private double refused(String reason) {
    return registry.get("pharos_work_refused").tag("reason", reason).counter().count();
  }

  @Test
  void work_runsOnPlatformThreadsOfThePool_andGivesItsResult() {
    String thread =
        pool.call(
            Cancellation.NEVER,
            LONG,
            () -> Thread.currentThread().isVirtual() + " " + Thread.currentThread().getName());
    assertThat(thread).isEqualTo("false queries-1");
  }

  @Test
  void work_thatThrows_throwsAtTheCaller() {
    assertThatThrownBy(
            () ->
                pool.call(
                    Cancellation.NEVER,
                    LONG,
                    () -> {
                      throw new IllegalArgumentException("bad");
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bad");
    assertThat(pool.pending()).isZero();
  }

  @Test
  void work_beyondThreadsAndPlaces_isRefusedAtOnce() throws InterruptedException {
    fill(2, 3);
    assertThat(pool.pending()).isEqualTo(5);
    assertThatThrownBy(() -> pool.call(Cancellation.NEVER, LONG, this::blocked))
        .isInstanceOfSatisfying(
            BusyException.class, e -> assertThat(e.reason()).isEqualTo(BusyException.Reason.FULL))
        .hasMessage("2 queries run and 3 wait already; try again later");
    assertThat(refused("full")).isEqualTo(1);
    release.countDown();
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(pool.<String>call(Cancellation.NEVER, LONG, () -> "free")).isEqualTo("free");
  }

  @Test
  void work_whoseTurnDoesNotCome_isAbandonedAndNeverRuns() throws InterruptedException {
    fill(2, 0);
    var ran = new AtomicInteger();
    assertThatThrownBy(() -> pool.call(Cancellation.NEVER, Duration.ZERO, ran::incrementAndGet))
        .isInstanceOfSatisfying(
            BusyException.class, e -> assertThat(e.reason()).isEqualTo(BusyException.Reason.LATE))
        .hasMessage("query timed out in query queue");
    assertThat(pool.waiting()).isZero();
    assertThat(refused("late")).isEqualTo(1);
    close();
    assertThat(ran).hasValue(0);
  }

  @Test
  void waitingWork_whoseClientGoes_leavesItsPlace() throws InterruptedException {
    fill(2, 2);
    var cancellation = new Cancellation();
    var ran = new AtomicInteger();
    var outcome = ask(cancellation, ran::incrementAndGet);
    until(3);
    cancellation.cancel();
    callers.getLast().join();
    assertThat(outcome.get()).isInstanceOf(CancelledException.class);
    assertThat(pool.waiting()).isEqualTo(2);
    assertThat(registry.get("pharos_work_cancelled").counter().count()).isEqualTo(1);
    close();
    assertThat(ran).hasValue(0);
  }

  @Test
  void runningWork_whoseClientGoes_endsAtItsNextCheck() throws InterruptedException {
    var cancellation = new Cancellation();
    var turns = new AtomicInteger();
    var outcome =
        ask(
            cancellation,
            () -> {
              while (true) {
                if (turns.incrementAndGet() == 1_000) {
                  cancellation.cancel();
                }
                Cancellation.checkCurrent(turns.get());
              }
            });
    callers.getLast().join();
    assertThat(outcome.get())
        .isInstanceOfSatisfying(
            CancelledException.class,
            e -> assertThat(e.reason()).isEqualTo(CancelledException.Reason.GONE));
    assertThat(turns).hasValue(1_024);
    assertThat(registry.get("pharos_work_cancelled").counter().count()).isEqualTo(1);
  }

  @Test
  void interruptedCaller_cancelsTheWork() throws InterruptedException {
    var cancellation = new Cancellation();
    var begun = new CountDownLatch(1);
    var outcome =
        ask(
            cancellation,
            () -> {
              begun.countDown();
              while (true) {
                Cancellation.current().check();
              }
            });
    begun.await();
    callers.getLast().interrupt();
    callers.getLast().join();
    assertThat(outcome.get()).isInstanceOf(CancelledException.class);
    assertThat(cancellation.reason()).contains(CancelledException.Reason.GONE);
  }
}
