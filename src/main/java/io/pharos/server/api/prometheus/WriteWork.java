package io.pharos.server.api.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.work.WorkPool;
import io.pharos.server.api.QueryWork;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Reads and stores remote writes on a pool of their own: not on the carriers, which scrapes and
/// readiness need, and not behind queries. Thread-safe.
public final class WriteWork {
  private final QueryWork work;

  /// @param timeout how long a write may wait and take together
  /// @param nanoTime a steady clock for that
  public WriteWork(WorkPool pool, Duration timeout, LongSupplier nanoTime) {
    work = new QueryWork(requireNonNull(pool, "pool is null"), timeout, nanoTime);
  }

  /// Does work.
  ///
  /// @throws io.pharos.limits.work.BusyException when its turn did not come
  /// @throws io.pharos.limits.work.CancelledException when the client went before it began
  <T> T call(Supplier<T> write) {
    return work.call(write);
  }
}
