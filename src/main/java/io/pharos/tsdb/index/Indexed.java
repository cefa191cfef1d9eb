package io.pharos.tsdb.index;

import io.pharos.model.Labels;

/// An object with labels that a [LabelIndex] can hold.
public interface Indexed {
  /// The labels.
  Labels labels();
}
