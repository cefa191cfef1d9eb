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

/// Does work that takes a processor for long on platform threads of its own, so that it never takes
/// the carriers of virtual threads from scrapes, rules and whoever asks whether this process lives.
/// The operating system shares the processors among all threads; the carriers don't.
///
/// Whoever asks waits, on a virtual thread for nearly nothing. Thread-safe.
public final class WorkPool implements AutoCloseable {
  private static final Duration THREADS_KEPT = Duration.ofSeconds(30);

  /// How much work a pool does and lets wait.
  ///
  /// @param threads how many do work at once
  /// @param waiting how much work may wait besides; more is refused at once
  public record Size(int threads, int waiting) {
    public Size {
      if (threads < 1) {
        throw new IllegalArgumentException(threads + ": at least one thread");
      }
      if (waiting < 1) {
        throw new IllegalArgumentException(waiting + ": at least one may wait");
      }
    }
  }

  private final String name;
  private final Size size;
  private final ThreadPoolExecutor threads;
  private final AtomicInteger asked = new AtomicInteger();
  private final Counter refused;
  private final Counter late;
  private final Counter cancelled;

  /// @param name names the threads, the pool in metrics, and what is done: a plural
  public WorkPool(String name, Size size, MeterRegistry registry) {
    this.name = requireNonNull(name, "name is null");
    this.size = requireNonNull(size, "size is null");
    var numbers = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            size.threads(),
            size.threads(),
            THREADS_KEPT.toSeconds(),
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(size.waiting()),
            work ->
                Thread.ofPlatform()
                    .daemon()
                    .name(name + "-" + numbers.incrementAndGet())
                    .unstarted(work));
    threads.allowCoreThreadTimeOut(true);
    Gauge.builder("pharos_work_threads", size, Size::threads)
        .description("How much work a pool does at once.")
        .tag("pool", name)
        .register(registry);
    Gauge.builder("pharos_work_waiting", this, WorkPool::waiting)
        .description("Work that waits for its turn.")
        .tag("pool", name)
        .register(registry);
    refused = refusals(name, "full", registry);
    late = refusals(name, "late", registry);
    cancelled =
        Counter.builder("pharos_work_cancelled")
            .description("Work that was given up because whoever asked went away.")
            .tag("pool", name)
            .register(registry);
  }

  private static Counter refusals(String name, String reason, MeterRegistry registry) {
    return Counter.builder("pharos_work_refused")
        .description("Work that was not begun: too much waited, or its turn did not come in time.")
        .tag("pool", name)
        .tag("reason", reason)
        .register(registry);
  }

  public Size size() {
    return size;
  }

  /// How much is done or waits.
  public int asked() {
    return asked.get();
  }

  int waiting() {
    return threads.getQueue().size();
  }

  /* Either the thread that is to do it claims it, or whoever gave it up does. */
  private static final class Task<T> implements Runnable {
    private final Cancellation cancellation;
    private final Supplier<T> work;
    private final AtomicInteger claimed = new AtomicInteger();
    final CompletableFuture<Void> begun = new CompletableFuture<>();
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
      begun.complete(null);
      try {
        done.complete(cancellation.call(work));
      } catch (Throwable e) { // whoever waits gets it, whatever it is
        done.completeExceptionally(e);
      }
    }
  }

  /// Does work and gives what it gives.
  ///
  /// @param cancellation ends it, also while it waits; who is interrupted meanwhile cancels it
  /// @param patience how long it may wait for its turn
  /// @throws BusyException when too much waits, or its turn did not come
  /// @throws CancelledException when it was given up
  public <T> T call(Cancellation cancellation, Duration patience, Supplier<T> work) {
    var task = new Task<T>(cancellation, work);
    asked.incrementAndGet();
    try {
      try {
        threads.execute(task);
      } catch (RejectedExecutionException _) {
        refused.increment();
        throw new BusyException(
            BusyException.Reason.FULL,
            "%d %s run and %d wait already".formatted(size.threads(), name, size.waiting()));
      }
      cancellation.whenCancelled(
          () -> {
            if (task.claim()) {
              threads.remove(task);
              var gone = new CancelledException(CancelledException.Reason.GONE);
              task.done.completeExceptionally(gone);
              task.begun.completeExceptionally(gone);
            }
          });
      awaitTurn(task, cancellation, patience);
      return result(task, cancellation);
    } finally {
      asked.decrementAndGet();
    }
  }

  private void awaitTurn(Task<?> task, Cancellation cancellation, Duration patience) {
    try {
      task.begun.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      if (task.claim()) {
        threads.remove(task);
        late.increment();
        throw new BusyException(BusyException.Reason.LATE, "query timed out in query queue");
      }
      // Its turn came in that moment.
    } catch (ExecutionException _) {
      // Cancelled: the result says so.
    } catch (InterruptedException _) {
      if (task.claim()) {
        threads.remove(task);
      }
      cancellation.cancel();
      Thread.currentThread().interrupt();
      throw new CancelledException(CancelledException.Reason.GONE);
    }
  }

  private <T> T result(Task<T> task, Cancellation cancellation) {
    try {
      return task.done.get();
    } catch (ExecutionException e) {
      if (cancellation.reason().filter(CancelledException.Reason.GONE::equals).isPresent()) {
        cancelled.increment();
      }
      throw rethrown(requireNonNull(e.getCause(), "a failure without its cause"));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      cancellation.cancel();
      throw new CancelledException(CancelledException.Reason.GONE);
    }
  }

  private static RuntimeException rethrown(Throwable cause) {
    switch (cause) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  /// Takes no more work; what runs ends by itself.
  @Override
  public void close() {
    threads.shutdown();
  }
}
