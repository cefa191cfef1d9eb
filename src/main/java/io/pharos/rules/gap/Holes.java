package io.pharos.rules.gap;

import io.pharos.storage.SampleWindow;
import io.pharos.trouble.ObservationGaps;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The holes of one series: times without samples that overlap a gap and are longer than the usual
/// time between its samples. Samples around a gap that follow each other irregularly were taken
/// late; instead of them, those are assumed that would have been taken in time.
final class Holes {
  /// Number of samples that may follow each other in the usual time although they were late. More
  /// are taken for samples that were in time.
  private static final int EQUALLY_LATE = 2;

  private final SampleWindow series;
  private final OwnGaps own;
  private final FilledSamples.Assumption assumption;
  private final long earliest;
  private final long latest;
  private final long now;
  private final long spacing;
  private final List<GapSpan> spans;
  private boolean touched;
  private boolean rises;
  private boolean falls;

  /* Whether the newest samples were replaced because they were taken late, and the time of one
   * that was not. */
  private boolean isNewestLate;
  private long inTime;
  private final Set<Fill> further = EnumSet.noneOf(Fill.class);

  /// @param earliest time before which no assumed samples are needed
  /// @param latest time after which none are needed
  /// @param now end of the known samples, in Unix milliseconds
  /// @param shortestInterval spacing of a series that does not show it
  Holes(
      SampleWindow stored,
      OwnGaps own,
      FilledSamples.Assumption assumption,
      long earliest,
      long latest,
      long now,
      long shortestInterval) {
    this.own = own;
    this.assumption = assumption;
    this.earliest = earliest;
    this.latest = latest;
    this.now = now;
    // While a source is late for long, its samples do not show its interval, but one that is longer
    // or a little shorter.
    long shown = FilledSamples.spacing(stored, shortestInterval);
    this.spacing = shown > own.interval / 4 * 3 ? own.interval : shown;
    this.spans = own.spans(spacing);
    this.series = stored;
  }

  /// Appends the samples of the series and those assumed in its holes, as far as they are needed.
  ///
  /// @return whether they differ from those of the series
  boolean fill(SampleWindow to) {
    if (series.size() == 0) {
      return false;
    }
    fillStart(to);
    add(0, to);
    for (int i = 0; i + 1 < series.size() && series.timestamp(i) <= latest; ) {
      int end = irregularUntil(i);
      if (end > i && isFilled(i, end)) {
        fillIrregular(i, end, to);
        i = end;
      } else {
        do {
          add(++i, to);
        } while (i < end);
      }
    }
    fillEnd(to);
    if (rises && falls) {
      further.addAll(Fill.OF_BOTH_WAYS);
    }
    return touched;
  }

  /// Returns the further assumptions that matter for the wanted samples.
  Set<Fill> further() {
    return further;
  }

  private void add(int i, SampleWindow to) {
    long at = series.timestamp(i);
    if (at >= earliest && at <= latest) {
      to.add(series, i);
    }
  }

  /* Returns the index of the last sample after this one that did not follow the one before it in
   * the usual time. A few that did may be between: they were equally late. */
  private int irregularUntil(int i) {
    int end = i;
    for (int at = i; at + 1 < series.size() && at <= end + (end > i ? EQUALLY_LATE : 0); at++) {
      if (!isInTime(1, series.timestamp(at + 1) - series.timestamp(at))) {
        end = at + 1;
      }
    }
    return end;
  }

  private boolean isInTime(long times, long since) {
    return Math.abs(since - times * spacing) <= spacing / 10;
  }

  private boolean isFilled(int first, int end) {
    for (int i = first; i < end; i++) {
      long from = series.timestamp(i);
      long until = series.timestamp(i + 1);
      boolean isLong = until - from > spacing + spacing / 2 && overlapsGap(from, until);
      if (isLong || own.isBetween(from, until, spacing / 10)) {
        return true;
      }
    }
    return false;
  }

  /* Fills the time between two samples, except to the next of them that was taken in time. */
  private void fillIrregular(int first, int end, SampleWindow to) {
    boolean hasStep = own.hasStep(series.timestamp(first), series.timestamp(end));
    boolean isNewest = end == series.size() - 1;
    int from = first;
    for (int i = first + 1; i <= end; i++) {
      if (hasStep || (i == end && !isNewest) || isInTime(from, i, end)) {
        fillBetween(from, i, grid(from, hasStep ? spacing : even(from, i)), to);
        add(i, to);
        from = i;
      }
    }
    if (from < end) {
      // A sample that was late by about a known interval seems to be in time, but is off the grid.
      Fill.Grid grid = grid(spacing == own.interval ? first : from, spacing);
      fillBetween(from, end, grid, to);
      if (isKept(end, grid)) {
        add(end, to);
      }
      isNewestLate = true;
      inTime = grid.anchor();
    }
  }

  private boolean isInTime(int from, int i, int end) {
    long since = series.timestamp(i) - series.timestamp(from);
    long times = Math.round(since / (double) spacing);
    boolean isBeforeEnd = i == end || series.timestamp(end) - series.timestamp(i) >= spacing / 2;
    return times > 0 && isInTime(times, since) && isBeforeEnd;
  }

  /* Returns the time between as many samples as fit best between two: a window would count one that
   * is too close to the next. */
  private long even(int first, int end) {
    long between = series.timestamp(end) - series.timestamp(first);
    return Math.ceilDiv(between, Math.max(1, Math.round(between / (double) spacing)));
  }

  /* Replaces the samples between two. A series that had ended may begin again, and one that exists
   * may end, anywhere between two samples. */
  private void fillBetween(int first, int end, Fill.Grid grid, SampleWindow to) {
    for (int i = first; i < end; i++) {
      long from = series.timestamp(i);
      long until = series.timestamp(i + 1);
      int before = isStale(i) ? -1 : i;
      int after = isStale(i + 1) ? series.size() : i + 1;
      if (before >= 0 && after < series.size() && from < earliest - 1 && latest + 1 < until) {
        further.add(Fill.IN_WINDOW);
      }
      if (before >= 0 && after < series.size() && until > earliest && from < latest) {
        rises |= series.value(after) > series.value(before);
        falls |= series.value(after) < series.value(before);
      }
      if (until > earliest && (before >= 0 || after < series.size())) {
        GapSpan hole = needed(Math.max(from, grid.nearest(series.timestamp(first))), until);
        assume(from, until).append(series, before, after, hole, grid, to);
      }
      if (i + 1 < end && isKept(i + 1, grid)) {
        add(i + 1, to);
      }
    }
  }

  /* A sample on the grid was taken in time; no hole contains its time. */
  private boolean isKept(int i, Fill.Grid grid) {
    return isStale(i) || grid.nearest(series.timestamp(i)) == series.timestamp(i);
  }

  /* Returns how a hole is filled. When the source failed and Pharos lacks samples too, the source
   * may have failed for a part of the hole only: what it did there tells nothing about its other
   * failures. */
  private Fill assume(long from, long until) {
    return assume(from, until, until > now);
  }

  private Fill assume(long from, long until, boolean isOpen) {
    touched |= until > earliest && from < latest;
    boolean isOfSource =
        own.assumedAway.stream().anyMatch(it -> it.fromMillis() < until && it.toMillis() > from);
    if (until > now) {
      return isOfSource ? assumption.ofFailures() : assumption.fill(from, until);
    }
    if (isOfSource) {
      return own.isUnobserved(from, until)
          ? assumption.fill(from, until).withoutDrift()
          : assumption.ofFailures().inEndedHole();
    }
    Fill fill = assumption.fill(from, until);
    return isOpen ? fill : fill.inEndedHole();
  }

  private Fill.Grid grid(int i, long between) {
    return new Fill.Grid(series.timestamp(i), between);
  }

  private GapSpan needed(long from, long until) {
    return new GapSpan(Math.max(from, earliest - 1), Math.min(until, latest + 1));
  }

  private boolean isStale(int i) {
    return Fill.isStale(series, i);
  }

  private boolean overlapsGap(long from, long until) {
    return spans.stream().anyMatch(span -> span.overlaps(from, until));
  }

  /* A series may have existed before its first sample if that is right after a gap, or after a
   * failure of its source that continues the gap. */
  private void fillStart(SampleWindow to) {
    long first = series.timestamp(0);
    if (isStale(0)) {
      return;
    }
    for (GapSpan span : spans) {
      boolean isNext = first <= span.to() + 2 * spacing;
      if (span.from() < first
          && (isNext || own.failed.stream().anyMatch(it -> coversStart(it, span)))) {
        long from = Math.max(span.from(), earliest - 1);
        long until = isNext ? first : span.to();
        assume(from, until).append(series, -1, 0, needed(from, until), grid(0, spacing), to);
        return;
      }
    }
  }

  private boolean coversStart(ObservationGaps.Missing failure, GapSpan gap) {
    return OwnGaps.continues(failure, gap.to()) && failure.toMillis() >= series.timestamp(0);
  }

  /* A series whose last sample is right before a gap may have continued in it. */
  private void fillEnd(SampleWindow to) {
    int last = series.size() - 1;
    long from = series.timestamp(last);
    if (isStale(last)) {
      fillReturn(last, to);
      return;
    }
    for (GapSpan span : spans) {
      if (span.to() > from && span.from() <= from + 2 * spacing) {
        long until = until(span);
        if (own.isOfAbsence(span)) {
          further.addAll(Fill.OF_STARTS);
        }
        fillEnd(assume(from, until, true), from, until, from, to);
        return;
      }
    }
    if (isNewestLate) {
      fillEnd(Fill.PREVIOUS, from, now + 1, inTime, to);
    }
  }

  private void fillEnd(Fill fill, long from, long until, long anchor, SampleWindow to) {
    int size = series.size();
    var grid = new Fill.Grid(anchor, spacing);
    fill.appendAll(series, size - 1, size, needed(from, until), grid, to);
  }

  /* A gap that has not ended contains the current time. */
  private long until(GapSpan span) {
    return span.to() < now ? span.to() : now + 1;
  }

  /* A series that ended because its source failed, and that did not come back before a gap, may be
   * back in it, with the increase that it had before. */
  private void fillReturn(int last, SampleWindow to) {
    long endedAt = series.timestamp(last);
    int before = last - 1;
    while (before >= 0 && isStale(before)) {
      before--;
    }
    for (GapSpan span : spans) {
      if (before >= 0
          && span.from() > endedAt
          && span.to() + spacing > now
          && own.failed.stream().anyMatch(it -> reaches(it, endedAt, span.from()))) {
        long until = until(span);
        Fill fill = assume(span.from(), until);
        if (fill != Fill.PREVIOUS) {
          fill.appendAll(
              series, before, series.size(), needed(span.from(), until), grid(before, spacing), to);
        }
        return;
      }
    }
  }

  private boolean reaches(ObservationGaps.Missing failure, long from, long until) {
    return failure.fromMillis() < from
        && failure.toMillis() >= from
        && failure.toMillis() + 2 * spacing >= until;
  }
}
