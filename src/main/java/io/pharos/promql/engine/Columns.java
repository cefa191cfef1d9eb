package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Series over the steps of an evaluation: a row per series, a cell per step.
///
/// A cell without a sample holds the staleness marker, which no sample in an evaluation can be:
/// selectors leave stale samples out, and arithmetic never yields its bits, since results are quiet
/// NaNs. Native histograms are a second array beside the values, which exists only where there may
/// be one; the value of a cell with a histogram is a NaN without meaning.
final class Columns {
  /// The content of a cell without a sample.
  static final double ABSENT = StaleMarker.VALUE;

  private final Labels[] labels;
  private final boolean[] nameDropped;
  private final int steps;
  private final double[] values;
  private final @Nullable Histogram @Nullable [] histograms;
  private final boolean withoutNames;

  /// Floats only. The arrays are handed over.
  Columns(Labels[] labels, boolean[] nameDropped, int steps, double[] values) {
    this(labels, nameDropped, steps, values, null);
  }

  /// The arrays are handed over.
  Columns(
      Labels[] labels,
      boolean[] nameDropped,
      int steps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms) {
    this(labels, nameDropped, steps, values, histograms, false);
  }

  /// The arrays are handed over.
  ///
  /// @param withoutNames whether the rows have the labels without what names and describes the
  ///   metric; that is left out of a row when it is asked for
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

  static Columns empty(int steps) {
    return new Columns(new Labels[0], new boolean[0], steps, new double[0]);
  }

  static boolean isAbsent(double value) {
    return StaleMarker.is(value);
  }

  int rows() {
    return labels.length;
  }

  int steps() {
    return steps;
  }

  Labels labels(int row) {
    return withoutNames ? QueryContext.withoutName(labels[row]) : labels[row];
  }

  /// As [#labels], with the metric's name where the rows were made of labels that have it.
  Labels named(int row) {
    return labels[row];
  }

  /// What is the same object for two of which the rows have the same labels and the same marks
  /// because they were made of the same arrays.
  Labels[] identity() {
    return labels;
  }

  /// The same rows with other floats, one for each cell; the array is handed over.
  Columns withValues(double[] others) {
    return new Columns(labels, nameDropped, steps, others, null, withoutNames);
  }

  /// Whether the metric name of the row is to be removed at the end of the evaluation.
  boolean nameDropped(int row) {
    return nameDropped[row];
  }

  double value(int row, int step) {
    return values[row * steps + step];
  }

  /// Adds the samples of a row to the cells of an accumulator from `first` on.
  void addTo(Accumulator accumulator, int first, int row) {
    accumulator.addRow(first, values, row * steps, steps);
  }

  /// Whether the cell holds a sample, a float or a histogram.
  boolean has(int row, int step) {
    return !StaleMarker.is(values[row * steps + step]);
  }

  /// Whether the cell holds a float.
  boolean hasFloat(int row, int step) {
    return has(row, step) && histogram(row, step) == null;
  }

  /// The histogram of a cell; null where it holds a float or nothing.
  @Nullable Histogram histogram(int row, int step) {
    return histograms == null ? null : histograms[row * steps + step];
  }

  /// Whether any cell may hold a histogram.
  boolean hasHistograms() {
    return histograms != null;
  }

  /// The same without histograms.
  Columns onlyFloats() {
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

  /// How many samples the cells hold; a histogram weighs as many as fit into its memory.
  long samples() {
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

  /// These rows, of one step, repeated over many steps.
  Columns repeated(int count) {
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

  /// The rows of the given numbers, in that order.
  Columns select(int[] rows) {
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
