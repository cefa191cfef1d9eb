package io.pharos.remote.write;

import io.pharos.model.histogram.Histogram;

/// One native histogram of a series: one that can be stored, or why it can't.
sealed interface WriteHistogram {
  long timestampMillis();

  record Valid(long timestampMillis, Histogram histogram) implements WriteHistogram {}

  record Invalid(long timestampMillis, String reason) implements WriteHistogram {}
}
