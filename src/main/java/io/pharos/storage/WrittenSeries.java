package io.pharos.storage;

import io.pharos.model.Labels;
import org.jspecify.annotations.Nullable;

/// A series in the hands of somebody who writes to it again and again, and to one store only. The
/// store keeps here what it found by the labels, so that it looks for them once. Not thread-safe:
/// it belongs to its writer.
public abstract class WrittenSeries {
  private Labels labels;
  private @Nullable Object found;

  /// @param labels the series, with its metric name
  protected WrittenSeries(Labels labels) {
    this.labels = labels;
  }

  public final Labels labels() {
    return labels;
  }

  /// What the store kept, or null before that. For stores only.
  public final @Nullable Object found() {
    return found;
  }

  /// Keeps something of the store, and the store's own copy of the labels, so that they are in
  /// memory once. For stores only.
  ///
  /// @param same equal to those that the series has
  public final void found(Object what, Labels same) {
    found = what;
    labels = same;
  }
}
