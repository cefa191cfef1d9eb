package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Takes the rows of a result one after the other, each with its cells at all steps.
interface RowSink {
  /// Takes a row that has at least one sample. The arrays are the caller's.
  ///
  /// @param dropped whether the metric's name no longer holds: the labels are still those with it
  /// @param cells a value for each step, or [Columns#ABSENT]
  /// @param histograms one for each step, null where the cell is a float or absent; null where all
  ///   are
  /// @return false where it takes no such row, and the rows are wanted no more
  boolean add(
      Labels labels, boolean dropped, double[] cells, @Nullable Histogram @Nullable [] histograms);
}
