package io.pharos.trouble;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The sources that Pharos can't observe now because of a fault of Pharos or its machine. Their
/// series have no current samples. The absence of samples must not count as a recovery.
/// Thread-safe.
public final class ObservationGaps {
  /// Number of samples that end a gap. A rate needs two samples.
  public static final int SAMPLES_TO_END_GAP = 2;

  /// How long past gaps are remembered: twice the longest window that is common in rules.
  public static final Duration KEPT = Duration.ofDays(2);

  private static final String LATE = "a scrape was late";
  private static final String FAILED = "the target did not answer";
  /* After this time, work that has not begun is late, as in JobSlots. */
  private static final Duration MAX_DELAY = Duration.ofSeconds(2);

  private static final int MAX_LISTED_GAPS = 3;
  private static final String RECORDED_MARK = ":";
  private static final String ALERTS = "ALERTS";

  /// A source that produces no samples now.
  ///
  /// @param labels labels of all its series, without the name
  /// @param names metric names of its series; empty if unknown
  /// @param since start of the gap
  public record Gap(Labels labels, Set<String> names, FailureOrigin.Own fault, Instant since) {
    /// Checks that nothing is null, and copies the names.
    public Gap {
      names = Set.copyOf(names);
    }

    /// Whether a selector may select series of the source, or series that rules record from them.
    public boolean affects(List<LabelMatcher> selector) {
      return selector.stream().allMatch(this::affects);
    }

    private boolean affects(LabelMatcher matcher) {
      if (matcher.name().equals(Labels.METRIC_NAME)) {
        return names.isEmpty()
            || matcher.type() != LabelMatcher.Type.EQUAL
            || names.contains(matcher.value())
            || matcher.value().contains(RECORDED_MARK)
            || matcher.value().startsWith(ALERTS);
      }
      return mayMatch(labels, matcher);
    }

    /// Whether series or alerts with these labels may be derived from the source. This is so if the
    /// labels that both have are equal.
    public boolean concerns(Labels others) {
      return labels.agreesWith(others);
    }
  }

  /// A time for which samples of a source may be missing. Windows that contain it may lack samples.
  /// If it is a time of all sources, some of them may have samples in it nevertheless.
  ///
  /// @param labels labels of all series of the source, without the name
  /// @param fromMillis time of the last sample before the gap, in Unix milliseconds;
  ///   `Long.MIN_VALUE` if there was none
  /// @param toMillis time of the first sample after the gap
  /// @param reason why samples are missing, for people
  /// @param step the step of the clock in this time
  /// @param ofSource whether the source itself failed, so that its series ended with staleness
  ///   markers; false for a fault of Pharos
  public record Missing(
      Labels labels, long fromMillis, long toMillis, String reason, Step step, boolean ofSource) {
    /// Creates a gap without a step of the clock that a fault of Pharos left.
    public Missing(Labels labels, long fromMillis, long toMillis, String reason) {
      this(labels, fromMillis, toMillis, reason, Step.NONE, false);
    }

    /// Returns the gap that a failure of the source itself left.
    public static Missing failure(Labels labels, long fromMillis, long toMillis) {
      return new Missing(labels, fromMillis, toMillis, FAILED, Step.NONE, true);
    }

    /// Returns whether no sample was before the gap.
    public boolean hasOpenStart() {
      return fromMillis == Long.MIN_VALUE;
    }

    /// Returns whether a selector may select series of the source.
    public boolean affects(List<LabelMatcher> selector) {
      return selector.stream()
          .allMatch(
              matcher -> matcher.name().equals(Labels.METRIC_NAME) || mayMatch(labels, matcher));
    }

    /// Returns whether series with these labels may be derived from the source.
    public boolean concerns(Labels others) {
      return labels.agreesWith(others);
    }

    /// Returns the gaps in words.
    public static String text(List<Missing> gaps) {
      return listed(gaps, gap -> gap.labels + gap.period() + ": " + gap.reason);
    }

    private String period() {
      return hasOpenStart()
          ? " until " + Instant.ofEpochMilli(toMillis)
          : " from " + Instant.ofEpochMilli(fromMillis) + " to " + Instant.ofEpochMilli(toMillis);
    }
  }

  /// A step of the clock. By so much the samples before it seem to be older than they are.
  ///
  /// @param aheadMillis how far the clock was set ahead; negative if it was set back
  /// @param isMeasured whether a monotonic clock showed the step; otherwise less time may have
  ///   passed than the clock shows, for example while no process measured it
  public record Step(long aheadMillis, boolean isMeasured) {
    /// No step.
    public static final Step NONE = new Step(0, false);
  }

  private static boolean mayMatch(Labels labels, LabelMatcher matcher) {
    return !labels.has(matcher.name()) || matcher.matches(labels.get(matcher.name()));
  }

  /// A producer of samples with known labels: a scraped target, a probe, a sender. Thread-safe.
  public final class Source {
    private final Set<String> ownNames;
    private volatile Labels labels;
    private volatile Duration interval;
    private int samples;
    private Instant lostAt = Instant.MIN;
    private Instant lastSeen = Instant.MIN;
    private Instant lastGood = Instant.MIN;

    /* The time at which work for the last samples was due; whether it was the first one after a
     * time at which none was done, and whether it goes on. */
    private Instant lastDue = Instant.MIN;
    private boolean hasSkipped;
    private boolean isBusy;

    /* The newest time without samples; null if there was none. */
    private @Nullable Missing hole;

    /* The last good sample before the source failed; null while it does not fail. */
    private @Nullable Instant goodBeforeFailure;
    private int goodSinceFailure;

    private Source(Labels labels, Duration interval, Set<String> ownNames) {
      this.ownNames = Set.copyOf(ownNames);
      this.labels = labels;
      this.interval = interval;
    }

    /// Continues this source and its current gap with other labels and another interval.
    public synchronized void change(Labels newLabels, Duration newInterval) {
      if (!newInterval.equals(interval)) {
        lastSeen = Instant.MIN;
        lastDue = Instant.MIN;
      }
      labels = newLabels;
      interval = newInterval;
      gaps.computeIfPresent(this, (_, gap) -> new Gap(newLabels, gap.names, gap.fault, gap.since));
    }

    /// Tells when the work for its first samples is due. If that does not begin in time, the source
    /// is in a gap until it has samples.
    public synchronized void awaits(Instant due) {
      lastDue = due.minus(interval);
      awaited.add(new Awaited(this, due.plus(MAX_DELAY)));
    }

    private synchronized void loseAwaited(Instant now) {
      if (sources.contains(this)
          && lastSeen.equals(Instant.MIN)
          && !lastDue.equals(Instant.MIN)
          && !isBusy) {
        lost(new FailureOrigin.Own(FailureOrigin.Kind.PAUSE, LATE), lastDue, now, Set.of());
      }
    }

    /// Records that Pharos begins the work for samples. Then it is not late: the source may be.
    ///
    /// @param due when the work was due. If that is more than an interval after the work before,
    ///   samples are missing, even if little time is between those that exist
    public synchronized void begins(Instant due) {
      hasSkipped |= !lastDue.equals(Instant.MIN) && isLong(Duration.between(lastDue, due));
      lastDue = due;
      isBusy = true;
    }

    private boolean isLong(Duration between) {
      return between.compareTo(interval.plus(interval.dividedBy(2))) > 0;
    }

    /// Records that the source produced no samples, because of a fault of Pharos or its machine.
    ///
    /// @param names as in [Gap]
    public void lost(FailureOrigin.Own fault, Instant at, Set<String> names) {
      lost(fault, at, at, names);
    }

    private synchronized void lost(
        FailureOrigin.Own fault, Instant since, Instant at, Set<String> lost) {
      Set<String> names = lost.isEmpty() ? ownNames : lost;
      samples = 0;
      lostAt = at;
      lastSeen = lastSeen.equals(Instant.MIN) ? since : lastSeen;
      gaps.merge(
          this,
          new Gap(labels, names, fault, at),
          (old, added) -> new Gap(labels, names(old.names, added.names), fault, old.since));
    }

    /* Returns the names of both sets. An empty set means that the names are unknown; then the
     * result is empty too. */
    private static Set<String> names(Set<String> old, Set<String> added) {
      if (old.isEmpty() || added.isEmpty()) {
        return Set.of();
      }
      var both = new HashSet<>(old);
      both.addAll(added);
      return both;
    }

    /// Records that samples of the source were stored. Two such records end a gap, and a failure of
    /// the source.
    ///
    /// @param at time of the samples; samples from before the gap do not count
    public synchronized void seen(Instant at) {
      observed(at);
      lastGood = at;
      if (goodBeforeFailure != null && ++goodSinceFailure >= SAMPLES_TO_END_GAP) {
        past.addFailure(
            Missing.failure(labels, goodBeforeFailure.toEpochMilli(), at.toEpochMilli()));
        goodBeforeFailure = null;
      }
    }

    /// Records that the source itself failed, so that its series ended. Two such records end a gap.
    /// If it never had good samples, it may have failed since the time before the first record.
    ///
    /// @param at time of the failure
    public synchronized void failed(Instant at) {
      observed(at);
      goodSinceFailure = 0;
      if (goodBeforeFailure == null) {
        goodBeforeFailure =
            lastGood.equals(Instant.MIN)
                ? history.failingSince(labels, at).orElse(at.minus(interval))
                : lastGood;
      }
    }

    private synchronized Optional<Missing> openFailure(long nowMillis) {
      return Optional.ofNullable(goodBeforeFailure)
          .map(from -> Missing.failure(labels, from.toEpochMilli(), nowMillis));
    }

    private void observed(Instant at) {
      rememberHole(at);
      if (!gaps.isEmpty() && !at.isBefore(lostAt) && ++samples >= SAMPLES_TO_END_GAP) {
        gaps.remove(this);
      }
    }

    /* The first sample after a scrape that was late, lost or refused ends a gap. */
    private void rememberHole(Instant at) {
      Instant before = lastSeen;
      if (!at.isAfter(before)) {
        return;
      }
      boolean isHole = hasSkipped;
      hasSkipped = false;
      isBusy = false;
      lastSeen = at;
      boolean isRegular = !before.equals(Instant.MIN) && !interval.isZero();
      if (isRegular && (isHole || isLong(Duration.between(before, at)))) {
        Gap open = gaps.get(this);
        String reason = open == null ? LATE : open.fault.reason();
        hole = new Missing(labels, before.toEpochMilli(), at.toEpochMilli(), reason);
        past.add(hole, interval);
      }
    }

    /* A scrape that began in time ends within another interval. */
    private boolean isOverdue(long nowMillis) {
      if (lastSeen.equals(Instant.MIN) || interval.isZero() || isLost()) {
        return false;
      }
      boolean isWaiting = lastDue.equals(Instant.MIN) || isBusy;
      return isWaiting
          ? nowMillis - lastSeen.toEpochMilli() > 2 * interval.toMillis()
          : nowMillis - lastDue.toEpochMilli() > interval.plus(MAX_DELAY).toMillis();
    }

    private synchronized Optional<Missing> overdue(long nowMillis) {
      return isOverdue(nowMillis)
          ? Optional.of(new Missing(labels, lastSeen.toEpochMilli(), nowMillis, LATE))
          : Optional.empty();
    }

    /* A rule may be evaluated for a time after newer samples have come. */
    private synchronized boolean isOrWasOverdue(long atMillis) {
      return isOverdue(atMillis)
          || (hole != null
              && hole.toMillis > atMillis
              && atMillis - hole.fromMillis > interval.toMillis());
    }

    private synchronized long lastSeenMillis(Instant otherwise) {
      return (lastSeen.equals(Instant.MIN) ? otherwise : lastSeen).toEpochMilli();
    }

    /// Returns whether the source has a gap now.
    public boolean isLost() {
      return gaps.containsKey(this);
    }

    /// Removes the source.
    public synchronized void end() {
      sources.remove(this);
      gaps.remove(this);
    }
  }

  /// A source without samples, and the time at which work for the first ones must have begun.
  private record Awaited(Source source, Instant until) {}

  private final Map<Source, Gap> gaps = new ConcurrentHashMap<>();
  private final Set<Source> sources = ConcurrentHashMap.newKeySet();
  private final PriorityBlockingQueue<Awaited> awaited =
      new PriorityBlockingQueue<>(16, Comparator.comparing(Awaited::until));
  private final Source all = new Source(Labels.empty(), Duration.ZERO, Set.of());
  private final PastGaps past = new PastGaps();
  private volatile SourceHistory history = (_, _) -> Optional.empty();

  /// Sets where to look for sources that fail since this process started.
  public void setHistory(SourceHistory earlier) {
    history = earlier;
  }

  /// Adds a source whose metric names are unknown.
  public Source source(Labels labels, Duration interval) {
    return source(labels, interval, Set.of());
  }

  /// Adds a source. During a gap of all sources, it begins with that gap.
  ///
  /// @param labels labels of all its series, without the name
  /// @param interval time between its samples: half of it more is a gap; zero if it is not regular
  /// @param names metric names of all its series; empty if unknown
  public Source source(Labels labels, Duration interval, Set<String> names) {
    var source = new Source(labels, interval, names);
    Gap ofAll = gaps.get(all);
    if (ofAll != null) {
      source.lost(ofAll.fault, ofAll.since, Set.of());
    }
    sources.add(source);
    return source;
  }

  /// Returns a source whose gap is a gap of all sources, and of sources that are added during it.
  Source allSources() {
    return all;
  }

  /// Adds a past gap of all sources: a time for which this process did not run.
  ///
  /// @param from the last time at which it ran; empty if it never ran before
  /// @param to time from which on all sources have samples again
  public void addAbsence(Optional<Instant> from, Instant to, String reason) {
    addAbsence(from, to, reason, Step.NONE);
  }

  /// Adds a past gap of all sources in which the clock may have been set.
  ///
  /// @param step step of the clock meanwhile
  void addAbsence(Optional<Instant> from, Instant to, String reason, Step step) {
    long fromMillis = from.map(Instant::toEpochMilli).orElse(Long.MIN_VALUE);
    past.add(
        new Missing(Labels.empty(), fromMillis, to.toEpochMilli(), reason, step, false),
        Duration.ZERO);
  }

  /// Adds a gap that has ended.
  public void add(Missing gap) {
    if (gap.ofSource) {
      past.addFailure(gap);
    } else {
      past.add(gap, Duration.ZERO);
    }
  }

  /* The measured steps of the clock of the last [#KEPT]. */
  List<Missing> measuredSteps() {
    return past.measuredSteps();
  }

  /// Returns the times in which sources failed themselves: those of the last [#KEPT], and those
  /// that have not ended.
  ///
  /// @param nowMillis Unix milliseconds, the end of those that have not ended
  public List<Missing> failures(long nowMillis) {
    List<Missing> failures = past.failures();
    sources.forEach(source -> source.openFailure(nowMillis).ifPresent(failures::add));
    return failures;
  }

  /// Returns the times without samples up to now: the gaps of the last [#KEPT], those that have not
  /// ended, and those of sources whose next samples are overdue.
  ///
  /// @param nowMillis Unix milliseconds, the end of the gaps that have not ended
  public List<Missing> missing(long nowMillis) {
    List<Missing> missing = past.all();
    gaps.forEach(
        (source, gap) -> {
          long from = source == all ? gap.since.toEpochMilli() : source.lastSeenMillis(gap.since);
          missing.add(new Missing(gap.labels, from, nowMillis, gap.fault.reason()));
        });
    sources.forEach(source -> source.overdue(nowMillis).ifPresent(missing::add));
    return missing;
  }

  /// Returns the labels of the sources whose next samples are overdue, or were at this time.
  public Set<Labels> overdue(long atMillis) {
    return sources.stream()
        .filter(source -> source.isOrWasOverdue(atMillis))
        .map(source -> source.labels)
        .collect(Collectors.toSet());
  }

  /// Returns the intervals in milliseconds of the sources that produce samples regularly, by their
  /// labels without the name.
  public Map<Labels, Long> intervals() {
    return sources.stream()
        .filter(source -> !source.interval.isZero())
        .collect(
            Collectors.toMap(
                source -> source.labels, source -> source.interval.toMillis(), Math::min));
  }

  /// Starts a gap in each source. The gap lasts until that source produces samples again.
  ///
  /// @param since start of the gap of sources that never had samples
  void loseAll(FailureOrigin.Own fault, Instant since, Instant at) {
    sources.forEach(source -> source.lost(fault, since, at, Set.of()));
  }

  /// Starts a gap in each source without samples whose first work is late.
  void loseAwaited(Instant now) {
    for (var next = awaited.peek();
        next != null && next.until.isBefore(now);
        next = awaited.peek()) {
      if (awaited.remove(next)) {
        next.source.loseAwaited(now);
      }
    }
  }

  /// Returns the current gaps, the oldest first.
  public List<Gap> gaps() {
    return gaps.isEmpty()
        ? List.of()
        : gaps.values().stream().sorted(Comparator.comparing(Gap::since)).toList();
  }

  /// Returns a text about why a result is unknown; empty without gaps.
  public static String text(List<Gap> gaps) {
    return gaps.isEmpty()
        ? ""
        : "unknown because of a fault of Pharos or its machine: "
            + listed(gaps, gap -> gap.labels + " since " + gap.since + ": " + gap.fault.reason());
  }

  private static <T> String listed(List<T> gaps, Function<T, String> text) {
    int more = gaps.size() - MAX_LISTED_GAPS;
    return gaps.stream().limit(MAX_LISTED_GAPS).map(text).collect(Collectors.joining("; "))
        + (more > 0 ? "; and " + more + " more" : "");
  }

  /// Returns the gaps that may affect at least one of the selectors.
  public List<Gap> affecting(List<List<LabelMatcher>> selectors) {
    return gaps().stream().filter(gap -> selectors.stream().anyMatch(gap::affects)).toList();
  }
}
