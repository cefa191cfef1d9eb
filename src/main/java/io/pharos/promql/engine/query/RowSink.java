package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Receives the rows of a result one by one, each with its cells at all steps.
public interface RowSink {
  /// Adds a row with at least one sample. The caller reuses the arrays for the next row.
  ///
  /// @param dropped whether the metric name is dropped; `labels` still contains it
  /// @param cells a value per step, or [Columns#ABSENT]
  /// @param histograms a histogram per step, null for floats and absent samples; null if there are
  ///   no histograms
  /// @return false if the row is rejected; then no further rows may be added
  boolean add(
      Labels labels, boolean dropped, double[] cells, @Nullable Histogram @Nullable [] histograms);
}
