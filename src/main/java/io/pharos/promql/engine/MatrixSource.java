package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;

/// The source of a range vector: a range selector or a subquery.
interface MatrixSource {
  int rows();

  Labels labels(int row);

  boolean nameDropped(int row);

  /// Fills the cleared window with the row's samples over all steps, without stale ones.
  void load(int row, SampleWindow window);

  /// Returns the end of the window at a step in Unix milliseconds; its start is exclusive.
  long windowEnd(int step);

  long rangeMillis();
}
