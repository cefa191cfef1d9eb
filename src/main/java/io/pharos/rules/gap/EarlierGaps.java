package io.pharos.rules.gap;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.SourceHistory;
import io.pharos.trouble.TimeContinuity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Finds the gaps that earlier processes left in a store. Each scrape writes the series `up`, also
/// if the target is down; so a hole in it is a scrape that Pharos did not make.
public final class EarlierGaps {
  /// Gaps of single targets are found in this many targets. A gap of the whole process is a gap of
  /// each target, so more targets show no more of them.
  private static final int MAX_SERIES = 200;

  private EarlierGaps() {}

  /// Returns the gaps of the last two days, and the time before the oldest sample.
  public static List<ObservationGaps.Missing> find(Queryable store, Instant now) {
    long to = now.toEpochMilli();
    long from = to - ObservationGaps.KEPT.toMillis();
    SeriesSet series =
        store.select(List.of(LabelMatcher.equal(Labels.METRIC_NAME, "up")), from, to);
    var targets = new ArrayList<SampleWindow>();
    for (int i = 0; i < Math.min(MAX_SERIES, series.size()); i++) {
      var up = new SampleWindow();
      series.read(i, from, to, up);
      targets.add(up);
    }
    List<ObservationGaps.Missing> found = absences(targets);
    List<ObservationGaps.Missing> absences = List.copyOf(found);
    for (int i = 0; i < targets.size(); i++) {
      addHoles(series.labels(i).withoutMetricName(), targets.get(i), to, absences, found);
    }
    found.addAll(failures(series, targets));
    return found;
  }

  /* Returns the times in which targets themselves failed, as the process that scraped them knew
   * them; the latest last, because the earliest are forgotten first. */
  private static List<ObservationGaps.Missing> failures(
      SeriesSet series, List<SampleWindow> targets) {
    var found = new ArrayList<ObservationGaps.Missing>();
    for (int i = 0; i < targets.size(); i++) {
      addFailures(series.labels(i).withoutMetricName(), targets.get(i), found);
    }
    found.sort(Comparator.comparingLong(ObservationGaps.Missing::toMillis));
    return found;
  }

  private static void addFailures(
      Labels target, SampleWindow up, List<ObservationGaps.Missing> found) {
    boolean failing = false;
    long lastGood = Long.MIN_VALUE;
    long from = 0;
    int good = 0;
    for (int i = 0; i < up.size(); i++) {
      long at = up.timestamp(i);
      if (up.value(i) == 1) {
        lastGood = at;
        if (failing && ++good >= ObservationGaps.SAMPLES_TO_END_GAP) {
          found.add(ObservationGaps.Missing.failure(target, from, at));
          failing = false;
        }
      } else if (!StaleMarker.is(up.value(i))) {
        good = 0;
        if (!failing) {
          failing = true;
          from = lastGood == Long.MIN_VALUE ? at : lastGood;
        }
      }
    }
    if (failing) {
      found.add(ObservationGaps.Missing.failure(target, from, up.timestamp(up.size() - 1)));
    }
  }

  /// Returns what the series `up` tells about sources that fail since this process started.
  public static SourceHistory history(Queryable store) {
    return (source, before) -> lastGood(store, source, before.toEpochMilli());
  }

  private static Optional<Instant> lastGood(Queryable store, Labels source, long before) {
    var matchers = new ArrayList<LabelMatcher>();
    matchers.add(LabelMatcher.equal(Labels.METRIC_NAME, "up"));
    source.forEach((name, value) -> matchers.add(LabelMatcher.equal(name, value)));
    long from = before - ObservationGaps.KEPT.toMillis();
    SeriesSet series = store.select(matchers, from, before);
    var up = new SampleWindow();
    for (int i = 0; i < series.size(); i++) {
      if (series.labels(i).withoutMetricName().equals(source)) {
        series.read(i, from, before, up);
      }
    }
    for (int i = up.size() - 1; i >= 0; i--) {
      if (up.value(i) == 1) {
        return Optional.of(Instant.ofEpochMilli(up.timestamp(i)));
      }
    }
    return Optional.empty();
  }

  /* While no target was scraped, the process did not run. */
  private static List<ObservationGaps.Missing> absences(List<SampleWindow> targets) {
    long[] scrapes =
        targets.stream()
            .flatMapToLong(up -> Arrays.stream(up.timestamps(), 0, up.size()))
            .sorted()
            .toArray();
    var found = new ArrayList<ObservationGaps.Missing>();
    long pause =
        Math.max(
            2 * TimeContinuity.GAP.toMillis(),
            2 * FilledSamples.spacing(scrapes, FilledSamples.DEFAULT_SPACING_MILLIS));
    long before = Long.MIN_VALUE;
    for (long scrape : scrapes) {
      if (before == Long.MIN_VALUE || scrape - before > pause) {
        // In a part of this time, the clock may have been set ahead.
        long step = before == Long.MIN_VALUE ? 0 : scrape - before - 1;
        found.add(
            new ObservationGaps.Missing(
                Labels.empty(),
                before,
                scrape,
                "no target was scraped by an earlier process",
                new ObservationGaps.Step(step, false),
                false));
      }
      before = scrape;
    }
    return found;
  }

  /* Adds the holes of a target that are not part of an absence. Their ends differ from those of the
   * absence by the time between two scrapes of the target. */
  private static void addHoles(
      Labels target,
      SampleWindow up,
      long end,
      List<ObservationGaps.Missing> absences,
      List<ObservationGaps.Missing> found) {
    long spacing = FilledSamples.spacing(up, FilledSamples.DEFAULT_SPACING_MILLIS);
    for (int i = 1; i <= up.size(); i++) {
      long from = up.timestamp(i - 1);
      long to = i < up.size() ? up.timestamp(i) : end;
      if (to - from > spacing + spacing / 2
          && !StaleMarker.is(up.value(i - 1))
          && absences.stream()
              .noneMatch(
                  it -> it.fromMillis() - spacing <= from && it.toMillis() + spacing >= to)) {
        found.add(
            new ObservationGaps.Missing(target, from, to, "an earlier process did not scrape it"));
      }
    }
  }
}
