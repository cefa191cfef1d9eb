package io.pharos.release.gate;

import io.pharos.release.gate.AttributionEvidence.Interval;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What candidate and baseline did between observations, from counts that grow.
final class SideBySide {
  private final List<Interval> paired = new ArrayList<>();
  private Reading.@Nullable Counts before;
  private long alone;
  private long aloneBad;
  private int aloneDistinct;

  /// Takes the next observation. One whose counts do not fit together, or that has only one side
  /// anew (the other was not scraped between the two), waits for the one after it.
  void add(Reading.Counts counts) {
    Reading.Counts last = before;
    if (last != null && isOneSided(last, counts)) {
      return;
    }
    long total = rise(counts.total(), last == null ? 0 : last.total());
    long bad = rise(counts.bad(), last == null ? 0 : last.bad());
    Reading.Counts other = counts.baseline();
    Reading.Counts otherLast = last == null ? null : last.baseline();
    long otherTotal = rise(total(other), total(otherLast));
    long otherBad = rise(bad(other), bad(otherLast));
    if (bad < 0 || bad > total || otherBad < 0 || otherBad > otherTotal) {
      return;
    }
    before = counts;
    if (otherTotal > 0) {
      paired.add(new Interval(total, otherTotal, bad, otherBad));
    } else {
      alone += total;
      aloneBad += bad;
      aloneDistinct += bad > 0 ? 1 : 0;
    }
  }

  /* Else an outage of both would count as the candidate's while the baseline had no requests. */
  private static boolean isOneSided(Reading.Counts last, Reading.Counts now) {
    Reading.Counts other = now.baseline();
    Reading.Counts otherLast = last.baseline();
    return other != null
        && otherLast != null
        && other.series() > 0
        && !other.gone()
        && (now.newestMillis() <= last.newestMillis()
            || other.newestMillis() <= otherLast.newestMillis());
  }

  private static long rise(double to, double from) {
    return Math.round(to) - Math.round(from);
  }

  private static double total(Reading.@Nullable Counts counts) {
    return counts == null ? 0 : counts.total();
  }

  private static double bad(Reading.@Nullable Counts counts) {
    return counts == null ? 0 : counts.bad();
  }

  /// The intervals in which both had requests to answer, or the baseline alone.
  List<Interval> paired() {
    return List.copyOf(paired);
  }

  /// Requests of the candidate while the baseline had none.
  long alone() {
    return alone;
  }

  long aloneBad() {
    return aloneBad;
  }

  /// In how many intervals without a baseline the candidate had bad requests.
  int aloneDistinct() {
    return aloneDistinct;
  }
}
