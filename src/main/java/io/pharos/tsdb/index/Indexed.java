package io.pharos.tsdb.index;

import io.pharos.model.Labels;

/// What a [LabelIndex] holds: anything that is known by its labels.
public interface Indexed {
  Labels labels();
}
