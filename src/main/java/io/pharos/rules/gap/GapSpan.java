package io.pharos.rules.gap;

import io.pharos.trouble.ObservationGaps;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A time in which samples may be missing, in Unix milliseconds.
record GapSpan(long from, long to) {
  boolean overlaps(long start, long end) {
    return from < end && to > start;
  }

  /// Returns the times of gaps in order. Gaps with at most `between` milliseconds between them are
  /// joined.
  static List<GapSpan> joined(List<ObservationGaps.Missing> gaps, long between) {
    var joined = new ArrayList<GapSpan>();
    gaps.stream()
        .map(gap -> new GapSpan(gap.fromMillis(), gap.toMillis()))
        .sorted(Comparator.comparingLong(GapSpan::from))
        .forEach(
            span -> {
              GapSpan last = joined.isEmpty() ? null : joined.getLast();
              if (last == null || span.from > last.to + between) {
                joined.add(span);
              } else {
                joined.set(joined.size() - 1, new GapSpan(last.from, Math.max(last.to, span.to)));
              }
            });
    return joined;
  }
}
