package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramMean;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.model.histogram.HistogramTotal;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.RangeFunctions.WindowFunction;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Functions over windows that hold at least one histogram.
final class HistogramWindows {
  /// Those that look at how many samples there are, and when.
  private static final Set<Function> OF_ANY_SAMPLES =
      EnumSet.of(
          Function.COUNT_OVER_TIME,
          Function.PRESENT_OVER_TIME,
          Function.TS_OF_FIRST_OVER_TIME,
          Function.TS_OF_LAST_OVER_TIME);

  private final Remarks remarks;
  private final HistogramRates rates;

  HistogramWindows(Remarks remarks) {
    this.remarks = remarks;
    this.rates = new HistogramRates(remarks);
  }

  /// The value of a call, or null where it has none.
  ///
  /// @param ofFloats what the function makes of a window of floats
  @Nullable Sample apply(
      Expr.Call call, WindowFunction ofFloats, Window window, String metricName) {
    Function function = call.function();
    Span span = Remarks.place(call.arguments().getFirst());
    if (OF_ANY_SAMPLES.contains(function)) {
      return Sample.of(ofFloats.apply(window));
    }
    if (function == Function.FIRST_OVER_TIME) {
      return new Sample(window.first(), window.histogram(window.from));
    }
    if (function == Function.LAST_OVER_TIME) {
      return new Sample(window.last(), window.histogram(window.to - 1));
    }
    if (function == Function.CHANGES) {
      return Sample.of(changes(window));
    }
    if (function == Function.RESETS) {
      return Sample.of(resets(window));
    }
    if (function == Function.IRATE || function == Function.IDELTA) {
      return rates.instant(window, function == Function.IRATE, metricName, span);
    }
    boolean total = function == Function.SUM_OVER_TIME || function == Function.AVG_OVER_TIME;
    if (total
        || function == Function.RATE
        || function == Function.INCREASE
        || function == Function.DELTA) {
      if (hasFloat(window)) {
        remarks.mixedInRange(metricName, span);
        return null;
      }
      Histogram result =
          total
              ? total(function, window, metricName, span)
              : rate(function, window, metricName, span);
      return result == null ? null : Sample.of(result);
    }
    return ignoringHistograms(ofFloats, window, metricName, span);
  }

  private static boolean hasFloat(Window window) {
    for (int i = window.from; i < window.to; i++) {
      if (window.histogram(i) == null) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Histogram rate(Function function, Window window, String metricName, Span span) {
    double perSeconds =
        function == Function.RATE ? (window.endMillis - window.startMillis) / 1000.0 : 1;
    return rates.extrapolated(window, function != Function.DELTA, perSeconds, metricName, span);
  }

  private @Nullable Histogram total(
      Function function, Window window, String metricName, Span span) {
    HistogramTotal total = null;
    for (int i = window.from; i < window.to; i++) {
      Histogram histogram = window.histogram(i);
      if (histogram == null) {
        continue;
      }
      if (total == null) {
        total =
            function == Function.SUM_OVER_TIME
                ? new HistogramSum(histogram)
                : new HistogramMean(histogram);
      } else if (total.accepts(histogram)) {
        total.add(histogram);
      } else {
        remarks.mixedExponentialAndCustom(metricName, span);
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
    return total.value();
  }

  private static double changes(Window window) {
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
    return changes;
  }

  private static double resets(Window window) {
    int resets = 0;
    for (int i = window.from + 1; i < window.to; i++) {
      Histogram histogram = window.histogram(i);
      Histogram previous = window.histogram(i - 1);
      boolean reset;
      if (histogram != null && previous != null) {
        reset = histogram.isResetSince(previous) || StartTimestamps.isReset(window, i);
      } else if (histogram == null && previous == null) {
        reset = window.values[i] < window.values[i - 1] || StartTimestamps.isReset(window, i);
      } else {
        reset = true;
      }
      resets += reset ? 1 : 0;
    }
    return resets;
  }

  private @Nullable Sample ignoringHistograms(
      WindowFunction ofFloats, Window window, String metricName, Span span) {
    Window floats = window.floats();
    if (floats.size() == 0) {
      return null;
    }
    remarks.histogramsIgnoredInRange(metricName, span);
    return Sample.of(ofFloats.apply(floats));
  }
}
