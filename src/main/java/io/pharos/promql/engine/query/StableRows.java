package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.storage.SeriesSet;
import java.util.Arrays;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/// The rows of a repeated selection. If a result has the same series as the previous result, it
/// uses the same label array. Values that [LabelCache] derived from this array then remain valid.
public final class StableRows {
  private final Labels[] labels;
  private final boolean withoutNames;
  private final boolean distinct;
  private final boolean[] dropped;
  private long[] presentBits = {};
  private Labels @Nullable [] presentLabels;
  private boolean[] presentDropped = {};

  /// Creates rows for a repeated selection.
  ///
  /// @param labels labels of all series, with metric names
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

  /// Returns whether all series have different labels in results. If not, [#columns] must not be
  /// called.
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
    var bits = new long[(values.length + 63) / 64];
    double[] cells = new double[present];
    int cell = 0;
    for (int i = 0; i < values.length; i++) {
      if (!Columns.isAbsent(values[i])) {
        bits[i >> 6] |= 1L << i;
        cells[cell++] = values[i];
      }
    }
    Labels[] rows = presentLabels;
    if (rows == null || !Arrays.equals(bits, presentBits)) {
      rows = new Labels[present];
      int row = 0;
      for (int i = 0; i < values.length; i++) {
        if (!Columns.isAbsent(values[i])) {
          rows[row++] = labels[i];
        }
      }
      presentBits = bits;
      presentLabels = rows;
      presentDropped = Arrays.copyOf(dropped, present);
    }
    return new Columns(rows, presentDropped, 1, cells, null, withoutNames);
  }
}
