package io.pharos.storage;

import io.pharos.model.Labels;
import org.jspecify.annotations.Nullable;

/// A series that a writer repeatedly appends to one store. The store keeps its look-up result here.
/// Not thread-safe: it belongs to its writer.
public abstract class WrittenSeries {
  private Labels labels;
  private @Nullable Object found;

  /// @param labels labels of the series, with its metric name
  protected WrittenSeries(Labels labels) {
    this.labels = labels;
  }

  /// Labels of the series, with its metric name.
  public final Labels labels() {
    return labels;
  }

  /// The store's look-up result, or null before the first look-up. For stores only.
  public final @Nullable Object found() {
    return found;
  }

  /// Keeps a look-up result of the store and the store's copy of the labels, so that they are in
  /// memory once. For stores only.
  ///
  /// @param same labels equal to those of the series
  public final void found(Object result, Labels same) {
    found = result;
    labels = same;
  }
}
