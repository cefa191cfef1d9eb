package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Receives the rows of a result one by one, each with its cells at all steps.
public interface RowSink {
  /// Adds a row with at least one sample. The arrays are reused by the caller.
  ///
  /// @param dropped whether the metric name is dropped; `labels` still have it
  /// @param cells a value per step, or [Columns#ABSENT]
  /// @param histograms a histogram per step, null for floats and absent samples; null if there are
  ///   none
  /// @return false if the row is rejected and no further rows are wanted
  boolean add(
      Labels labels, boolean dropped, double[] cells, @Nullable Histogram @Nullable [] histograms);
}
