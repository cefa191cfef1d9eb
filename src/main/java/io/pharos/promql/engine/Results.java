package io.pharos.promql.engine;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.HistogramWeight;
import io.pharos.promql.engine.query.MatrixSource;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.Steps;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Value;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Converts columns to result values.
final class Results {
  private Results() {}

  static InstantVector vector(Columns columns, long timeMillis) {
    InstantVector.Builder builder = InstantVector.builder(timeMillis);
    for (int row = 0; row < columns.rows(); row++) {
      if (columns.has(row, 0)) {
        builder.add(columns.labels(row), columns.value(row, 0), columns.histogram(row, 0));
      }
    }
    return builder.build();
  }

  /// Returns all series with their samples at the steps, sorted by labels.
  static RangeMatrix matrix(Columns columns, Steps steps) {
    var series = new ArrayList<RangeMatrix.Series>(columns.rows());
    for (int row = 0; row < columns.rows(); row++) {
      var timestamps = new long[steps.count()];
      var values = new double[steps.count()];
      var histograms = columns.hasHistograms() ? new @Nullable Histogram[steps.count()] : null;
      boolean anyHistogram = false;
      int size = 0;
      for (int step = 0; step < steps.count(); step++) {
        if (columns.has(row, step)) {
          timestamps[size] = steps.at(step);
          values[size] = columns.value(row, step);
          if (histograms != null) {
            histograms[size] = columns.histogram(row, step);
            anyHistogram |= histograms[size] != null;
          }
          size++;
        }
      }
      if (size > 0) {
        series.add(
            new RangeMatrix.Series(
                columns.labels(row),
                Arrays.copyOf(timestamps, size),
                Arrays.copyOf(values, size),
                anyHistogram && histograms != null ? Arrays.copyOf(histograms, size) : null));
      }
    }
    series.sort(comparing(RangeMatrix.Series::labels));
    return new RangeMatrix(series);
  }

  static RangeMatrix scalars(double[] values, Steps steps) {
    var timestamps = new long[steps.count()];
    Arrays.setAll(timestamps, steps::at);
    return new RangeMatrix(List.of(new RangeMatrix.Series(Labels.empty(), timestamps, values)));
  }

  /// Returns the samples of a range vector. Only an instant query can have such a result.
  static Value window(MatrixSource source, QueryContext context) {
    var series = new ArrayList<RangeMatrix.Series>(source.rows());
    var window = new SampleWindow();
    long end = source.windowEnd(0);
    for (int row = 0; row < source.rows(); row++) {
      context.checkTime();
      source.load(row, window);
      int from = 0;
      int to = window.size();
      while (from < to && window.timestamp(from) <= end - source.rangeMillis()) {
        from++;
      }
      while (to > from && window.timestamp(to - 1) > end) {
        to--;
      }
      context.addSamplesRead(to - from);
      context.hold(HistogramWeight.of(window, from, to));
      if (to > from) {
        Labels labels =
            source.nameDropped(row)
                ? QueryContext.withoutName(source.labels(row))
                : source.labels(row);
        series.add(
            new RangeMatrix.Series(
                labels,
                Arrays.copyOfRange(window.timestamps(), from, to),
                Arrays.copyOfRange(window.values(), from, to),
                histograms(window, from, to)));
      }
    }
    series.sort(comparing(RangeMatrix.Series::labels));
    return new RangeMatrix(series);
  }

  private static @Nullable Histogram @Nullable [] histograms(
      SampleWindow window, int from, int to) {
    for (int i = from; i < to; i++) {
      if (window.histogram(i) != null) {
        return Arrays.copyOfRange(requireNonNull(window.histograms()), from, to);
      }
    }
    return null;
  }

  /// Removes the metric names that are marked for removal. Call this at the end of an evaluation
  /// with delayed removal of names.
  static Columns removeNames(Columns columns) {
    boolean anyDropped = false;
    for (int row = 0; row < columns.rows(); row++) {
      anyDropped |= columns.nameDropped(row);
    }
    if (!anyDropped) {
      return columns;
    }
    var builder = new ColumnsBuilder(columns.steps(), columns.rows());
    for (int row = 0; row < columns.rows(); row++) {
      Labels labels = columns.labels(row);
      int target =
          builder.row(columns.nameDropped(row) ? QueryContext.withoutName(labels) : labels, false);
      builder.addRow(target, columns, row);
    }
    return builder.build();
  }
}
