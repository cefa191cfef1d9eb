package io.pharos.server.api.prometheus;

import io.pharos.server.api.QueryWork;
import java.util.function.Supplier;

/// Runs remote writes on a separate pool. So the writes do not block carriers, which scrapes need,
/// and do not wait behind queries. Thread-safe.
public record WriteWork(QueryWork work) {
  /// Runs a write.
  ///
  /// @throws io.pharos.limits.work.BusyException if no thread became free in time
  /// @throws io.pharos.limits.work.CancelledException if the client disconnected before the start
  <T> T call(Supplier<T> write) {
    return work.call(write);
  }
}
