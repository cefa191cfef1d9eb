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
  /// as fast as it did between any two samples before it: it may be busy again.
  NEXT,
  /// Values on the line between both neighbours. With one neighbour, and for a counter that is
  /// reset in the hole, values that continue the increase beside the hole.
  SLOPE,
  /// As [#SLOPE], but a value that is not known to be steady changes a little in the hole, and a
  /// counter that may have been reset there was.
  UNSTEADY_SLOPE,
  /// As [#SLOPE], but in a hole with samples before and after it, a counter increases as after the
  /// hole, and by the rest at its start: of two counters, one may have stopped to increase. If only
  /// one sample is after the hole, it increases as before the hole, and by the rest at its end: one
  /// may have begun to. In a hole that lasts until now, it increases as in [#NEXT], but nothing is
  /// assumed about earlier holes.
  AS_AFTER,
  /// As [#SLOPE], but a window that lies within a hole between two samples contains the whole
  /// change: its first sample has the value before the hole, the others have that after it. Of a
  /// hole that begins or ends in a window, the change lies outside the window.
  IN_WINDOW,
  /// As [#SLOPE], but between two samples the higher of their values, repeated. [#PREVIOUS] and
  /// [#NEXT] are no extremes for a gauge that rose in one hole and fell in another one.
  HIGHER,
  /// As [#HIGHER], with the lower value.
  LOWER,
  /// As [#SLOPE], but in a hole that lasts until now, a value that also falls takes again the
  /// highest value that it had before.
  HIGHEST,
  /// As [#HIGHEST], with the lowest value.
  LOWEST,
  /// As [#LOWEST], also for a value that did not fall before: it may be that of a gauge.
  FALLEN,
  /// As [#SLOPE], but in a hole that lasts until now, a value that did not change before increases:
  /// it may be that of a counter that was idle.
  BUSY;

  /// The assumptions about samples that Pharos failed to collect, each about all gaps. If a window
  /// lies within a hole, [#IN_WINDOW] is one more; if a series has no sample since Pharos started,
  /// [#OF_STARTS] are; if it rose in one hole and fell in another one, [#OF_BOTH_WAYS] are.
  static final List<Fill> OF_ALL_GAPS = List.of(NEXT, UNSTEADY_SLOPE, PREVIOUS, AS_AFTER);

  /// Those that may be true of one gap, and another one of the others.
  static final List<Fill> OF_GAPS = List.of(NEXT, UNSTEADY_SLOPE, PREVIOUS);

  /// The assumptions about samples of a target that failed. A small change would matter there: it
  /// makes a zero positive for as long as the target fails.
  static final List<Fill> OF_FAILURES = List.of(PREVIOUS, NEXT, SLOPE, AS_AFTER, HIGHEST, LOWEST);

  /// Further assumptions about series that have no sample since Pharos started.
  static final List<Fill> OF_STARTS = List.of(HIGHEST, FALLEN, BUSY);

  /// Further assumptions about series that rise in one hole and fall in another one.
  static final List<Fill> OF_BOTH_WAYS = List.of(HIGHER, LOWER);

  /// Number of samples that determine the slope if a neighbour is missing.
  private static final int SLOPE_SAMPLES = 5;

  /// Spacing of samples that have no holes between them.
  private static final long NO_HOLES = Long.MAX_VALUE / 2;

  /// Age of a counter before an assumed reset: longer than all windows.
  private static final double BEFORE_RESET_MILLIS = 1e11;

  /// Returns the assumption about a hole that does not last until now.
  Fill inEndedHole() {
    return isExtreme() || this == BUSY ? SLOPE : this;
  }

  private boolean isExtreme() {
    return this == HIGHEST || this == LOWEST || this == FALLEN;
  }

  /// Returns the assumption without small changes.
  Fill withoutDrift() {
    return this == UNSTEADY_SLOPE ? SLOPE : this;
  }

  /// The times of samples that are taken in time.
  ///
  /// @param anchor one of them
  /// @param spacing milliseconds between them
  record Grid(long anchor, long spacing) {
    /// Returns the first one after a time.
    long after(long time) {
      return anchor + (Math.floorDiv(time - anchor, spacing) + 1) * spacing;
    }

    /// Returns the one that is nearest to a time.
    long nearest(long time) {
      return after(time - spacing / 2 - 1);
    }
  }

  /// Appends the assumed samples of a hole.
  ///
  /// @param series all samples of the series around the hole
  /// @param before index of the last sample before the hole; -1 if there is none
  /// @param after index of the first sample after the hole; its size if there is none
  /// @param hole its start and end, both exclusive, or as much of it as samples are wanted for
  void append(
      SampleWindow series, int before, int after, GapSpan hole, Grid grid, SampleWindow to) {
    boolean starts = before >= 0;
    boolean ends = after < series.size();
    if ((this == PREVIOUS && !starts) || (this == NEXT && !ends)) {
      return;
    }
    appendAll(series, before, after, hole, grid, to);
  }

  /// Appends the assumed samples also of a hole that lasts until now. Parameters as in [#append].
  void appendAll(
      SampleWindow series, int before, int after, GapSpan hole, Grid grid, SampleWindow to) {
    long first = grid.after(hole.from());
    long spacing = grid.spacing;
    boolean isBetween = before >= 0 && after < series.size();
    boolean drifts = this == UNSTEADY_SLOPE && mayHaveChanged(series, before, after);
    if (isExtreme() && after >= series.size() && mayBeExtreme(series, before)) {
      double extreme = extreme(series, before);
      for (long at = first; at < hole.to(); at += spacing) {
        to.add(at, extreme, null);
      }
      return;
    }
    if (this == IN_WINDOW && isBetween) {
      appendChange(series, before, after, hole, grid, to);
      return;
    }
    boolean copies =
        switch (this) {
          case PREVIOUS -> true;
          case NEXT -> after < series.size();
          case HIGHER, LOWER -> isBetween;
          case SLOPE, UNSTEADY_SLOPE, AS_AFTER, IN_WINDOW, HIGHEST, LOWEST, FALLEN, BUSY -> false;
        };
    Line line = copies ? Line.NONE : line(series, before, after, spacing);
    for (long at = first; at < hole.to(); at += spacing) {
      int copied = copied(series, before, after, at);
      if (copies || series.histogram(copied) != null) {
        to.add(at, series.value(copied), series.histogram(copied));
        continue;
      }
      double assumed = line.at(series, at);
      boolean mayHaveChanged = drifts && assumed == series.value(copied);
      to.add(
          at, mayHaveChanged ? assumed + drift(assumed, at - series.timestamp(copied)) : assumed);
    }
  }

  private static void appendChange(
      SampleWindow series, int before, int after, GapSpan hole, Grid grid, SampleWindow to) {
    long first = grid.after(hole.from());
    boolean beginsInWindow = hole.from() <= series.timestamp(before);
    boolean endsInWindow = hole.to() >= series.timestamp(after);
    for (long at = first; at < hole.to(); at += grid.spacing) {
      boolean isUnchanged = !endsInWindow && (beginsInWindow || at == first);
      int copied = isUnchanged ? before : after;
      to.add(at, series.value(copied), series.histogram(copied));
    }
  }

  private int copied(SampleWindow series, int before, int after, long at) {
    return switch (this) {
      case PREVIOUS -> before;
      case NEXT -> after < series.size() ? after : before;
      case HIGHER, LOWER -> higherOrLower(series, before, after, at);
      case SLOPE, UNSTEADY_SLOPE, AS_AFTER, IN_WINDOW, HIGHEST, LOWEST, FALLEN, BUSY ->
          nearest(series, before, after, at);
    };
  }

  /* Returns whether the series is one of floats that may have its extreme again. */
  private boolean mayBeExtreme(SampleWindow series, int last) {
    return this == FALLEN ? series.histogram(last) == null : falls(series, last);
  }

  /* Returns whether a value is lower than the one before, as of a gauge or after a reset. */
  private static boolean falls(SampleWindow series, int last) {
    for (int i = 1; i <= last; i++) {
      if (series.value(i) < series.value(i - 1)) { // histograms have no value
        return true;
      }
    }
    return false;
  }

  private double extreme(SampleWindow series, int last) {
    double extreme = series.value(last);
    for (int i = 0; i < last; i++) {
      double value = series.value(i);
      if (this == HIGHEST ? value > extreme : value < extreme) { // markers are NaN
        extreme = value;
      }
    }
    return extreme;
  }

  private int higherOrLower(SampleWindow series, int before, int after, long at) {
    int nearest = nearest(series, before, after, at);
    int other = nearest == before ? after : before;
    if (other < 0 || other >= series.size()) {
      return nearest;
    }
    double value = series.value(other);
    boolean isMore = this == HIGHER ? value > series.value(nearest) : value < series.value(nearest);
    return isMore ? other : nearest;
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

  /* Returns whether the value may have changed in a hole and back. The samples around it show that
   * it did not if they are all equal, or if they never fall and the hole is between two of them:
   * with a change, a counter would be reset. */
  private static boolean mayHaveChanged(SampleWindow series, int before, int after) {
    int from = Math.max(0, before - SLOPE_SAMPLES);
    int to = Math.min(series.size() - 1, after + SLOPE_SAMPLES);
    boolean isEqual = to > from;
    boolean neverFalls = before >= 0 && after < series.size();
    for (int i = from + 1; i <= to; i++) {
      isEqual &= series.value(i) == series.value(from);
      neverFalls &= !(series.value(i) < series.value(i - 1)); // markers are NaN
    }
    return !isEqual && !neverFalls;
  }

  /* Returns a change that is too small to matter, but that functions such as changes() count. */
  private static double drift(double value, long millis) {
    return Math.max(1, Math.abs(value)) * millis * 1e-12;
  }

  /// Values that continue the increase of a counter.
  ///
  /// @param from index of the sample through which they go
  /// @param slope increase per millisecond
  /// @param reset index of the first sample after a reset, whose values are used while they are
  ///   positive; -1 if there is none
  /// @param slopeAfterReset increase per millisecond after it
  /// @param least no value is lower
  /// @param most no value is higher
  private record Line(
      int from, double slope, int reset, double slopeAfterReset, double least, double most) {
    static final Line NONE = new Line(0, 0);

    Line(int from, double slope) {
      this(from, slope, -1, 0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    double at(SampleWindow series, long at) {
      if (reset >= 0 && slopeAfterReset > 0) {
        double sinceReset = series.value(reset) + slopeAfterReset * (at - series.timestamp(reset));
        if (sinceReset > 0) {
          return sinceReset;
        }
      }
      double value = series.value(from);
      double assumed = Math.clamp(value + slope * (at - series.timestamp(from)), least, most);
      // A counter that was 0 in the hole has been reset there, after the same increase.
      return value >= 0 && assumed < 0 ? assumed + slope * BEFORE_RESET_MILLIS : assumed;
    }
  }

  /* Returns the values of a hole. They have the same line, since its slopes take some time. */
  private Line line(SampleWindow series, int before, int after, long spacing) {
    if (this == NEXT) {
      return new Line(before, steepest(series, 0, before, spacing));
    }
    if (this == BUSY && isSteady(series)) {
      return new Line(before, unknownSlope(series));
    }
    if (series.size() == 1) {
      return new Line(0, this == SLOPE ? 0 : unknownSlope(series));
    }
    if (before < 0) {
      // Before its first sample, a counter may have increased as fast as between any two after it.
      double slope = steepestAfter(series, after, spacing);
      // Perhaps the series had ended before, and the counter still increased in the hole.
      boolean mayHaveIncreased = slope == 0 && after > 0;
      return new Line(after, mayHaveIncreased ? slopeBefore(series, after - 1) : slope);
    }
    if (after >= series.size()) {
      return new Line(
          before,
          this == AS_AFTER ? steepest(series, 0, before, NO_HOLES) : slopeBefore(series, before));
    }
    if (!isReset(series.value(before), series.value(after))
        && !(this == UNSTEADY_SLOPE && mayHaveBeenReset(series, before, after))) {
      if (this == AS_AFTER && series.value(after) > series.value(before)) {
        boolean showsSlope = after < series.size() - 1;
        return new Line(
            showsSlope ? after : before,
            showsSlope ? steepestAfter(series, after, spacing) : slopeBefore(series, before),
            -1,
            0,
            series.value(before),
            series.value(after));
      }
      return new Line(
          before,
          (series.value(after) - series.value(before))
              / (series.timestamp(after) - series.timestamp(before)));
    }
    double slope = slopeAfter(series, after);
    // One sample before the hole shows no slope.
    return new Line(
        before,
        before == 0 ? slope : slopeBefore(series, before),
        after,
        slope,
        Double.NEGATIVE_INFINITY,
        Double.POSITIVE_INFINITY);
  }

  private static boolean isSteady(SampleWindow series) {
    for (int i = 1; i < series.size(); i++) {
      if (series.value(i) != series.value(0)) {
        return false;
      }
    }
    return true;
  }

  /* A series that shows no slope may be a counter that doubles in a second. */
  private static double unknownSlope(SampleWindow series) {
    return Math.max(1, series.value(0)) / 1000;
  }

  /* Returns whether a counter would have been 0 within a hole after which it increases so fast. */
  private static boolean mayHaveBeenReset(SampleWindow series, int before, int after) {
    long length = series.timestamp(after) - series.timestamp(before);
    return series.value(before) >= 0 && series.value(after) < slopeAfter(series, after) * length;
  }

  private static double slopeAfter(SampleWindow series, int first) {
    return slope(series, first, Math.min(series.size() - 1, first + SLOPE_SAMPLES));
  }

  /* Returns the highest increase per millisecond between two samples next to each other; 0 for
   * values that also decrease. In a hole, all of it may have happened within one interval. */
  private static double steepest(SampleWindow series, int from, int to, long spacing) {
    double steepest = slope(series, from, to);
    for (int i = from; steepest > 0 && i < to; i++) {
      long between = series.timestamp(i + 1) - series.timestamp(i);
      double intervals = between > spacing + spacing / 2 ? (double) between / spacing : 1;
      steepest = Math.max(steepest, slope(series, i, i + 1) * intervals);
    }
    return steepest;
  }

  private static double steepestAfter(SampleWindow series, int first, long spacing) {
    return steepest(series, first, Math.min(series.size() - 1, first + SLOPE_SAMPLES), spacing);
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
