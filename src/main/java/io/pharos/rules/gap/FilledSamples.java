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
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// A store whose series have assumed samples in the holes that past gaps left. For one query.
final class FilledSamples implements Queryable {
  /// What is assumed about the samples of a query.
  ///
  /// @param fill the samples that Pharos failed to collect
  /// @param ofFailures the samples of sources that failed themselves
  /// @param steps the steps of the clock before which samples get other times
  record Assumption(Fill fill, Fill ofFailures, Steps steps) {}

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
  private final Assumption assumption;
  private final Map<Labels, Long> intervals;
  private final long shortestInterval;
  private final long now;
  private final Set<ObservationGaps.Missing> touched = new LinkedHashSet<>();
  private final Set<ObservationGaps.Missing> stepsBefore = new LinkedHashSet<>();
  private final RecomputedSeries recomputed;

  /// @param intervals milliseconds between samples, by the labels of their source
  /// @param now end of the known samples, in Unix milliseconds
  /// @param engine returns the evaluator of another store
  FilledSamples(
      Queryable store,
      List<ObservationGaps.Missing> gaps,
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
    this.assumption = assumption;
    this.now = now;
  }

  /// Returns the gaps in the time ranges of the selections so far. Without any, the results are
  /// those of the store.
  List<ObservationGaps.Missing> touched() {
    return List.copyOf(touched);
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
    touched.addAll(relevant(affecting, fromMillis, toMillis));
    var all = new Steps(affecting);
    long[] widest = all.widen(affecting, fromMillis, toMillis);
    stepsBefore.addAll(new Steps(relevant(affecting, widest[0], widest[1])).gaps());
    long[] range = assumption.steps.widen(affecting, fromMillis, toMillis);
    List<ObservationGaps.Missing> relevant = relevant(affecting, range[0], range[1]);
    long earliest = range[0];
    long latest = range[1];
    for (ObservationGaps.Missing gap : relevant) {
      earliest = Math.min(earliest, gap.hasOpenStart() ? gap.toMillis() : gap.fromMillis());
      latest = Math.max(latest, gap.toMillis());
    }
    long start = earliest - CONTEXT_MILLIS;
    long end = Math.min(now, latest + CONTEXT_MILLIS);
    Steps applied = assumption.steps.among(relevant);
    return new Filled(
        store.select(matchers, start, end), applied.moveAll(relevant), applied, start, end);
  }

  /* A measured step also moves what a window before it contains. */
  private static List<ObservationGaps.Missing> relevant(
      List<ObservationGaps.Missing> gaps, long fromMillis, long toMillis) {
    List<Span> spans =
        Span.joined(gaps, 2 * DEFAULT_SPACING_MILLIS).stream()
            .filter(span -> span.overlaps(fromMillis, toMillis))
            .toList();
    return gaps.stream()
        .filter(
            gap ->
                spans.stream().anyMatch(span -> span.overlaps(gap.fromMillis(), gap.toMillis()))
                    || (gap.step().isMeasured() && fromMillis < gap.toMillis()))
        .toList();
  }

  /// Gaps with steps of the clock. Samples before a step get the times that the clock would have
  /// shown if it had been set earlier.
  record Steps(List<ObservationGaps.Missing> gaps) {
    static final Steps NONE = new Steps(List.of());

    Steps {
      gaps = gaps.stream().filter(gap -> gap.step().aheadMillis() != 0).toList();
    }

    Steps among(List<ObservationGaps.Missing> others) {
      return new Steps(gaps.stream().filter(others::contains).toList());
    }

    /* Returns the start and the end of the times at which the samples of a range were stored. */
    private long[] widen(List<ObservationGaps.Missing> all, long fromMillis, long toMillis) {
      var range = new long[] {fromMillis, toMillis};
      int count = -1;
      for (Steps in = NONE; in.gaps.size() > count; in = among(relevant(all, range[0], range[1]))) {
        count = in.gaps.size();
        range[0] = fromMillis - in.sum(1);
        range[1] = toMillis + in.sum(-1);
      }
      return range;
    }

    private long sum(int sign) {
      return gaps.stream().mapToLong(gap -> Math.max(0, sign * gap.step().aheadMillis())).sum();
    }

    /// Returns the time that the clock would have shown.
    long move(long at) {
      long moved = at;
      for (ObservationGaps.Missing gap : gaps) {
        if (isBefore(at, gap)) {
          moved += gap.step().aheadMillis();
        }
      }
      return moved;
    }

    /* A gap in which the clock was set ahead begins with the last sample before the step. One in
     * which it was set back begins earlier: it is the time that the clock showed twice. */
    private static boolean isBefore(long at, ObservationGaps.Missing gap) {
      return gap.step().aheadMillis() > 0 ? at <= gap.fromMillis() : at < gap.toMillis();
    }

    /* A clock that is set also moves the next scrapes. Without the step, a sample after it that
     * leaves no hole if it is missing would not exist, and windows would begin and end differently.
     * The samples before and after such a sample are less than one and a half spacings apart. */
    private boolean isExtra(SampleWindow series, int before, int i, long spacing) {
      long since = between(series, before, i);
      if (Fill.isStale(series, i) || since == series.timestamp(i) - series.timestamp(before)) {
        return false;
      }
      return i + 1 < series.size()
          ? between(series, before, i + 1) <= spacing + spacing / 2
          : since <= spacing / 2;
    }

    private long between(SampleWindow series, int from, int to) {
      return move(series.timestamp(to)) - move(series.timestamp(from));
    }

    List<ObservationGaps.Missing> moveAll(List<ObservationGaps.Missing> all) {
      return all.stream()
          .map(
              gap ->
                  new ObservationGaps.Missing(
                      gap.labels(),
                      gap.hasOpenStart()
                          ? gap.fromMillis()
                          : move(gap.fromMillis()) + Math.max(0, -gap.step().aheadMillis()),
                      move(gap.toMillis()),
                      gap.reason(),
                      ObservationGaps.Step.NONE,
                      gap.ofSource()))
          .toList();
    }

    void moveAll(SampleWindow from, long spacing, SampleWindow to) {
      int kept = -1;
      for (int i = 0; i < from.size(); i++) {
        if (kept >= 0 && isExtra(from, kept, i, spacing)) {
          continue;
        }
        kept = i;
        long moved = move(from.timestamp(i));
        var histogram = from.histogram(i);
        if (histogram == null) {
          to.add(moved, from.value(i));
        } else {
          to.add(moved, histogram);
        }
      }
    }
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
    private final Steps steps;
    private final long start;
    private final long end;
    private final SampleWindow read = new SampleWindow();
    private final SampleWindow around = new SampleWindow();
    private final SampleWindow assumed = new SampleWindow();

    Filled(
        SeriesSet stored, List<ObservationGaps.Missing> gaps, Steps steps, long start, long end) {
      this.stored = stored;
      this.gaps = gaps;
      this.steps = steps;
      this.start = start;
      this.end = end;
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
      Labels source = labels(i).withoutMetricName();
      List<ObservationGaps.Missing> own =
          gaps.stream().filter(gap -> gap.concerns(source)).toList();
      if (own.isEmpty()) {
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
      copyWithoutFailures(moved, own, isUp, around);
      assumed.clear();
      new Holes(around, own).fill(fromMillis, assumed);
      copy(assumed, fromMillis, toMillis, window);
    }
  }

  /* While its source fails, a series is assumed to continue as if the source answered. So its end
   * there does not count, nor do the zeros of `up`. */
  private static void copyWithoutFailures(
      SampleWindow from, List<ObservationGaps.Missing> gaps, boolean isUp, SampleWindow to) {
    for (int i = 0; i < from.size(); i++) {
      long at = from.timestamp(i);
      if (!(isUp || Fill.isStale(from, i))
          || gaps.stream()
              .noneMatch(gap -> gap.ofSource() && at > gap.fromMillis() && at <= gap.toMillis())) {
        to.add(from, i);
      }
    }
  }

  private static void copy(SampleWindow from, long fromMillis, long toMillis, SampleWindow to) {
    for (int i = 0; i < from.size(); i++) {
      long at = from.timestamp(i);
      if (at >= fromMillis && at <= toMillis) {
        to.add(from, i);
      }
    }
  }

  /// Returns the usual time between two samples, in milliseconds: the lower quartile, because holes
  /// are longer.
  static long spacing(SampleWindow series, long otherwise) {
    return spacing(Arrays.copyOf(series.timestamps(), series.size()), otherwise);
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

  /// A time in which samples may be missing, in Unix milliseconds.
  private record Span(long from, long to) {
    boolean overlaps(long start, long end) {
      return from < end && to > start;
    }

    /// Returns the times of gaps in order. Gaps with at most `between` milliseconds between them
    /// are joined.
    static List<Span> joined(List<ObservationGaps.Missing> gaps, long between) {
      var joined = new ArrayList<Span>();
      gaps.stream()
          .map(gap -> new Span(gap.fromMillis(), gap.toMillis()))
          .sorted(Comparator.comparingLong(Span::from))
          .forEach(
              span -> {
                Span last = joined.isEmpty() ? null : joined.getLast();
                if (last == null || span.from > last.to + between) {
                  joined.add(span);
                } else {
                  joined.set(joined.size() - 1, new Span(last.from, Math.max(last.to, span.to)));
                }
              });
      return joined;
    }
  }

  /// The holes of one series: times without samples that overlap a gap and are longer than the
  /// usual time between its samples.
  private final class Holes {
    private final SampleWindow series;
    private final List<Span> spans;
    private final List<ObservationGaps.Missing> failures;
    private final long spacing;

    Holes(SampleWindow series, List<ObservationGaps.Missing> gaps) {
      this.series = series;
      // While a source is late for long, its samples do not show its interval.
      this.spacing =
          gaps.stream()
              .mapToLong(gap -> intervals.getOrDefault(gap.labels(), Long.MAX_VALUE))
              .reduce(spacing(series, shortestInterval), Math::min);
      this.spans = Span.joined(gaps, 2 * spacing);
      this.failures = gaps.stream().filter(ObservationGaps.Missing::ofSource).toList();
    }

    /// Appends the samples of the series and those assumed in its holes.
    ///
    /// @param earliest time before which no assumed samples are needed
    void fill(long earliest, SampleWindow to) {
      if (series.size() == 0) {
        return;
      }
      fillStart(earliest, to);
      for (int i = 0; i < series.size(); i++) {
        to.add(series, i);
        if (i + 1 < series.size()) {
          fillBetween(i, earliest, to);
        }
      }
      fillEnd(earliest, to);
    }

    /* A series that had ended may begin again, and one that exists may end, anywhere in a hole. */
    private void fillBetween(int i, long earliest, SampleWindow to) {
      long from = series.timestamp(i);
      long until = series.timestamp(i + 1);
      if (until - from > spacing + spacing / 2 && overlapsGap(from, until)) {
        int before = isStale(i) ? -1 : i;
        int after = isStale(i + 1) ? series.size() : i + 1;
        if (before >= 0 || after < series.size()) {
          fill(from, until)
              .append(series, before, after, Math.max(from, earliest - 1), until, spacing, to);
        }
      }
    }

    private Fill fill(long from, long until) {
      return failures.stream().anyMatch(it -> it.fromMillis() < until && it.toMillis() > from)
          ? assumption.ofFailures
          : assumption.fill;
    }

    private boolean isStale(int i) {
      return Fill.isStale(series, i);
    }

    private boolean overlapsGap(long from, long until) {
      return spans.stream().anyMatch(span -> span.overlaps(from, until));
    }

    /* A series whose first sample is right after a gap may have existed before. */
    private void fillStart(long earliest, SampleWindow to) {
      long first = series.timestamp(0);
      if (isStale(0)) {
        return;
      }
      for (Span span : spans) {
        if (span.from < first && first <= span.to + 2 * spacing) {
          long from = Math.max(span.from, earliest - CONTEXT_MILLIS);
          fill(from, first).append(series, -1, 0, from, first, spacing, to);
          return;
        }
      }
    }

    /* A series whose last sample is right before a gap may have continued in it. */
    private void fillEnd(long earliest, SampleWindow to) {
      int last = series.size() - 1;
      long from = series.timestamp(last);
      if (isStale(last)) {
        return;
      }
      for (Span span : spans) {
        if (span.to > from && span.from <= from + 2 * spacing) {
          // A gap that has not ended contains the current time.
          long until = span.to < now ? span.to : now + 1;
          long first = Math.max(from, earliest - 1);
          fill(from, until).appendUntilNow(series, first, until, spacing, to);
          return;
        }
      }
    }
  }
}
