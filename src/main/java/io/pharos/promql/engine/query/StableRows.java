package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.storage.SeriesSet;
import java.util.Arrays;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/// The rows of a repeated selection. A result with the same series as the result before uses the
/// same label arrays, so that cached values that are derived from the labels remain valid
/// ([LabelCache]).
public final class StableRows {
  private final Labels[] labels;
  private final boolean withoutNames;
  private final boolean distinct;
  private final boolean[] dropped;
  private long[] pattern = {};
  private Labels @Nullable [] some;
  private boolean[] someDropped = {};

  /// @param labels labels with metric names
  /// @param dropped whether results drop metric names, immediately or at the end of the evaluation
  public StableRows(Labels[] labels, boolean dropped, QueryContext context) {
    this.labels = labels;
    this.withoutNames = dropped && !context.options().delayedNameRemoval();
    this.dropped = new boolean[labels.length];
    Arrays.fill(this.dropped, dropped);
    this.distinct = !withoutNames || areDistinct(labels);
  }

  /// Creates rows for a selection. Results keep their metric names.
  public static StableRows of(SeriesSet set, QueryContext context) {
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

  /// Returns whether no two series of the result have equal labels; otherwise [#columns] must not
  /// be called.
  public boolean areDistinct() {
    return distinct;
  }

  /// Returns rows for the series that have a value.
  ///
  /// @param values a value per series, or [Columns#ABSENT]; not copied
  public Columns columns(double[] values) {
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
