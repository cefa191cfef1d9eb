package io.pharos.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Series in the hands of somebody who gives all of them a value at one time, again and again, and
/// to one store only. The store keeps here what it found, so that it looks for them once. Not
/// thread-safe: it belongs to its writer.
public final class SeriesRow {
  private final List<WrittenSeries> series;
  private @Nullable Object found;

  /// @param series each once
  public SeriesRow(List<? extends WrittenSeries> series) {
    this.series = List.copyOf(series);
  }

  /// The series, in the order of their values.
  public List<WrittenSeries> series() {
    return series;
  }

  public int size() {
    return series.size();
  }

  /// What the store kept, or null before that. For stores only.
  public @Nullable Object found() {
    return found;
  }

  /// Keeps something of the store. For stores only.
  public void found(Object what) {
    found = what;
  }
}
