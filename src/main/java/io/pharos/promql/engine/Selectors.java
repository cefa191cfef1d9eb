package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.engine.cache.EvaluationCache;
import io.pharos.promql.engine.function.HistogramStatistics;
import io.pharos.promql.engine.function.Operands.Reading;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.HistogramWeight;
import io.pharos.promql.engine.query.MatrixSource;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.StableRows;
import io.pharos.promql.engine.query.Steps;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import org.jspecify.annotations.Nullable;

/// Reads the series of a selector in bulk, for all steps at once.
final class Selectors {
  private static final int CHECK_EVERY = 256;

  private final QueryContext context;
  private final HistogramStatistics statistics;
  private final @Nullable EvaluationCache cache;
  private final SampleWindow buffer = new SampleWindow();

  Selectors(QueryContext context, HistogramStatistics statistics, @Nullable EvaluationCache cache) {
    this.context = context;
    this.statistics = statistics;
    this.cache = cache;
  }

  /// Reads the newest sample of each series at each step.
  Columns instant(Expr.VectorSelector selector, Reading reading, Steps steps) {
    if (steps.count() == 0) {
      return Columns.empty(0);
    }
    long lookback = context.options().lookback().toMillis();
    Shift shift = selector.shift();
    long first = context.reference(shift, steps.startMillis());
    long interval = shift.at() == null ? steps.stepMillis() : 0;
    long from = first - lookback + 1 - statistics.margin(selector);
    long to = context.reference(shift, steps.lastMillis());
    SeriesSet set = context.storage().select(selector.matchers(), from, to);
    if (steps.count() == 1 && reading != Reading.START && statistics.margin(selector) == 0) {
      Columns newest = newest(selector, set, from, to, reading);
      if (newest != null) {
        return newest;
      }
    }
    var builder = new ColumnsBuilder(steps.count(), context.reserveRows(set.size(), steps.count()));
    for (int i = 0; i < set.size(); i++) {
      if (i % CHECK_EVERY == 0) {
        context.checkTime();
      }
      buffer.clear();
      set.read(i, from, to, buffer);
      context.requireTemporary(buffer.size());
      reduce(selector, buffer);
      long samples = fill(builder, set.labels(i), first, interval, lookback, steps, reading);
      context.addSamplesRead(samples);
      context.hold(samples);
    }
    return builder.build();
  }

  /// Reads the newest sample of each series at a single time. Returns null if there are histograms.
  private @Nullable Columns newest(
      Expr.VectorSelector selector, SeriesSet set, long from, long to, Reading reading) {
    double[] values = new double[set.size()];
    for (int i = 0; i < values.length; i++) {
      if (i % CHECK_EVERY == 0) {
        context.checkTime();
      }
      buffer.clear();
      set.readNewest(i, from, to, buffer);
      if (buffer.hasHistograms()) {
        return null;
      }
      int newest = buffer.size() - 1;
      if (newest < 0 || StaleMarker.is(buffer.value(newest))) {
        values[i] = Columns.ABSENT;
      } else {
        values[i] =
            reading == Reading.TIME ? buffer.timestamp(newest) / 1000.0 : buffer.value(newest);
      }
    }
    StableRows rows =
        cache == null ? StableRows.of(set, context) : cache.rows(context, selector, set);
    Columns columns = rows.columns(values);
    context.addSamplesRead(columns.rows());
    context.hold(columns.rows());
    return columns;
  }

  private void reduce(Expr.VectorSelector selector, SampleWindow samples) {
    if (samples.hasHistograms()) {
      context.readHistograms(true);
      statistics.reduce(selector, samples);
    }
  }

  /// Adds the row of a series from the samples in the buffer. Returns the number of samples, in
  /// which a histogram counts as several.
  private long fill(
      ColumnsBuilder builder,
      Labels labels,
      long first,
      long interval,
      long lookback,
      Steps steps,
      Reading reading) {
    int size = buffer.size();
    int row = -1;
    long samples = 0;
    int next = 0;
    for (int step = 0; step < steps.count(); step++) {
      long reference = first + step * interval;
      while (next < size && buffer.timestamp(next) <= reference) {
        next++;
      }
      int newest = next - 1;
      if (newest < 0
          || buffer.timestamp(newest) <= reference - lookback
          || StaleMarker.is(buffer.value(newest))) {
        continue;
      }
      if (row < 0) {
        row = builder.row(labels, false);
        context.requireRows(row + 1L, steps.count());
      }
      Histogram histogram = buffer.histogram(newest);
      if (reading != Reading.VALUE) {
        long millis = reading == Reading.TIME ? buffer.timestamp(newest) : buffer.start(newest);
        builder.set(row, step, millis / 1000.0);
      } else if (histogram == null) {
        builder.set(row, step, buffer.value(newest));
      } else {
        builder.set(row, step, histogram);
        samples += HistogramWeight.beyondFloat(histogram);
      }
      samples++;
    }
    return samples;
  }

  /// Reads the samples of each series in the range before each step, and also samples around the
  /// range if its edges are `anchored` or `smoothed`.
  MatrixSource range(Expr.MatrixSelector matrix, Steps steps) {
    Expr.VectorSelector selector = matrix.selector();
    long range = context.positiveMillis(matrix.range());
    long lookback = context.options().lookback().toMillis();
    boolean plain = selector.edges() == Expr.Edges.PLAIN;
    boolean smoothed = selector.edges() == Expr.Edges.SMOOTHED;
    long start = context.reference(selector.shift(), steps.startMillis()) - range;
    long from = start + 1 - (plain ? 0 : lookback) - statistics.margin(selector);
    long to = context.reference(selector.shift(), steps.lastMillis()) + (smoothed ? lookback : 0);
    SeriesSet set = context.storage().select(selector.matchers(), from, to);
    return new MatrixSource(
        set.size(),
        set::labels,
        _ -> false,
        (row, window) -> {
          set.read(row, from, to, window);
          context.requireTemporary(window.size());
          reduce(selector, window);
          window.dropStale();
        },
        step -> context.reference(selector.shift(), steps.at(step)),
        range);
  }
}
