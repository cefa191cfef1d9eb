package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;

/// The source of a range vector: a range selector or a subquery.
public interface MatrixSource {
  /// Number of series.
  int rows();

  /// Returns the labels of a series.
  Labels labels(int row);

  /// Whether the metric name of a series is removed at the end.
  boolean nameDropped(int row);

  /// Fills the cleared window with the row's samples over all steps, without stale ones.
  void load(int row, SampleWindow window);

  /// Returns the end of the window at a step in Unix milliseconds; its start is exclusive.
  long windowEnd(int step);

  /// Length of the windows.
  long rangeMillis();
}
