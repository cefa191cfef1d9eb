package io.pharos.limits.work;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Runs work that needs a processor, on platform threads of the pool. On virtual threads, such work
/// would occupy the carrier threads that scrapes, rules and health checks need: a carrier runs a
/// virtual thread until the virtual thread blocks, but the operating system shares processors among
/// all platform threads.
///
/// Callers wait for the result; waiting costs almost nothing on a virtual thread. Thread-safe.
public final class WorkPool implements AutoCloseable {
  private static final Duration IDLE_THREAD_LIFETIME = Duration.ofSeconds(30);

  /// Size of a pool.
  ///
  /// @param threads number of tasks that run at the same time
  /// @param waiting maximum number of waiting tasks; further ones are rejected at once
  public record Size(int threads, int waiting) {
    public Size {
      if (threads < 1) {
        throw new IllegalArgumentException(threads + " threads: expected at least 1");
      }
      if (waiting < 1) {
        throw new IllegalArgumentException(waiting + " waiting tasks: expected at least 1");
      }
    }
  }

  private final String name;
  private final Size size;
  private final ThreadPoolExecutor threads;
  private final AtomicInteger pending = new AtomicInteger();
  private final Counter refused;
  private final Counter late;
  private final Counter cancelled;

  /// @param name a plural such as `queries`, for the names of threads, the label in metrics, and
  ///   the messages
  public WorkPool(String name, Size size, MeterRegistry registry) {
    this.name = name;
    this.size = size;
    var numbers = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            size.threads(),
            size.threads(),
            IDLE_THREAD_LIFETIME.toSeconds(),
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(size.waiting()),
            work ->
                Thread.ofPlatform()
                    .daemon()
                    .name(name + "-" + numbers.incrementAndGet())
                    .unstarted(work));
    threads.allowCoreThreadTimeOut(true);
    Gauge.builder("pharos_work_threads", size, Size::threads)
        .description("Number of tasks that a pool runs at once.")
        .tag("pool", name)
        .register(registry);
    Gauge.builder("pharos_work_waiting", this, WorkPool::waiting)
        .description("Tasks that wait for a thread.")
        .tag("pool", name)
        .register(registry);
    refused = refusals(name, "full", registry);
    late = refusals(name, "late", registry);
    cancelled =
        Counter.builder("pharos_work_cancelled")
            .description("Tasks abandoned because the client disconnected.")
            .tag("pool", name)
            .register(registry);
  }

  private static Counter refusals(String name, String reason, MeterRegistry registry) {
    return Counter.builder("pharos_work_refused")
        .description(
            "Tasks not started, because too many were waiting or their turn did not come in time.")
        .tag("pool", name)
        .tag("reason", reason)
        .register(registry);
  }

  /// Returns the size of the pool.
  public Size size() {
    return size;
  }

  /// Returns the number of tasks that run or wait.
  public int pending() {
    return pending.get();
  }

  int waiting() {
    return threads.getQueue().size();
  }

  /* A task. A thread must claim it before running it, and a caller before abandoning it; only the
   * first claim succeeds. */
  private static final class Task<T> implements Runnable {
    private final Cancellation cancellation;
    private final Supplier<T> work;
    private final AtomicInteger claimed = new AtomicInteger();
    final CompletableFuture<T> done = new CompletableFuture<>();

    Task(Cancellation cancellation, Supplier<T> work) {
      this.cancellation = cancellation;
      this.work = work;
    }

    boolean claim() {
      return claimed.compareAndSet(0, 1);
    }

    @Override
    public void run() {
      if (!claim()) {
        return;
      }
      try {
        done.complete(cancellation.call(work));
      } catch (Throwable e) { // the waiting caller receives it
        done.completeExceptionally(e);
      }
    }
  }

  /// Runs work on the pool and returns its result.
  ///
  /// @param cancellation ends the work, even while it waits; an interrupt of the caller triggers it
  /// @param patience how long the work may wait for a thread
  /// @throws BusyException if too much work is waiting, or no thread became free in time
  /// @throws CancelledException if the work was cancelled
  public <T> T call(Cancellation cancellation, Duration patience, Supplier<T> work) {
    var task = new Task<T>(cancellation, work);
    pending.incrementAndGet();
    try {
      try {
        threads.execute(task);
      } catch (RejectedExecutionException _) {
        refused.increment();
        throw new BusyException(
            BusyException.Reason.FULL,
            "%d %s run and %d wait already; try again later"
                .formatted(size.threads(), name, size.waiting()));
      }
      cancellation.whenCancelled(
          () -> {
            if (task.claim()) {
              threads.remove(task);
              task.done.completeExceptionally(
                  new CancelledException(CancelledException.Reason.GONE));
            }
          });
      return result(task, cancellation, patience);
    } finally {
      pending.decrementAndGet();
    }
  }

  /* Waits once for work that ends within the time that it may wait for a thread: most of it. */
  private <T> T result(Task<T> task, Cancellation cancellation, Duration patience) {
    try {
      try {
        return task.done.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        if (task.claim()) {
          threads.remove(task);
          late.increment();
          throw new BusyException(BusyException.Reason.LATE, "query timed out in query queue");
        }
        return task.done.get(); // a thread runs the task
      }
    } catch (ExecutionException e) {
      if (cancellation.reason().filter(CancelledException.Reason.GONE::equals).isPresent()) {
        cancelled.increment();
      }
      throw unchecked(requireNonNull(e.getCause(), "the failure has no cause"));
    } catch (InterruptedException _) {
      if (task.claim()) {
        threads.remove(task);
      }
      cancellation.cancel();
      Thread.currentThread().interrupt();
      throw new CancelledException(CancelledException.Reason.GONE);
    }
  }

  private static RuntimeException unchecked(Throwable cause) {
    switch (cause) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  /// Rejects further work. Work that was accepted before is still completed.
  @Override
  public void close() {
    threads.shutdown();
  }
}
