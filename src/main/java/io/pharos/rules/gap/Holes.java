package io.pharos.rules.gap;

import io.pharos.storage.SampleWindow;
import io.pharos.trouble.ObservationGaps;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The holes of one series: times without samples that overlap a gap and are longer than the usual
/// time between its samples.
final class Holes {
  private final SampleWindow series;
  private final OwnGaps own;
  private final FilledSamples.Assumption assumption;
  private final long earliest;
  private final long latest;
  private final long now;
  private final long spacing;
  private final List<GapSpan> spans;
  private boolean touched;
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
    // While a source is late for long, its samples do not show its interval.
    this.spacing = Math.min(own.interval, FilledSamples.spacing(stored, shortestInterval));
    this.spans = own.spans(spacing);
    this.series = withoutLate(stored);
  }

  /// Appends the samples of the series and those assumed in its holes, as far as they are needed.
  ///
  /// @return whether they differ from those of the series
  boolean fill(SampleWindow to) {
    if (series.size() == 0) {
      return false;
    }
    fillStart(to);
    for (int i = 0; i < series.size() && series.timestamp(i) <= latest; i++) {
      if (series.timestamp(i) >= earliest) {
        to.add(series, i);
      }
      if (i + 1 < series.size() && series.timestamp(i + 1) > earliest) {
        fillBetween(i, to);
      }
    }
    fillEnd(to);
    return touched;
  }

  /// Returns the further assumptions that matter for the wanted samples.
  Set<Fill> further() {
    return further;
  }

  /* A sample that was taken so late that the next one followed at once would not exist if Pharos
   * had been in time: it would count twice. */
  private SampleWindow withoutLate(SampleWindow stored) {
    SampleWindow kept = stored;
    for (int i = 0; i < stored.size(); i++) {
      long at = stored.timestamp(i);
      boolean isExtra =
          i + 1 < stored.size()
              && stored.timestamp(i + 1) - at < spacing / 2
              && !Fill.isStale(stored, i)
              && own.isLate(at);
      if (isExtra && kept == stored) {
        kept = new SampleWindow();
        for (int j = 0; j < i; j++) {
          kept.add(stored, j);
        }
      } else if (!isExtra && kept != stored) {
        kept.add(stored, i);
      }
      touched |= isExtra && at >= earliest && at <= latest;
    }
    return kept;
  }

  /* A series that had ended may begin again, and one that exists may end, anywhere in a hole. */
  private void fillBetween(int i, SampleWindow to) {
    long from = series.timestamp(i);
    long until = series.timestamp(i + 1);
    boolean isLong = until - from > spacing + spacing / 2 && overlapsGap(from, until);
    if (isLong || own.isBetween(from, until, spacing / 10)) {
      int before = isStale(i) ? -1 : i;
      int after = isStale(i + 1) ? series.size() : i + 1;
      if (before >= 0 && after < series.size() && from < earliest - 1 && latest + 1 < until) {
        further.add(Fill.IN_WINDOW);
      }
      if (before >= 0 || after < series.size()) {
        assume(from, until)
            .append(series, before, after, needed(from, until), even(from, until), to);
      }
    }
  }

  /* Returns the time between as many samples as fit best into a hole: a window would count one that
   * is too close to the next. */
  private long even(long from, long until) {
    long count = Math.max(1, Math.round((until - from) / (double) spacing) - 1);
    return own.hasStep(from, until) ? spacing : Math.ceilDiv(until - from, count + 1);
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
        assume(from, until).append(series, -1, 0, needed(from, until), spacing, to);
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
        assume(from, until, true)
            .appendAll(series, last, series.size(), needed(from, until), spacing, to);
        return;
      }
    }
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
          fill.appendAll(series, before, series.size(), needed(span.from(), until), spacing, to);
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
