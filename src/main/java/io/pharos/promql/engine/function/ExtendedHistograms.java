package io.pharos.promql.engine.function;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryAnnotations.OfMetric;
import org.jspecify.annotations.Nullable;

/// Computes changes of native histograms over ranges with `anchored` and `smoothed` edges, and
/// interpolates between histograms.
public final class ExtendedHistograms {
  private final QueryAnnotations remarks;

  public ExtendedHistograms(QueryAnnotations remarks) {
    this.remarks = remarks;
  }

  /// Returns the change from the start to the end of a range, or null if it can't be computed.
  @Nullable Histogram change(
      ExtendedWindow window, boolean counter, double perSeconds, String metricName, Span span) {
    if (!isUniform(window, counter, metricName, span)) {
      return null;
    }
    int first = window.from;
    int last = window.to - 1;
    Histogram left =
        window.isBeforeStart(first)
            ? between(window, first, window.startMillis, counter, metricName, span)
            : window.onlyHistogram(first);
    Histogram right =
        window.isAfterEnd(last)
            ? between(window, last - 1, window.endMillis, counter, metricName, span)
            : window.onlyHistogram(last);
    if (left == null || right == null) {
      return null;
    }
    if (!counter && (left.hint() != ResetHint.GAUGE || right.hint() != ResetHint.GAUGE)) {
      remarks.add(OfMetric.NOT_GAUGE, metricName, span);
    }
    var change = new HistogramSum(right);
    remarks.subtract(change, left, span);
    if (counter) {
      addValuesBeforeResets(change, window, left, right, span);
    }
    return change.value().dividedBy(perSeconds).withHint(ResetHint.GAUGE).compacted();
  }

  /// Returns whether all histograms that contribute to the change have exponential buckets, or all
  /// have custom buckets.
  private boolean isUniform(ExtendedWindow window, boolean counter, String metricName, Span span) {
    boolean custom = window.onlyHistogram(window.from).hasCustomBuckets();
    for (int i = window.from; i < window.to; i++) {
      Histogram histogram = window.onlyHistogram(i);
      if (histogram.hasCustomBuckets() != custom) {
        remarks.add(OfMetric.MIXED_BUCKETS, metricName, span);
        return false;
      }
      if (counter && histogram.hint() == ResetHint.GAUGE) {
        remarks.add(OfMetric.NOT_COUNTER, metricName, span);
      }
    }
    return true;
  }

  private @Nullable Histogram between(
      Window window, int i, long millis, boolean counter, String metricName, Span span) {
    double share =
        (double) (millis - window.timestamps[i])
            / (window.timestamps[i + 1] - window.timestamps[i]);
    return between(
        window.onlyHistogram(i), window.onlyHistogram(i + 1), share, counter, metricName, span);
  }

  /// Interpolates between two histograms. If a counter was reset between them, assumes that it grew
  /// from zero. Returns null if the buckets are incompatible.
  ///
  /// @param share 0 for `before`, 1 for `after`, or a fraction between them
  public @Nullable Histogram between(
      Histogram before,
      Histogram after,
      double share,
      boolean counter,
      String metricName,
      Span span) {
    if (share == 0) {
      return before;
    }
    if (share == 1) {
      return after;
    }
    var growth = new HistogramSum(after);
    if (!growth.accepts(before)) {
      remarks.add(OfMetric.MIXED_BUCKETS, metricName, span);
      return null;
    }
    if (counter && after.isResetSince(before)) {
      return after.times(share);
    }
    remarks.subtract(growth, before, span);
    var sum = new HistogramSum(growth.value().times(share));
    remarks.add(sum, before, span);
    return sum.value();
  }

  private void addValuesBeforeResets(
      HistogramSum change, ExtendedWindow window, Histogram left, Histogram right, Span span) {
    int next = window.from + 1;
    int last = window.to - 1;
    Histogram previous = left;
    if (window.isBeforeStart(window.from)
        && window.onlyHistogram(next).isResetSince(window.onlyHistogram(window.from))) {
      // the interpolated value at the start already includes the growth from zero
      previous = window.onlyHistogram(next);
      next++;
    }
    if (next > last) {
      return;
    }
    for (int i = next; i < last; i++) {
      Histogram current = window.onlyHistogram(i);
      if (current.isResetSince(previous)) {
        remarks.add(change, previous, span);
      }
      previous = current;
    }
    if (right.isResetSince(previous)) {
      remarks.add(change, previous, span);
    }
  }
}
