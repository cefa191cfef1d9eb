package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Series with their samples at all steps of an evaluation: a row per series, a cell per step.
///
/// A cell without a sample contains the staleness marker. No sample has the same bits: selectors
/// skip stale samples, and arithmetic only yields quiet NaNs. Native histograms are in a second
/// array, which is null if no cell can have a histogram. The value of a cell with a histogram is an
/// unspecified NaN.
public final class Columns {
  /// Content of a cell without a sample.
  public static final double ABSENT = StaleMarker.VALUE;

  private final Labels[] labels;
  private final boolean[] nameDropped;
  private final int steps;
  private final double[] values;
  private final @Nullable Histogram @Nullable [] histograms;
  private final boolean withoutNames;

  /// Creates columns of floats. The arrays are not copied.
  public Columns(Labels[] labels, boolean[] nameDropped, int steps, double[] values) {
    this(labels, nameDropped, steps, values, null);
  }

  /// Creates columns. The arrays are not copied.
  Columns(
      Labels[] labels,
      boolean[] nameDropped,
      int steps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms) {
    this(labels, nameDropped, steps, values, histograms, false);
  }

  /// Creates columns. The arrays are not copied.
  ///
  /// @param withoutNames whether rows drop the metric's name, type and unit; [#labels] removes
  ///   these labels when it is called
  Columns(
      Labels[] labels,
      boolean[] nameDropped,
      int steps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms,
      boolean withoutNames) {
    this.labels = labels;
    this.nameDropped = nameDropped;
    this.steps = steps;
    this.values = values;
    this.histograms = histograms;
    this.withoutNames = withoutNames;
  }

  /// Returns columns without rows.
  public static Columns empty(int steps) {
    return new Columns(new Labels[0], new boolean[0], steps, new double[0]);
  }

  /// Returns whether a cell with this value has no sample.
  public static boolean isAbsent(double value) {
    return StaleMarker.is(value);
  }

  /// Returns the number of rows.
  public int rows() {
    return labels.length;
  }

  /// Returns the number of cells per row.
  public int steps() {
    return steps;
  }

  /// Returns the labels of a row.
  public Labels labels(int row) {
    return withoutNames ? QueryContext.withoutName(labels[row]) : labels[row];
  }

  /// Returns the labels with which a row was created, including its metric name.
  public Labels named(int row) {
    return labels[row];
  }

  /// Returns the label array. Columns with the same array object have the same labels and the same
  /// marks for dropped names.
  Labels[] identity() {
    return labels;
  }

  /// Returns whether the metric name of the row is removed at the end of the evaluation.
  public boolean nameDropped(int row) {
    return nameDropped[row];
  }

  /// Returns the float of a cell, or [#ABSENT].
  public double value(int row, int step) {
    return values[row * steps + step];
  }

  /// Returns the values of all cells, row by row; not copied.
  public double[] values() {
    return values;
  }

  /// Returns whether the cell has a sample, float or histogram.
  public boolean has(int row, int step) {
    return !StaleMarker.is(values[row * steps + step]);
  }

  /// Returns whether the cell has a float.
  public boolean hasFloat(int row, int step) {
    return has(row, step) && histogram(row, step) == null;
  }

  /// Returns the histogram of a cell, or null.
  public @Nullable Histogram histogram(int row, int step) {
    return histograms == null ? null : histograms[row * steps + step];
  }

  /// Returns whether any cell may have a histogram.
  public boolean hasHistograms() {
    return histograms != null;
  }

  /// Returns the floats only. Drops rows without floats.
  public Columns onlyFloats() {
    if (histograms == null) {
      return this;
    }
    var builder = new ColumnsBuilder(steps, labels.length);
    for (int row = 0; row < labels.length; row++) {
      int target = builder.row(labels(row), nameDropped[row]);
      for (int step = 0; step < steps; step++) {
        if (hasFloat(row, step)) {
          builder.add(target, step, value(row, step));
        }
      }
    }
    return builder.build();
  }

  /// Returns the number of samples; a histogram counts as the number of floats that fit into its
  /// memory.
  public long samples() {
    long samples = 0;
    for (double value : values) {
      if (!StaleMarker.is(value)) {
        samples++;
      }
    }
    if (histograms != null) {
      for (Histogram histogram : histograms) {
        if (histogram != null) {
          samples += HistogramWeight.beyondFloat(histogram);
        }
      }
    }
    return samples;
  }

  /// Returns columns that repeat the cells of the only step for `count` steps.
  public Columns repeated(int count) {
    double[] repeated = new double[Math.multiplyExact(labels.length, count)];
    for (int row = 0; row < labels.length; row++) {
      Arrays.fill(repeated, row * count, (row + 1) * count, values[row]);
    }
    if (histograms == null) {
      return new Columns(labels, nameDropped, count, repeated, null, withoutNames);
    }
    var repeatedHistograms = new @Nullable Histogram[repeated.length];
    for (int row = 0; row < labels.length; row++) {
      Arrays.fill(repeatedHistograms, row * count, (row + 1) * count, histograms[row]);
    }
    return new Columns(labels, nameDropped, count, repeated, repeatedHistograms, withoutNames);
  }

  /// Returns the rows with these indexes, in this order.
  public Columns select(int[] rows) {
    var chosen = new Labels[rows.length];
    var dropped = new boolean[rows.length];
    double[] cells = new double[rows.length * steps];
    var chosenHistograms = histograms == null ? null : new @Nullable Histogram[cells.length];
    for (int i = 0; i < rows.length; i++) {
      chosen[i] = labels[rows[i]];
      dropped[i] = nameDropped[rows[i]];
      System.arraycopy(values, rows[i] * steps, cells, i * steps, steps);
      if (histograms != null && chosenHistograms != null) {
        System.arraycopy(histograms, rows[i] * steps, chosenHistograms, i * steps, steps);
      }
    }
    return new Columns(chosen, dropped, steps, cells, chosenHistograms, withoutNames);
  }
}
