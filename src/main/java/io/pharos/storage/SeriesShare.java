package io.pharos.storage;

import java.util.concurrent.atomic.AtomicInteger;

/// The series that one source of samples, such as a scraped target, has in the memory of a store. A
/// store with a limit on series refuses new series of a source that has more than its share, so
/// that there is room for the series of other sources. Thread-safe.
public final class SeriesShare {
  private final AtomicInteger series = new AtomicInteger();

  /// Number of the source's series in memory.
  public int series() {
    return series.get();
  }

  /// Counts series that enter memory, or leave it if `change` is negative. For stores only.
  public void add(int change) {
    series.addAndGet(change);
  }
}
