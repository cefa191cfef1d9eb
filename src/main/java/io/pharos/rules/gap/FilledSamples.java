package io.pharos.rules.gap;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.ObservationGaps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A store whose series have assumed samples in the holes that past gaps left. For one query.
final class FilledSamples implements Queryable {
  /// What is assumed about the samples of a query.
  ///
  /// @param fill the samples that Pharos failed to collect
  /// @param ofFailures the samples of sources that failed themselves
  /// @param steps the steps of the clock before which samples get other times
  /// @param other a time in whose gaps the samples that Pharos failed to collect are assumed
  ///   otherwise
  record Assumption(Fill fill, Fill ofFailures, AssumedSteps steps, Optional<Other> other) {
    /// The assumption about the samples in one time.
    record Other(GapSpan span, Fill fill) {}

    /// Returns the assumption about samples that Pharos failed to collect in a hole.
    Fill fill(long from, long until) {
      return other.filter(it -> it.span.overlaps(from, until)).map(Other::fill).orElse(fill);
    }
  }

  /// How far before and after a gap samples are read, in milliseconds. They show the spacing and
  /// the slope of a series. Equal to the default lookback of PromQL.
  private static final long CONTEXT_MILLIS = 300_000;

  /// Maximum spacing of series that have few samples around the gap, in milliseconds: a common
  /// scrape interval.
  static final long DEFAULT_SPACING_MILLIS = 15_000;

  private static final String UP = "up";

  /* With fewer samples, any of the times between two could be a hole. */
  private static final int MIN_SAMPLES_FOR_SPACING = 5;

  private final Queryable store;
  private final List<ObservationGaps.Missing> gaps;
  private final List<ObservationGaps.Missing> failures;
  private final Assumption assumption;
  private final Map<Labels, Long> intervals;
  private final long shortestInterval;
  private final long now;
  private final Set<ObservationGaps.Missing> touched = new LinkedHashSet<>();
  private final Set<ObservationGaps.Missing> stepsBefore = new LinkedHashSet<>();
  private final RecomputedSeries recomputed;
  private final Set<Fill> further = EnumSet.noneOf(Fill.class);

  /// @param failures the times in which sources failed themselves: a series that is new after one
  ///   that began in a gap, or before it, may have begun in the gap
  /// @param intervals milliseconds between samples, by the labels of their source
  /// @param now end of the known samples, in Unix milliseconds
  /// @param engine returns the evaluator of another store
  FilledSamples(
      Queryable store,
      List<ObservationGaps.Missing> gaps,
      List<ObservationGaps.Missing> failures,
      Assumption assumption,
      Map<Labels, Long> intervals,
      long now,
      Recordings recordings,
      Function<Queryable, Evaluator> engine) {
    this.recomputed = new RecomputedSeries(recordings, () -> engine.apply(this), store);
    this.intervals = intervals;
    this.shortestInterval =
        intervals.values().stream()
            .mapToLong(Long::longValue)
            .filter(interval -> interval < DEFAULT_SPACING_MILLIS)
            .min()
            .orElse(DEFAULT_SPACING_MILLIS);
    this.store = store;
    this.gaps = gaps;
    this.failures = failures;
    this.assumption = assumption;
    this.now = now;
  }

  /// Returns the gaps that left holes in the samples read so far. Without any, the results are
  /// those of the store.
  List<ObservationGaps.Missing> touched() {
    return List.copyOf(touched);
  }

  /// Returns the further assumptions that matter for the samples read so far.
  Set<Fill> further() {
    return further;
  }

  /// Returns the steps of the clock that may change which samples the selections so far contain.
  List<ObservationGaps.Missing> stepsBefore() {
    return List.copyOf(stepsBefore);
  }

  @Override
  public SeriesSet select(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    Optional<SeriesSet> recorded =
        recomputed.select(matchers, firstGap(), fromMillis, Math.min(now, toMillis));
    if (recorded.isPresent()) {
      return recorded.get();
    }
    List<ObservationGaps.Missing> affecting =
        gaps.stream().filter(gap -> gap.affects(matchers)).toList();
    if (relevant(affecting, fromMillis, toMillis).isEmpty()) {
      return store.select(matchers, fromMillis, toMillis);
    }
    var all = new AssumedSteps(affecting);
    long[] widest = all.widen(affecting, fromMillis - CONTEXT_MILLIS, toMillis);
    List<ObservationGaps.Missing> steps =
        new AssumedSteps(relevant(affecting, widest[0], widest[1])).gaps();
    stepsBefore.addAll(steps);
    touched.addAll(steps);
    long[] range = assumption.steps.widen(affecting, fromMillis, toMillis);
    List<ObservationGaps.Missing> relevant = relevant(affecting, range[0], range[1]);
    long earliest = range[0];
    long latest = range[1];
    for (ObservationGaps.Missing gap : relevant) {
      earliest = Math.min(earliest, gap.hasOpenStart() ? gap.toMillis() : gap.fromMillis());
      latest = Math.max(latest, gap.toMillis());
      for (ObservationGaps.Missing failure : failures) {
        if (OwnGaps.continues(failure, gap.toMillis())) {
          latest = Math.max(latest, failure.toMillis());
        }
        if (OwnGaps.mayEndIn(failure, gap, DEFAULT_SPACING_MILLIS, now)) {
          earliest = Math.min(earliest, failure.fromMillis());
        }
      }
    }
    long start = assumption.steps.widen(affecting, contextStart(affecting, earliest), latest)[0];
    long end = Math.min(now, latest + CONTEXT_MILLIS);
    AssumedSteps applied = assumption.steps.among(relevant(affecting, start, latest));
    return new Filled(
        store.select(matchers, start, end), applied.moveAll(relevant), applied, start, end);
  }

  /// Returns the times of gaps. In one of them, a series has at most one hole.
  static List<GapSpan> spans(List<ObservationGaps.Missing> gaps) {
    return GapSpan.joined(gaps, 2 * DEFAULT_SPACING_MILLIS);
  }

  /* Samples that Pharos failed to collect show nothing: those before them do. */
  private static long contextStart(List<ObservationGaps.Missing> gaps, long earliest) {
    long start = earliest - CONTEXT_MILLIS;
    return gaps.stream()
        .filter(gap -> !gap.ofSource() && !gap.hasOpenStart())
        .filter(gap -> gap.toMillis() > start && gap.fromMillis() < earliest)
        .mapToLong(gap -> gap.fromMillis() - CONTEXT_MILLIS)
        .reduce(start, Math::min);
  }

  /* A measured step also moves what a window before it contains. */
  static List<ObservationGaps.Missing> relevant(
      List<ObservationGaps.Missing> gaps, long fromMillis, long toMillis) {
    List<GapSpan> spans =
        spans(gaps).stream().filter(span -> span.overlaps(fromMillis, toMillis)).toList();
    return gaps.stream()
        .filter(
            gap ->
                spans.stream().anyMatch(span -> span.overlaps(gap.fromMillis(), gap.toMillis()))
                    || (gap.step().isMeasured() && fromMillis < gap.toMillis()))
        .toList();
  }

  private long firstGap() {
    return gaps.stream().mapToLong(ObservationGaps.Missing::fromMillis).min().orElse(now);
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    return store.labelNames(matchers, fromMillis, toMillis);
  }

  @Override
  public List<String> labelValues(
      String name, List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    return store.labelValues(name, matchers, fromMillis, toMillis);
  }

  /// Series with assumed samples.
  private final class Filled implements SeriesSet {
    private final SeriesSet stored;
    private final List<ObservationGaps.Missing> gaps;
    private final AssumedSteps steps;
    private final long start;
    private final long end;
    private final SampleWindow read = new SampleWindow();
    private final SampleWindow around = new SampleWindow();
    private final List<String> sourceLabels;
    private Labels last = Labels.empty();
    private @Nullable OwnGaps own;

    Filled(
        SeriesSet stored,
        List<ObservationGaps.Missing> gaps,
        AssumedSteps steps,
        long start,
        long end) {
      this.stored = stored;
      this.gaps = gaps;
      this.steps = steps;
      this.start = start;
      this.end = end;
      this.sourceLabels =
          Stream.concat(gaps.stream(), failures.stream())
              .flatMap(gap -> gap.labels().names().stream())
              .distinct()
              .toList();
    }

    @Override
    public int size() {
      return stored.size();
    }

    @Override
    public Labels labels(int i) {
      return stored.labels(i);
    }

    @Override
    public long generation() {
      return stored.generation();
    }

    @Override
    public void read(int i, long fromMillis, long toMillis, SampleWindow window) {
      OwnGaps own = concerning(labels(i));
      if (own.all.isEmpty()) {
        stored.read(i, fromMillis, toMillis, window);
        return;
      }
      read.clear();
      stored.read(i, start, end, read);
      around.clear();
      boolean isUp = UP.equals(labels(i).get(Labels.METRIC_NAME));
      SampleWindow moved = read;
      if (!steps.gaps().isEmpty()) {
        moved = new SampleWindow();
        boolean isShort = read.size() < MIN_SAMPLES_FOR_SPACING;
        steps.moveAll(read, isShort ? shortestInterval : spacing(read, shortestInterval), moved);
      }
      SampleWindow series = moved;
      if (!own.assumedAway.isEmpty()) {
        copyWithoutFailures(moved, own.assumedAway, isUp, around);
        series = around;
      }
      if (series.size() < moved.size()) {
        touched.addAll(own.all);
      }
      var holes = new Holes(series, own, assumption, fromMillis, toMillis, now, shortestInterval);
      if (holes.fill(window)) {
        touched.addAll(own.all);
      }
      further.addAll(holes.further());
    }

    /* No hole affects a sample after all gaps. */
    @Override
    public void readNewest(int i, long fromMillis, long toMillis, SampleWindow window) {
      int before = window.size();
      stored.readNewest(i, fromMillis, toMillis, window);
      int newest = window.size() - 1;
      if (newest < before
          || Fill.isStale(window, newest)
          || !steps.gaps().isEmpty()
          || !isAfter(concerning(labels(i)).all, window.timestamp(newest))) {
        window.truncate(before);
        read(i, fromMillis, toMillis, window);
      }
    }

    /* The last sample of a failure of a source is at its end. */
    private static boolean isAfter(List<ObservationGaps.Missing> own, long at) {
      return own.stream()
          .allMatch(gap -> gap.ofSource() ? at > gap.toMillis() : at >= gap.toMillis());
    }

    private OwnGaps concerning(Labels series) {
      if (own == null || !isOfLastSource(series)) {
        own = new OwnGaps(concerning(gaps, series), concerning(failures, series), steps, intervals);
      }
      last = series;
      return own;
    }

    /* Neighbouring series often have the same source. */
    private boolean isOfLastSource(Labels series) {
      for (String name : sourceLabels) {
        if (!series.get(name).equals(last.get(name))) {
          return false;
        }
      }
      return true;
    }

    private static List<ObservationGaps.Missing> concerning(
        List<ObservationGaps.Missing> all, Labels series) {
      var found = new ArrayList<ObservationGaps.Missing>(all.size());
      for (ObservationGaps.Missing one : all) {
        if (one.concerns(series)) {
          found.add(one);
        }
      }
      return found;
    }
  }

  /* While its source fails, a series is assumed to continue as if the source answered. So its end
   * there does not count, nor do the zeros of `up`. */
  private static void copyWithoutFailures(
      SampleWindow from, List<ObservationGaps.Missing> failures, boolean isUp, SampleWindow to) {
    for (int i = 0; i < from.size(); i++) {
      long at = from.timestamp(i);
      if (!(isUp || Fill.isStale(from, i))
          || failures.stream().noneMatch(gap -> at > gap.fromMillis() && at <= gap.toMillis())) {
        to.add(from, i);
      }
    }
  }

  /// Returns the usual time between two samples, in milliseconds: the lower quartile, because holes
  /// are longer.
  static long spacing(SampleWindow series, long otherwise) {
    if (series.size() >= MIN_SAMPLES_FOR_SPACING && isRegular(series)) {
      return Math.max(1, series.timestamp(1) - series.timestamp(0));
    }
    return spacing(Arrays.copyOf(series.timestamps(), series.size()), otherwise);
  }

  private static boolean isRegular(SampleWindow series) {
    long first = series.timestamp(1) - series.timestamp(0);
    for (int i = 2; i < series.size(); i++) {
      if (series.timestamp(i) - series.timestamp(i - 1) != first) {
        return false;
      }
    }
    return true;
  }

  /// Returns the usual time between two of these sorted times.
  static long spacing(long[] times, long otherwise) {
    int count = times.length - 1;
    if (count <= 0) {
      return otherwise;
    }
    var between = new long[count];
    for (int i = 0; i < count; i++) {
      between[i] = times[i + 1] - times[i];
    }
    Arrays.sort(between);
    return times.length < MIN_SAMPLES_FOR_SPACING
        ? Math.clamp(between[0], 1, otherwise)
        : Math.max(1, between[count / 4]);
  }
}
