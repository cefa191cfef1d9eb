package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.storage.SeriesSet;
import java.util.Arrays;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/// The series of a selection, from which the rows of a result are made again and again: rows that
/// have the same series as the last time are the same arrays, so that what follows from the labels
/// need not be computed anew ([LabelCache]).
final class StableRows {
  private final Labels[] labels;
  private final boolean withoutNames;
  private final boolean distinct;
  private final boolean[] dropped;
  private long[] pattern = {};
  private Labels @Nullable [] some;
  private boolean[] someDropped = {};

  /// @param labels with names
  /// @param dropped whether the result has no names: at once, or marked so where they go at the end
  StableRows(Labels[] labels, boolean dropped, QueryContext context) {
    this.labels = labels;
    this.withoutNames = dropped && !context.options().delayedNameRemoval();
    this.dropped = new boolean[labels.length];
    Arrays.fill(this.dropped, dropped);
    this.distinct = !withoutNames || areDistinct(labels);
  }

  /// Those of a selection, with their names.
  static StableRows of(SeriesSet set, QueryContext context) {
    var labels = new Labels[set.size()];
    Arrays.setAll(labels, set::labels);
    return new StableRows(labels, false, context);
  }

  private static boolean areDistinct(Labels[] labels) {
    var seen = HashSet.<Labels>newHashSet(labels.length);
    for (Labels one : labels) {
      if (!seen.add(QueryContext.withoutName(one))) {
        return false;
      }
    }
    return true;
  }

  /// Whether no two series have the same labels in the result. Else there is no making rows.
  boolean areDistinct() {
    return distinct;
  }

  /// The rows that have a value.
  ///
  /// @param values one for each series or [Columns#ABSENT]; handed over
  Columns columns(double[] values) {
    int present = 0;
    for (double value : values) {
      if (!Columns.isAbsent(value)) {
        present++;
      }
    }
    if (present == values.length) {
      return new Columns(labels, dropped, 1, values, null, withoutNames);
    }
    return chosen(values, present);
  }

  private Columns chosen(double[] values, int present) {
    var now = new long[(values.length + 63) / 64];
    double[] cells = new double[present];
    int at = 0;
    for (int i = 0; i < values.length; i++) {
      if (!Columns.isAbsent(values[i])) {
        now[i >> 6] |= 1L << i;
        cells[at++] = values[i];
      }
    }
    Labels[] rows = some;
    if (rows == null || !Arrays.equals(now, pattern)) {
      rows = new Labels[present];
      int row = 0;
      for (int i = 0; i < values.length; i++) {
        if (!Columns.isAbsent(values[i])) {
          rows[row++] = labels[i];
        }
      }
      pattern = now;
      some = rows;
      someDropped = Arrays.copyOf(dropped, present);
    }
    return new Columns(rows, someDropped, 1, cells, null, withoutNames);
  }
}
