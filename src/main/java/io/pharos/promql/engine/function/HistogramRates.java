package io.pharos.promql.engine.function;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryAnnotations.OfMetric;
import io.pharos.promql.engine.query.Sample;
import org.jspecify.annotations.Nullable;

/// `rate`, `increase` and `delta` over windows of histograms, and their instant variants over mixed
/// windows.
final class HistogramRates {
  private final QueryAnnotations remarks;

  HistogramRates(QueryAnnotations remarks) {
    this.remarks = remarks;
  }

  /// Returns the change over the window, extrapolated to its edges, or null if there is none.
  @Nullable Histogram extrapolated(
      Window window, boolean counter, double perSeconds, String metricName, Span span) {
    long start = counter ? window.firstStart() : 0;
    if (window.size() < 2 && start == 0) {
      return null;
    }
    Histogram first = window.onlyHistogram(window.from);
    HistogramSum change =
        window.size() < 2 ? null : change(window, counter, metricName, span, first);
    if (window.size() > 1 && change == null) {
      return null;
    }
    Histogram total;
    if (change == null) {
      total = first;
    } else {
      if (start != 0) {
        // the counter was zero then
        if (!change.accepts(first)) {
          remarks.add(OfMetric.MIXED_BUCKETS, metricName, span);
          return null;
        }
        remarks.add(change, first, span);
      }
      total = change.value().withHint(ResetHint.GAUGE).compacted();
    }
    double factor = Extrapolation.factor(window, counter, start, first.count(), total.count());
    return total.times(factor / perSeconds);
  }

  private @Nullable HistogramSum change(
      Window window, boolean counter, String metricName, Span span, Histogram first) {
    int lastAt = window.to - 1;
    Histogram last = window.onlyHistogram(lastAt);
    Histogram previous = first;
    if (counter) {
      Histogram second = window.onlyHistogram(window.from + 1);
      if (window.isReset(window.from + 1) || second.isResetSince(first)) {
        // the histogram before the reset is irrelevant, whatever its buckets
        previous = second.emptied();
      }
    }
    if (!isUniform(window, previous, counter)) {
      boolean gaugeAtEdge = first.hint() == ResetHint.GAUGE || last.hint() == ResetHint.GAUGE;
      if (counter && gaugeAtEdge && last.hasCustomBuckets() != previous.hasCustomBuckets()) {
        // as in Prometheus, where only a mix in the middle suppresses the other warning
        remarks.add(OfMetric.NOT_COUNTER, metricName, span);
      }
      remarks.add(OfMetric.MIXED_BUCKETS, metricName, span);
      return null;
    }
    int schema = Math.min(last.schema(), previous.schema());
    boolean anyGauge = false;
    boolean onlyGauges = first.hint() == ResetHint.GAUGE && last.hint() == ResetHint.GAUGE;
    for (int i = window.from; i <= lastAt; i++) {
      Histogram histogram = window.onlyHistogram(i);
      anyGauge |= histogram.hint() == ResetHint.GAUGE;
      if (counter && i > window.from) {
        schema = Math.min(schema, histogram.schema());
      }
    }
    if (counter && anyGauge) {
      remarks.add(OfMetric.NOT_COUNTER, metricName, span);
    } else if (!counter && !onlyGauges) {
      remarks.add(OfMetric.NOT_GAUGE, metricName, span);
    }
    var change = new HistogramSum(last.hasCustomBuckets() ? last : last.atSchema(schema));
    remarks.subtract(change, previous, span);
    if (counter) {
      for (int i = window.from + 1; i < window.to; i++) {
        Histogram current = window.onlyHistogram(i);
        if (window.isReset(i) || current.isResetSince(previous)) {
          remarks.add(change, previous, span);
        }
        previous = current;
      }
    }
    return change;
  }

  /// Whether all histograms that contribute to the change have exponential buckets, or all have
  /// custom ones. For a gauge only the first and the last contribute.
  private static boolean isUniform(Window window, Histogram first, boolean counter) {
    boolean custom = first.hasCustomBuckets();
    for (int i = counter ? window.from + 1 : window.to - 1; i < window.to; i++) {
      if (window.onlyHistogram(i).hasCustomBuckets() != custom) {
        return false;
      }
    }
    return true;
  }

  /// Returns the change between the last two samples of a window with a histogram, or null if there
  /// is none.
  @Nullable Sample instant(Window window, boolean counter, String metricName, Span span) {
    if (window.size() < 2) {
      return null;
    }
    int at = window.to - 1;
    double seconds = (window.timestamps[at] - window.timestamps[at - 1]) / 1000.0;
    Histogram last = window.histogram(at);
    Histogram previous = window.histogram(at - 1);
    if (seconds == 0) {
      return null;
    }
    if (last == null && previous == null) {
      Window floats = window.floats();
      return Sample.of(counter ? Extrapolation.irate(floats) : Extrapolation.idelta(floats));
    }
    if (last == null || previous == null) {
      remarks.add(OfMetric.MIXED_IN_RANGE, metricName, span);
      return null;
    }
    boolean anyGauge = last.hint() == ResetHint.GAUGE || previous.hint() == ResetHint.GAUGE;
    boolean bothGauges = last.hint() == ResetHint.GAUGE && previous.hint() == ResetHint.GAUGE;
    if (counter && anyGauge) {
      remarks.add(OfMetric.NOT_COUNTER, metricName, span);
    } else if (!counter && !bothGauges) {
      remarks.add(OfMetric.NOT_GAUGE, metricName, span);
    }
    var change = new HistogramSum(last);
    boolean reset = counter && (window.isReset(at) || last.isResetSince(previous));
    if (!reset) {
      if (!change.accepts(previous)) {
        remarks.add(OfMetric.MIXED_BUCKETS, metricName, span);
        return null;
      }
      remarks.subtract(change, previous, span);
    }
    Histogram result = change.value().withHint(ResetHint.GAUGE).compacted();
    return Sample.of(counter ? result.dividedBy(seconds) : result);
  }
}
