package io.pharos.storage;

import io.pharos.model.Labels;
import org.jspecify.annotations.Nullable;

/// A series that a writer repeatedly appends to one store. The store caches the result of its
/// look-up here. Not thread-safe: only the writer's thread uses it.
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

  /// The cached result of the store's look-up, or null before the first look-up. For stores only.
  public final @Nullable Object found() {
    return found;
  }

  /// Caches the result of the store's look-up, and replaces the labels by the store's copy, so that
  /// memory contains them only once. For stores only.
  ///
  /// @param shared the store's copy of the labels
  public final void found(Object result, Labels shared) {
    found = result;
    labels = shared;
  }
}
