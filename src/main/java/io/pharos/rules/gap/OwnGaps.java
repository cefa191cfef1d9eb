package io.pharos.rules.gap;

import io.pharos.model.Labels;
import io.pharos.trouble.ObservationGaps;
import java.util.List;
import java.util.Map;

/// The gaps of the source of a series.
final class OwnGaps {
  /// The gaps to fill, and those of them in which the source failed itself.
  final List<ObservationGaps.Missing> all;

  final List<ObservationGaps.Missing> assumedAway;

  /// The times in which the source failed itself, whether they are filled or not.
  final List<ObservationGaps.Missing> failed;

  /// The shortest interval of the sources, in milliseconds.
  final long interval;

  private final List<ObservationGaps.Missing> ofPharos;
  private final List<ObservationGaps.Missing> bounded;
  private List<GapSpan> spans = List.of();
  private long joinedFor = -1;

  /// @param gaps the gaps to fill
  /// @param failures the times in which the source failed itself
  /// @param steps the steps of the clock that move these failures; the gaps are moved already
  /// @param intervals milliseconds between samples, by the labels of their source
  OwnGaps(
      List<ObservationGaps.Missing> gaps,
      List<ObservationGaps.Missing> failures,
      AssumedSteps steps,
      Map<Labels, Long> intervals) {
    this.all = gaps;
    this.assumedAway = gaps.stream().filter(ObservationGaps.Missing::ofSource).toList();
    this.ofPharos = gaps.stream().filter(gap -> !gap.ofSource()).toList();
    this.bounded = ofPharos.stream().filter(gap -> !gap.hasOpenStart()).toList();
    this.failed = steps.moveAll(failures);
    this.interval =
        gaps.stream()
            .mapToLong(gap -> intervals.getOrDefault(gap.labels(), Long.MAX_VALUE))
            .min()
            .orElse(Long.MAX_VALUE);
  }

  /// Returns whether a source failed from a time on, or longer.
  static boolean continues(ObservationGaps.Missing failure, long from) {
    return failure.fromMillis() <= from && failure.toMillis() > from;
  }

  /// Returns the times of the gaps for series with this spacing.
  List<GapSpan> spans(long spacing) {
    if (joinedFor != spacing) {
      spans = GapSpan.joined(all, 2 * spacing);
      joinedFor = spacing;
    }
    return spans;
  }

  /// Returns whether Pharos lacks samples in a time because of a fault of its own.
  boolean isUnobserved(long from, long until) {
    return bounded.stream().anyMatch(gap -> gap.fromMillis() < until && gap.toMillis() > from);
  }

  /// Returns whether Pharos did not run in a part of a time.
  boolean isOfAbsence(GapSpan span) {
    return bounded.stream()
        .anyMatch(gap -> gap.labels().isEmpty() && span.overlaps(gap.fromMillis(), gap.toMillis()));
  }

  /// Returns whether the clock was set in a time, which moves the times of later samples.
  boolean hasStep(long from, long until) {
    return ofPharos.stream()
        .anyMatch(
            gap -> gap.step().isMeasured() && gap.fromMillis() < until && gap.toMillis() > from);
  }

  /// Returns whether a source failed until a gap that has not ended, so that it may be back in it.
  static boolean mayEndIn(
      ObservationGaps.Missing failure, ObservationGaps.Missing gap, long spacing, long now) {
    return gap.toMillis() + spacing > now
        && failure.fromMillis() < gap.fromMillis()
        && failure.toMillis() + 2 * spacing >= gap.fromMillis();
  }

  /// Returns whether a gap that Pharos left is exactly the time between two samples.
  ///
  /// @param tolerance milliseconds
  boolean isBetween(long from, long until, long tolerance) {
    for (ObservationGaps.Missing gap : bounded) { // no stream: called for each sample
      if (Math.abs(gap.fromMillis() - from) <= tolerance
          && Math.abs(gap.toMillis() - until) <= tolerance) {
        return true;
      }
    }
    return false;
  }
}
