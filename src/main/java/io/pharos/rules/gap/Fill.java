package io.pharos.rules.gap;

import io.pharos.model.StaleMarker;
import io.pharos.storage.SampleWindow;
import java.util.List;

/// An assumption about the samples that are missing in a hole of a series.
///
/// [#PREVIOUS] and [#NEXT] are the extremes for a counter: all increments at the end of the hole,
/// or all at its start. [#SLOPE] assumes that nothing changed in the hole.
enum Fill {
  /// The last value before the hole, repeated.
  PREVIOUS,
  /// The first value after the hole, repeated. In a hole that lasts until now, a counter increases
  /// as on average over the samples before it.
  NEXT,
  /// Values on the line between both neighbours. With one neighbour, and for a counter that is
  /// reset in the hole, values that continue the increase beside the hole.
  SLOPE,
  /// As [#SLOPE], but a value that is not known to be steady changes a little in the hole.
  UNSTEADY_SLOPE;

  /// The assumptions about samples that Pharos failed to collect.
  static final List<Fill> OF_GAPS = List.of(PREVIOUS, NEXT, UNSTEADY_SLOPE);

  /// The assumptions about samples of a target that failed. A small change would matter there: it
  /// makes a zero positive for as long as the target fails.
  static final List<Fill> OF_FAILURES = List.of(PREVIOUS, NEXT, SLOPE);

  /// Number of samples that determine the slope if a neighbour is missing.
  private static final int SLOPE_SAMPLES = 5;

  /// Age of a counter before an assumed reset: longer than all windows.
  private static final double BEFORE_RESET_MILLIS = 1e11;

  /// Appends the assumed samples of a hole.
  ///
  /// @param series all samples of the series around the hole
  /// @param before index of the last sample before the hole; -1 if there is none
  /// @param after index of the first sample after the hole; its size if there is none
  /// @param fromMillis exclusive start of the hole, or a later time from which on samples are
  ///   wanted
  /// @param toMillis exclusive end of the hole
  /// @param spacing milliseconds between samples
  void append(
      SampleWindow series,
      int before,
      int after,
      long fromMillis,
      long toMillis,
      long spacing,
      SampleWindow to) {
    boolean starts = before >= 0;
    boolean ends = after < series.size();
    if ((this == PREVIOUS && !starts) || (this == NEXT && !ends)) {
      return;
    }
    appendAll(series, before, after, fromMillis, toMillis, spacing, to);
  }

  /// Appends the assumed samples of a hole that lasts until now. Parameters as in [#append].
  void appendUntilNow(
      SampleWindow series, long fromMillis, long nowMillis, long spacing, SampleWindow to) {
    appendAll(series, series.size() - 1, series.size(), fromMillis, nowMillis, spacing, to);
  }

  private void appendAll(
      SampleWindow series,
      int before,
      int after,
      long fromMillis,
      long toMillis,
      long spacing,
      SampleWindow to) {
    boolean starts = before >= 0;
    // The grid continues that of the existing neighbour.
    long first =
        starts
            ? series.timestamp(before) + spacing
            : series.timestamp(after) - (series.timestamp(after) - fromMillis) / spacing * spacing;
    long skipped = Math.max(0, Math.floorDiv(fromMillis - first, spacing) + 1);
    for (long at = first + skipped * spacing; at < toMillis; at += spacing) {
      appendOne(series, before, after, at, to);
    }
  }

  private void appendOne(SampleWindow series, int before, int after, long at, SampleWindow to) {
    int copied =
        switch (this) {
          case PREVIOUS -> before;
          case NEXT -> after < series.size() ? after : before;
          case SLOPE, UNSTEADY_SLOPE -> nearest(series, before, after, at);
        };
    var histogram = series.histogram(copied);
    if (histogram != null) {
      to.add(at, histogram);
    } else {
      double assumed = value(series, before, after, copied, at);
      boolean mayHaveChanged =
          this == UNSTEADY_SLOPE
              && assumed == series.value(copied)
              && !isSteady(series, Math.max(0, before), Math.min(after, series.size() - 1));
      to.add(
          at, mayHaveChanged ? assumed + drift(assumed, at - series.timestamp(copied)) : assumed);
    }
  }

  private double value(SampleWindow series, int before, int after, int copied, long at) {
    return switch (this) {
      case PREVIOUS -> series.value(copied);
      case NEXT ->
          after < series.size()
              ? series.value(copied)
              : onLine(series, before, slope(series, 0, before), at);
      case SLOPE, UNSTEADY_SLOPE -> onSlope(series, before, after, at);
    };
  }

  private static int nearest(SampleWindow series, int before, int after, long at) {
    if (before < 0) {
      return after;
    }
    if (after >= series.size()) {
      return before;
    }
    return at - series.timestamp(before) < series.timestamp(after) - at ? before : after;
  }

  /* Returns whether the samples around a hole show that the value does not change: a single sample
   * does not, nor do values that rise and fall. */
  private static boolean isSteady(SampleWindow series, int before, int after) {
    int from = Math.max(0, before - SLOPE_SAMPLES);
    int to = Math.min(series.size() - 1, after + SLOPE_SAMPLES);
    for (int i = from + 1; i <= to; i++) {
      if (series.value(i) != series.value(from)) {
        return false;
      }
    }
    return to > from;
  }

  /* Returns a change that is too small to matter, but that functions such as changes() count. */
  private static double drift(double value, long millis) {
    return Math.max(1, Math.abs(value)) * millis * 1e-12;
  }

  private static double onSlope(SampleWindow series, int before, int after, long at) {
    if (before < 0) {
      return onLine(series, after, slopeAfter(series, after), at);
    }
    if (after >= series.size()) {
      return onLine(series, before, slopeBefore(series, before), at);
    }
    if (!isReset(series.value(before), series.value(after))) {
      double slope =
          (series.value(after) - series.value(before))
              / (series.timestamp(after) - series.timestamp(before));
      return onLine(series, before, slope, at);
    }
    double slope = slopeAfter(series, after);
    double sinceReset = series.value(after) + slope * (at - series.timestamp(after));
    if (sinceReset > 0 && slope > 0) {
      return sinceReset;
    }
    // One sample before the hole shows no slope.
    return onLine(series, before, before == 0 ? slope : slopeBefore(series, before), at);
  }

  private static double onLine(SampleWindow series, int from, double slope, long at) {
    double value = series.value(from);
    double assumed = value + slope * (at - series.timestamp(from));
    // A counter that was 0 in the hole has been reset there, after the same increase.
    return value >= 0 && assumed < 0 ? assumed + slope * BEFORE_RESET_MILLIS : assumed;
  }

  private static double slopeAfter(SampleWindow series, int first) {
    return slope(series, first, Math.min(series.size() - 1, first + SLOPE_SAMPLES));
  }

  private static double slopeBefore(SampleWindow series, int last) {
    return slope(series, Math.max(0, last - SLOPE_SAMPLES), last);
  }

  /* Returns the increase of a counter per millisecond; 0 for values that also decrease, or that
   * are no floats. */
  private static double slope(SampleWindow series, int from, int to) {
    double increase = 0;
    int first = from;
    while (first < to && isStale(series, first)) {
      first++;
    }
    int previous = first;
    for (int i = first + 1; i <= to; i++) {
      if (isStale(series, i)) {
        continue; // a counter goes on while its target is down
      }
      double step = series.value(i) - series.value(previous);
      if (isReset(series.value(previous), series.value(i))) {
        step = series.value(i);
      }
      if (!(step >= 0)) {
        return 0;
      }
      increase += step;
      previous = i;
    }
    return previous > first ? increase / (series.timestamp(previous) - series.timestamp(first)) : 0;
  }

  /// Returns whether a sample marks the end of its series.
  static boolean isStale(SampleWindow series, int i) {
    return series.histogram(i) == null && StaleMarker.is(series.value(i));
  }

  /* Returns whether a counter begins anew: it drops to less than half. */
  private static boolean isReset(double before, double after) {
    return after >= 0 && after < before / 2;
  }
}
