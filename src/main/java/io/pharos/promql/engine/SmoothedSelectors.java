package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.engine.function.ExtendedHistograms;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.HistogramWeight;
import io.pharos.promql.engine.query.QueryAnnotations.OfMetric;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.Sample;
import io.pharos.promql.engine.query.Steps;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import org.jspecify.annotations.Nullable;

/// Reads `smoothed` instant selectors. The value at a step is interpolated between the samples
/// before and after it that are within the lookback; without a sample after the step, the value is
/// that of the newest sample.
final class SmoothedSelectors {
  private final QueryContext context;
  private final SampleWindow buffer = new SampleWindow();
  private final SampleWindow samples = new SampleWindow();
  private final ExtendedHistograms histograms;

  SmoothedSelectors(QueryContext context) {
    this.context = context;
    this.histograms = new ExtendedHistograms(context.remarks());
  }

  Columns read(Expr.VectorSelector selector, Steps steps) {
    if (steps.count() == 0) {
      return Columns.empty(0);
    }
    long lookback = context.options().lookback().toMillis();
    Shift shift = selector.shift();
    long from = context.reference(shift, steps.startMillis()) - lookback + 1;
    long to = context.reference(shift, steps.lastMillis()) + lookback;
    SeriesSet set = context.storage().select(selector.matchers(), from, to);
    var builder = new ColumnsBuilder(steps.count(), context.reserveRows(set.size(), steps.count()));
    for (int i = 0; i < set.size(); i++) {
      context.checkTime();
      load(set, i, from, to);
      Labels labels = set.labels(i);
      int row = -1;
      int next = 0;
      for (int step = 0; step < steps.count(); step++) {
        long time = context.reference(shift, steps.at(step));
        while (next < samples.size() && samples.timestamp(next) < time) {
          next++;
        }
        Sample sample = sample(next, time, selector, labels.metricName());
        if (sample == null) {
          continue;
        }
        if (row < 0) {
          row = builder.row(labels, false);
          context.requireRows(row + 1L, steps.count());
        }
        builder.add(row, step, sample);
      }
    }
    return builder.build();
  }

  private void load(SeriesSet set, int i, long from, long to) {
    buffer.clear();
    set.read(i, from, to, buffer);
    samples.clear();
    for (int index = 0; index < buffer.size(); index++) {
      if (!StaleMarker.is(buffer.value(index))) {
        samples.add(buffer, index);
      }
    }
    context.addSamplesRead(samples.size());
    context.hold(HistogramWeight.of(samples));
  }

  /// Returns the value at a time, or null if there is none.
  ///
  /// @param next index of the first sample at or after the time
  private @Nullable Sample sample(
      int next, long time, Expr.VectorSelector selector, String metricName) {
    long lookback = context.options().lookback().toMillis();
    if (samples.hasHistograms() && isMixed(time, lookback)) {
      context.remarks().add(OfMetric.MIXED_IN_RANGE, metricName, selector.span());
      return null;
    }
    boolean after = next < samples.size() && samples.timestamp(next) <= time + lookback;
    if (after && samples.timestamp(next) == time) {
      return at(next);
    }
    int previous = next - 1;
    if (previous < 0 || samples.timestamp(previous) <= time - lookback) {
      return null;
    }
    if (!after) {
      Histogram last = samples.histogram(previous);
      // the hint says whether the counter was reset at the sample's time, not at this time
      return last == null ? at(previous) : Sample.of(last.withHint(ResetHint.UNKNOWN));
    }
    double share =
        (double) (time - samples.timestamp(previous))
            / (samples.timestamp(next) - samples.timestamp(previous));
    Histogram preceding = samples.histogram(previous);
    Histogram following = samples.histogram(next);
    if (preceding == null || following == null) {
      double value = samples.value(previous);
      return Sample.of(value + (samples.value(next) - value) * share);
    }
    boolean counter = preceding.hint() != ResetHint.GAUGE || following.hint() != ResetHint.GAUGE;
    Histogram interpolated =
        histograms.between(preceding, following, share, counter, metricName, selector.span());
    return interpolated == null ? null : Sample.of(interpolated);
  }

  private Sample at(int i) {
    return new Sample(samples.value(i), samples.histogram(i));
  }

  private boolean isMixed(long time, long lookback) {
    boolean anyFloat = false;
    boolean anyHistogram = false;
    for (int i = 0; i < samples.size(); i++) {
      if (samples.timestamp(i) > time - lookback && samples.timestamp(i) <= time + lookback) {
        anyFloat |= samples.histogram(i) == null;
        anyHistogram |= samples.histogram(i) != null;
      }
    }
    return anyFloat && anyHistogram;
  }
}
