package io.pharos.promql.engine.function;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramMean;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.model.histogram.HistogramTotal;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.function.FunctionImplementation.WindowFunction;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryAnnotations.OfMetric;
import io.pharos.promql.engine.query.Sample;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Functions over windows with at least one histogram.
final class HistogramWindows {
  private final QueryAnnotations remarks;
  private final HistogramRates rates;

  HistogramWindows(QueryAnnotations remarks) {
    this.remarks = remarks;
    this.rates = new HistogramRates(remarks);
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
        : sample(rates.extrapolated(window, counter, perSeconds, metricName, span));
  }

  @Nullable Sample irate(Window window, String metricName, Span span) {
    return rates.instant(window, true, metricName, span);
  }

  @Nullable Sample idelta(Window window, String metricName, Span span) {
    return rates.instant(window, false, metricName, span);
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

  /* Whether the window also has floats, for which such a function has no result. */
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
      Function<Histogram, HistogramTotal> start, Window window, String metricName, Span span) {
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
        total = start.apply(histogram);
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
        double before = window.values[i - 1];
        changed = value != before && !(Double.isNaN(value) && Double.isNaN(before));
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
}
