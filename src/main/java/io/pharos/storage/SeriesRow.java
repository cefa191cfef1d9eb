package io.pharos.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Series whose values a writer repeatedly appends together to one store. The store caches the
/// result of its look-up here. Not thread-safe: only the writer's thread uses it.
public final class SeriesRow {
  private final List<WrittenSeries> series;
  private @Nullable Object found;

  /// @param series the series, without repetition
  public SeriesRow(List<? extends WrittenSeries> series) {
    this.series = List.copyOf(series);
  }

  /// The series, in the order of their values.
  public List<WrittenSeries> series() {
    return series;
  }

  /// Number of series.
  public int size() {
    return series.size();
  }

  /// The cached result of the store's look-up, or null before the first look-up. For stores only.
  public @Nullable Object found() {
    return found;
  }

  /// Caches the result of the store's look-up. For stores only.
  public void found(Object result) {
    found = result;
  }
}
