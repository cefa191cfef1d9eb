package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.MatrixSource;
import io.pharos.promql.engine.query.Steps;
import io.pharos.storage.SampleWindow;
import java.util.function.IntToLongFunction;

/// The range vector of a subquery: the values of its inner expression at the inner steps.
record SubqueryMatrix(Columns columns, Steps inner, long rangeMillis, IntToLongFunction ends)
    implements MatrixSource {
  @Override
  public int rows() {
    return columns.rows();
  }

  @Override
  public Labels labels(int row) {
    return columns.labels(row);
  }

  @Override
  public boolean nameDropped(int row) {
    return columns.nameDropped(row);
  }

  @Override
  public void load(int row, SampleWindow window) {
    window.clear();
    for (int step = 0; step < inner.count(); step++) {
      if (columns.has(row, step)) {
        Histogram histogram = columns.histogram(row, step);
        if (histogram == null) {
          window.add(inner.at(step), columns.value(row, step));
        } else {
          window.add(inner.at(step), withoutWord(histogram));
        }
      }
    }
  }

  /* A subquery may skip or repeat samples, so hints about resets between neighbours no longer
   * apply. */
  private static Histogram withoutWord(Histogram histogram) {
    return switch (histogram.hint()) {
      case RESET, NOT_RESET -> histogram.withHint(ResetHint.UNKNOWN);
      case UNKNOWN, GAUGE -> histogram;
    };
  }

  @Override
  public long windowEnd(int step) {
    return ends.applyAsLong(step);
  }
}
