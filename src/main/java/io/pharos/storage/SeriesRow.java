package io.pharos.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Series whose values a writer repeatedly appends together to one store. The store keeps its
/// look-up result here. Not thread-safe: it belongs to its writer.
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

  /// The store's look-up result, or null before the first look-up. For stores only.
  public @Nullable Object found() {
    return found;
  }

  /// Keeps a look-up result of the store. For stores only.
  public void found(Object result) {
    found = result;
  }
}
