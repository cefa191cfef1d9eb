package io.pharos.server.api.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.work.WorkPool;
import io.pharos.server.api.QueryWork;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Runs remote writes on a separate pool, so that they neither occupy carriers, which scrapes need,
/// nor wait behind queries. Thread-safe.
public final class WriteWork {
  private final QueryWork work;

  /// @param timeout limit for waiting and running together
  /// @param nanoTime a monotonic clock, in nanoseconds
  public WriteWork(WorkPool pool, Duration timeout, LongSupplier nanoTime) {
    work = new QueryWork(requireNonNull(pool, "pool is null"), timeout, nanoTime);
  }

  /// Runs a write.
  ///
  /// @throws io.pharos.limits.work.BusyException if no thread became free in time
  /// @throws io.pharos.limits.work.CancelledException if the client disconnected before the start
  <T> T call(Supplier<T> write) {
    return work.call(write);
  }
}
