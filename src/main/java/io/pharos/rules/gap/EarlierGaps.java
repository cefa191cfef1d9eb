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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the gaps that earlier processes left in a store. Each scrape writes the series `up`, also
/// if the target is down; so a hole in it is a scrape that Pharos did not make.
public final class EarlierGaps {
  /// Gaps of single targets are found in this many targets. A gap of the whole process is a gap of
  /// each target, so more targets show no more of them.
  private static final int MAX_SERIES = 200;

  /// A process that starts scrapes each of its targets within so many intervals: the first scrape
  /// is due within one, and may be late by some. A target whose first scrape is later was added
  /// later.
  private static final int LATEST_START_INTERVALS = 8;

  private static final String NOT_SCRAPED = "an earlier process did not scrape it";
  private static final String ADDED = "scrape_series_added";

  private final Queryable store;
  private final Map<String, Duration> intervals;
  private final long now;
  private final long from;
  private final long to;

  /* The series `up`, by the labels of their targets. */
  private final Map<Labels, SampleWindow> targets = new LinkedHashMap<>();
  private final boolean areAllTargets;
  private final List<ObservationGaps.Missing> found = new ArrayList<>();

  private EarlierGaps(Queryable store, Instant now, Map<String, Duration> intervals) {
    this.store = store;
    this.intervals = intervals;
    this.now = now.toEpochMilli();
    this.from = now.minus(ObservationGaps.KEPT).toEpochMilli();
    this.to = now.plus(ObservationGaps.KEPT).toEpochMilli();
    SeriesSet ups = select("up");
    this.areAllTargets = ups.size() <= MAX_SERIES;
    for (int i = 0; i < Math.min(MAX_SERIES, ups.size()); i++) {
      targets.put(ups.labels(i).withoutMetricName(), read(ups, i));
    }
  }

  private SeriesSet select(String metric) {
    return store.select(List.of(LabelMatcher.equal(Labels.METRIC_NAME, metric)), from, to);
  }

  private SampleWindow read(SeriesSet series, int i) {
    var window = new SampleWindow();
    series.read(i, from, to, window);
    return window;
  }

  /// Returns the gaps of the last two days, and the time before the oldest sample. If the clock was
  /// set back by less than two days, also those that seem to be in the future.
  ///
  /// @param intervals configured time between scrapes, by job
  public static List<ObservationGaps.Missing> find(
      Queryable store, Instant now, Map<String, Duration> intervals) {
    var earlier = new EarlierGaps(store, now, intervals);
    earlier.addAbsences();
    List<ObservationGaps.Missing> absences = List.copyOf(earlier.found);
    earlier.targets.forEach(
        (target, up) -> {
          earlier.addLateStart(target, up, absences);
          earlier.addHoles(target, up, absences);
        });
    earlier.addRefusals();
    earlier.found.addAll(earlier.failures());
    return earlier.found;
  }

  /* Adds the times in which new series of targets were refused, and those in which no scrape of a
   * target succeeded or failed yet: then a scrape does not tell the number of new series. */
  private void addRefusals() {
    SeriesSet series = select(ADDED);
    for (int i = 0; i < series.size(); i++) {
      Labels target = series.labels(i).withoutMetricName();
      if (areAllTargets || targets.containsKey(target)) {
        SampleWindow up = targets.getOrDefault(target, new SampleWindow());
        SampleWindow added = read(series, i);
        long first = up.size() == 0 ? now : up.timestamp(0);
        if (added.size() > 0 && added.timestamp(0) < first) {
          found.add(new ObservationGaps.Missing(target, added.timestamp(0), first, NOT_SCRAPED));
        }
        addRefusals(target, added, up);
      }
    }
  }

  private void addRefusals(Labels target, SampleWindow added, SampleWindow up) {
    int last = -1; // the last scrape that told the number
    boolean isRefused = false;
    for (int i = 0; i <= added.size(); i++) {
      if (i < added.size() && StaleMarker.is(added.value(i))) {
        isRefused |= isUp(up, added.timestamp(i));
        continue;
      }
      if (isRefused) {
        long first = added.timestamp(Math.max(0, last));
        long until = i < added.size() ? added.timestamp(i) : Math.max(first, now);
        found.add(
            new ObservationGaps.Missing(
                target, first, until, "an earlier process refused new series"));
      }
      last = i;
      isRefused = false;
    }
  }

  private static boolean isUp(SampleWindow up, long at) {
    int i = Arrays.binarySearch(up.timestamps(), 0, up.size(), at);
    return i >= 0 && up.value(i) == 1;
  }

  /* Returns the times in which targets themselves failed, as the process that scraped them knew
   * them; the latest last, because the earliest are forgotten first. */
  private List<ObservationGaps.Missing> failures() {
    var failures = new ArrayList<ObservationGaps.Missing>();
    targets.forEach((target, up) -> addFailures(target, up, failures));
    failures.sort(Comparator.comparingLong(ObservationGaps.Missing::toMillis));
    return failures;
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
          from = lastGood == Long.MIN_VALUE ? at - spacing(up) : lastGood; // as in failed()
        }
      }
    }
    if (failing) {
      found.add(ObservationGaps.Missing.failure(target, from, up.timestamp(up.size() - 1)));
    }
  }

  /// Returns what the series `up` tells about sources that fail since this process started.
  public static SourceHistory history(Queryable store) {
    return (source, before) -> failingSince(store, source, before.toEpochMilli());
  }

  private static Optional<Instant> failingSince(Queryable store, Labels source, long before) {
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
    return up.size() == 0 || up.timestamp(0) == before
        ? Optional.empty()
        : Optional.of(Instant.ofEpochMilli(up.timestamp(0) - spacing(up))); // as in addFailures
  }

  /* While no target was scraped, the process did not run. */
  private void addAbsences() {
    long[] scrapes =
        targets.values().stream()
            .flatMapToLong(up -> Arrays.stream(up.timestamps(), 0, up.size()))
            .sorted()
            .toArray();
    long pause =
        Math.max(
            2 * TimeContinuity.GAP.toMillis(),
            2 * FilledSamples.spacing(scrapes, FilledSamples.DEFAULT_SPACING_MILLIS));
    long before = Long.MIN_VALUE;
    for (long scrape : scrapes) {
      if (before == Long.MIN_VALUE || scrape - before > pause) {
        // A first process did not know all targets at once. Later, the clock may have been set
        // ahead in a part of this time.
        boolean isFirst = before == Long.MIN_VALUE;
        long until = isFirst ? scrape + TimeContinuity.SETTLING.toMillis() : scrape;
        long step = isFirst ? 0 : scrape - before - 1;
        found.add(
            new ObservationGaps.Missing(
                Labels.empty(),
                before,
                until,
                "no target was scraped by an earlier process",
                new ObservationGaps.Step(step, false),
                false));
      }
      before = scrape;
    }
  }

  private long configured(Labels target) {
    return intervals.getOrDefault(target.get("job"), ObservationGaps.KEPT).toMillis();
  }

  private static long spacing(SampleWindow up) {
    return FilledSamples.spacing(up, FilledSamples.DEFAULT_SPACING_MILLIS);
  }

  /* Adds the time from the start of a process to the first sample of a target if that was taken
   * late: then the target was due since an unknown time. */
  private void addLateStart(
      Labels target, SampleWindow up, List<ObservationGaps.Missing> absences) {
    if (up.size() < 2) {
      return;
    }
    long first = up.timestamp(0);
    long usual = Math.min(configured(target), spacing(up));
    if (up.timestamp(1) - first < usual - usual / 10) {
      absences.stream()
          .filter(
              it ->
                  it.toMillis() < first && it.toMillis() >= first - LATEST_START_INTERVALS * usual)
          .findFirst()
          .ifPresent(
              it ->
                  found.add(
                      new ObservationGaps.Missing(target, it.toMillis(), first, NOT_SCRAPED)));
    }
  }

  /* Adds the holes of a target that are not part of an absence. Their ends differ from those of the
   * absence by the time between two scrapes of the target. If most of them were late, the samples
   * show a longer time than the configured one, which applies since a scrape that was in time: then
   * several that were a little late each show that one was skipped. */
  private void addHoles(Labels target, SampleWindow up, List<ObservationGaps.Missing> absences) {
    long configured = configured(target);
    long spacing = spacing(up);
    long late = 0;
    for (int i = 1; i <= up.size(); i++) {
      long before = up.timestamp(i - 1);
      long after = i < up.size() ? up.timestamp(i) : now;
      if (Math.abs(after - before - configured) <= configured / 10) {
        spacing = Math.min(spacing, configured);
        late = 0;
      }
      late = Math.max(0, late + after - before - spacing);
      boolean isSkipped = spacing == configured && i < up.size() && late > spacing / 2;
      late -= isSkipped ? spacing : 0;
      if ((isSkipped || after - before > spacing + spacing / 2)
          && !StaleMarker.is(up.value(i - 1))
          && !isPart(before, after, absences, spacing)) {
        found.add(new ObservationGaps.Missing(target, before, after, NOT_SCRAPED));
      }
    }
  }

  private static boolean isPart(
      long from, long until, List<ObservationGaps.Missing> gaps, long tolerance) {
    return gaps.stream()
        .anyMatch(it -> it.fromMillis() - tolerance <= from && it.toMillis() + tolerance >= until);
  }
}
