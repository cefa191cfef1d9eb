package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;

/// What a range vector is read from: a selector with a range, or a subquery.
interface MatrixSource {
  int rows();

  Labels labels(int row);

  boolean nameDropped(int row);

  /// Fills the cleared window with the row's samples over all steps, stale ones left out.
  void load(int row, SampleWindow window);

  /// The end of the window at a step, Unix milliseconds; the window is open on the left.
  long windowEnd(int step);

  long rangeMillis();
}
