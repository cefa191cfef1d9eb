package io.pharos.promql.engine.function;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramMean;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.model.histogram.HistogramTotal;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.function.FunctionImplementation.WindowFunction;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryAnnotations.OfMetric;
import io.pharos.promql.engine.query.Sample;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Implements functions over windows with at least one histogram.
final class HistogramWindows {
  private final QueryAnnotations remarks;

  HistogramWindows(QueryAnnotations remarks) {
    this.remarks = remarks;
  }

  @Nullable Sample rate(Window window, String metricName, Span span) {
    double seconds = (window.endMillis - window.startMillis) / 1000.0;
    return extrapolated(window, true, seconds, metricName, span);
  }

  @Nullable Sample increase(Window window, String metricName, Span span) {
    return extrapolated(window, true, 1, metricName, span);
  }

  @Nullable Sample delta(Window window, String metricName, Span span) {
    return extrapolated(window, false, 1, metricName, span);
  }

  private @Nullable Sample extrapolated(
      Window window, boolean counter, double perSeconds, String metricName, Span span) {
    return isMixed(window, metricName, span)
        ? null
        : sample(change(window, counter, perSeconds, metricName, span));
  }

  @Nullable Sample irate(Window window, String metricName, Span span) {
    return instant(window, true, metricName, span);
  }

  @Nullable Sample idelta(Window window, String metricName, Span span) {
    return instant(window, false, metricName, span);
  }

  @Nullable Sample sum(Window window, String metricName, Span span) {
    return total(HistogramSum::new, window, metricName, span);
  }

  @Nullable Sample mean(Window window, String metricName, Span span) {
    return total(HistogramMean::new, window, metricName, span);
  }

  static Sample first(Window window) {
    return new Sample(window.first(), window.histogram(window.from));
  }

  static Sample last(Window window) {
    return new Sample(window.last(), window.histogram(window.to - 1));
  }

  private static @Nullable Sample sample(@Nullable Histogram histogram) {
    return histogram == null ? null : Sample.of(histogram);
  }

  /* Returns whether the window also has floats. Adds an annotation in that case. */
  private boolean isMixed(Window window, String metricName, Span span) {
    boolean mixed = hasFloat(window);
    if (mixed) {
      remarks.add(OfMetric.MIXED_IN_RANGE, metricName, span);
    }
    return mixed;
  }

  private static boolean hasFloat(Window window) {
    for (int i = window.from; i < window.to; i++) {
      if (window.histogram(i) == null) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Sample total(
      Function<Histogram, HistogramTotal> newTotal, Window window, String metricName, Span span) {
    if (isMixed(window, metricName, span)) {
      return null;
    }
    HistogramTotal total = null;
    for (int i = window.from; i < window.to; i++) {
      Histogram histogram = window.histogram(i);
      if (histogram == null) {
        continue;
      }
      if (total == null) {
        total = newTotal.apply(histogram);
      } else if (total.accepts(histogram)) {
        total.add(histogram);
      } else {
        remarks.add(OfMetric.MIXED_BUCKETS, metricName, span);
        return null;
      }
    }
    if (total == null) {
      return null;
    }
    if (total.resetsCollide()) {
      remarks.resetsCollide("aggregation", span);
    }
    if (total.boundsReconciled()) {
      remarks.boundsReconciled("aggregation", span);
    }
    return Sample.of(total.value());
  }

  static Sample changes(Window window) {
    int changes = 0;
    for (int i = window.from + 1; i < window.to; i++) {
      Histogram histogram = window.histogram(i);
      Histogram previous = window.histogram(i - 1);
      boolean changed;
      if (histogram != null && previous != null) {
        changed = !histogram.isSameAs(previous);
      } else if (histogram == null && previous == null) {
        double value = window.values[i];
        double previousValue = window.values[i - 1];
        changed = value != previousValue && !(Double.isNaN(value) && Double.isNaN(previousValue));
      } else {
        changed = true;
      }
      changes += changed ? 1 : 0;
    }
    return Sample.of(changes);
  }

  static Sample resets(Window window) {
    int resets = 0;
    for (int i = window.from + 1; i < window.to; i++) {
      Histogram histogram = window.histogram(i);
      Histogram previous = window.histogram(i - 1);
      boolean reset;
      if (histogram != null && previous != null) {
        reset = histogram.isResetSince(previous) || window.isReset(i);
      } else if (histogram == null && previous == null) {
        reset = window.values[i] < window.values[i - 1] || window.isReset(i);
      } else {
        reset = true;
      }
      resets += reset ? 1 : 0;
    }
    return Sample.of(resets);
  }

  @Nullable Sample ignoringHistograms(
      WindowFunction ofFloats, Window window, String metricName, Span span) {
    Window floats = window.floats();
    if (floats.size() == 0) {
      return null;
    }
    remarks.add(OfMetric.HISTOGRAMS_IGNORED, metricName, span);
    return Sample.of(ofFloats.apply(floats));
  }

  /// Returns the change over the window, extrapolated to its edges, or null if it can't be
  /// computed.
  private @Nullable Histogram change(
      Window window, boolean counter, double perSeconds, String metricName, Span span) {
    long start = counter ? window.firstStart() : 0;
    if (window.size() < 2 && start == 0) {
      return null;
    }
    Histogram first = window.onlyHistogram(window.from);
    HistogramSum change = window.size() < 2 ? null : sum(window, counter, metricName, span, first);
    if (window.size() > 1 && change == null) {
      return null;
    }
    Histogram total;
    if (change == null) {
      total = first;
    } else {
      if (start != 0) {
        // the counter was zero at its start timestamp
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

  private @Nullable HistogramSum sum(
      Window window, boolean counter, String metricName, Span span, Histogram first) {
    int lastIndex = window.to - 1;
    Histogram last = window.onlyHistogram(lastIndex);
    Histogram previous = first;
    if (counter) {
      Histogram second = window.onlyHistogram(window.from + 1);
      if (window.isReset(window.from + 1) || second.isResetSince(first)) {
        // after a reset the growth starts at zero, so the buckets of `first` do not matter
        previous = second.emptied();
      }
    }
    if (!isUniform(window, previous, counter)) {
      boolean gaugeAtEdge = first.hint() == ResetHint.GAUGE || last.hint() == ResetHint.GAUGE;
      if (counter && gaugeAtEdge && last.hasCustomBuckets() != previous.hasCustomBuckets()) {
        // as in Prometheus, which adds this annotation only if the kinds of buckets differ between
        // the first and the last histogram
        remarks.add(OfMetric.NOT_COUNTER, metricName, span);
      }
      remarks.add(OfMetric.MIXED_BUCKETS, metricName, span);
      return null;
    }
    int schema = Math.min(last.schema(), previous.schema());
    boolean anyGauge = false;
    boolean onlyGauges = first.hint() == ResetHint.GAUGE && last.hint() == ResetHint.GAUGE;
    for (int i = window.from; i <= lastIndex; i++) {
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

  /// Returns whether all histograms that contribute to the change have exponential buckets, or all
  /// have custom buckets. For a gauge, only the first and the last histogram contribute.
  private static boolean isUniform(Window window, Histogram first, boolean counter) {
    boolean custom = first.hasCustomBuckets();
    for (int i = counter ? window.from + 1 : window.to - 1; i < window.to; i++) {
      if (window.onlyHistogram(i).hasCustomBuckets() != custom) {
        return false;
      }
    }
    return true;
  }

  /// Returns the change between the last two samples of a window that contains a histogram, or null
  /// if it can't be computed.
  private @Nullable Sample instant(Window window, boolean counter, String metricName, Span span) {
    if (window.size() < 2) {
      return null;
    }
    int lastIndex = window.to - 1;
    double seconds = (window.timestamps[lastIndex] - window.timestamps[lastIndex - 1]) / 1000.0;
    Histogram last = window.histogram(lastIndex);
    Histogram previous = window.histogram(lastIndex - 1);
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
    boolean reset = counter && (window.isReset(lastIndex) || last.isResetSince(previous));
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
