package io.pharos.trouble;

import io.pharos.model.Labels;
import io.pharos.trouble.ObservationGaps.Missing;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The gaps that have ended, of the last [ObservationGaps#KEPT]. Thread-safe.
final class PastGaps {
  /* With more past gaps, the oldest are merged, so that a query can compare all with a series. */
  private static final int MAX = 256;

  private final List<Missing> gaps = new ArrayList<>();
  private final ArrayDeque<Missing> failures = new ArrayDeque<>();

  /// Adds a gap that a fault of Pharos left, unless a known gap of all sources contains it.
  ///
  /// @param interval time between samples of the source: the ends of both gaps may differ by it
  synchronized void add(Missing added, Duration interval) {
    boolean isKnownStep =
        gaps.stream()
            .anyMatch(
                known ->
                    known.step().isMeasured()
                        && known.fromMillis() < added.toMillis()
                        && known.toMillis() > added.fromMillis());
    Missing gap =
        isKnownStep && !added.step().isMeasured()
            ? new Missing(added.labels(), added.fromMillis(), added.toMillis(), added.reason())
            : added;
    long slack = interval.toMillis() * 3 / 2;
    for (Missing known : gaps) {
      // The time of a step back is shown twice: what lies in it may be from before the step.
      if (!gap.step().isMeasured()
          && known.step().aheadMillis() >= 0
          && known.labels().isEmpty()
          && known.fromMillis() - slack <= gap.fromMillis()
          && known.toMillis() + slack >= gap.toMillis()) {
        return;
      }
    }
    gaps.addLast(gap);
    long oldest = gap.toMillis() - ObservationGaps.KEPT.toMillis();
    gaps.removeIf(old -> old.toMillis() < oldest);
    if (gaps.size() > MAX) {
      mergeOldest();
    }
  }

  /* Replaces the older half by one gap of all sources that contains them. */
  private void mergeOldest() {
    gaps.sort(Comparator.comparingLong(Missing::toMillis));
    List<Missing> oldest = gaps.subList(0, gaps.size() - MAX / 2);
    long from = oldest.stream().mapToLong(Missing::fromMillis).min().orElseThrow();
    Missing last = oldest.getLast();
    oldest.clear();
    gaps.addFirst(new Missing(Labels.empty(), from, last.toMillis(), last.reason()));
  }

  /// Adds a failure of a source. With more than 256, the oldest are forgotten.
  synchronized void addFailure(Missing failure) {
    failures.addLast(failure);
    long oldest = failure.toMillis() - ObservationGaps.KEPT.toMillis();
    failures.removeIf(old -> old.toMillis() < oldest);
    if (failures.size() > MAX) {
      failures.removeFirst();
    }
  }

  /// Returns a copy of the gaps that faults of Pharos left.
  synchronized List<Missing> all() {
    return new ArrayList<>(gaps);
  }

  /// Returns a copy of the failures of sources.
  synchronized List<Missing> failures() {
    return new ArrayList<>(failures);
  }

  /// Returns the measured steps of the clock.
  synchronized List<Missing> measuredSteps() {
    return gaps.stream().filter(gap -> gap.step().isMeasured()).toList();
  }
}
