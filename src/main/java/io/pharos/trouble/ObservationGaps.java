package io.pharos.trouble;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /* With more past gaps, the oldest are merged, so that a query can compare all with a series. */
  private static final int MAX_PAST = 256;

  /* Key of the gap of all sources. */
  private static final Object ALL = new Object();

  private static final String LATE = "a scrape was late";
  private static final String FAILED = "the target did not answer";
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
      return agree(labels, others);
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
      return agree(labels, others);
    }

    /// Returns the gaps in words.
    public static String text(List<Missing> gaps) {
      return gaps.stream()
              .limit(MAX_LISTED_GAPS)
              .map(gap -> gap.labels + gap.period() + ": " + gap.reason)
              .collect(Collectors.joining("; "))
          + (gaps.size() > MAX_LISTED_GAPS
              ? "; and " + (gaps.size() - MAX_LISTED_GAPS) + " more"
              : "");
    }

    private String period() {
      return hasOpenStart()
          ? " until " + time(toMillis)
          : " from " + time(fromMillis) + " to " + time(toMillis);
    }

    private static Instant time(long millis) {
      return Instant.ofEpochMilli(millis);
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

  private static boolean agree(Labels labels, Labels others) {
    for (String name : labels.names()) {
      if (others.has(name) && !others.get(name).equals(labels.get(name))) {
        return false;
      }
    }
    return true;
  }

  /// A producer of samples with known labels: a scraped target, a probe, a sender. Thread-safe.
  public final class Source {
    private final Object key;
    private final Labels labels;
    private final Duration interval;
    private final Set<String> ownNames;
    private int samples;
    private Instant lostAt = Instant.MIN;
    private Instant lastSeen = Instant.MIN;
    private Instant lastGood = Instant.MIN;

    /* The last good sample before the source failed; null while it does not fail. */
    private @Nullable Instant goodBeforeFailure;
    private int goodSinceFailure;

    private Source(Object key, Labels labels, Duration interval, Set<String> ownNames) {
      this.ownNames = Set.copyOf(ownNames);
      this.key = key;
      this.labels = labels;
      this.interval = interval;
    }

    /// Replaces this source by a source with other labels and another interval, which continues the
    /// current gap.
    public synchronized Source successor(Labels newLabels, Duration newInterval) {
      var next = new Source(key, newLabels, newInterval, ownNames);
      next.lostAt = lostAt;
      next.lastSeen = newInterval.equals(interval) ? lastSeen : Instant.MIN;
      next.lastGood = lastGood;
      next.goodBeforeFailure = goodBeforeFailure;
      next.goodSinceFailure = goodSinceFailure;
      sources.put(key, next);
      gaps.computeIfPresent(key, (_, gap) -> new Gap(newLabels, gap.names, gap.fault, gap.since));
      return next;
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
          key,
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
        rememberFailure(
            Missing.failure(labels, goodBeforeFailure.toEpochMilli(), at.toEpochMilli()));
        goodBeforeFailure = null;
      }
    }

    /// Records that the source itself failed, so that its series ended. Two such records end a gap.
    ///
    /// @param at time of the failure
    public synchronized void failed(Instant at) {
      observed(at);
      goodSinceFailure = 0;
      if (goodBeforeFailure == null) {
        goodBeforeFailure =
            lastGood.equals(Instant.MIN) ? history.lastGood(labels, at).orElse(at) : lastGood;
      }
    }

    private synchronized Optional<Missing> openFailure(long nowMillis) {
      return Optional.ofNullable(goodBeforeFailure)
          .map(from -> Missing.failure(labels, from.toEpochMilli(), nowMillis));
    }

    private void observed(Instant at) {
      rememberHole(at);
      if (!gaps.isEmpty() && !at.isBefore(lostAt) && ++samples >= SAMPLES_TO_END_GAP) {
        gaps.remove(key);
      }
    }

    /* The first sample after a scrape that was late, lost or refused ends a gap. */
    private void rememberHole(Instant at) {
      Instant before = lastSeen;
      if (!at.isAfter(before)) {
        return;
      }
      lastSeen = at;
      if (before.equals(Instant.MIN) || interval.isZero()) {
        return;
      }
      var between = Duration.between(before, at);
      if (between.compareTo(interval.plus(interval.dividedBy(2))) > 0) {
        Gap open = gaps.get(key);
        String reason = open == null ? LATE : open.fault.reason();
        remember(new Missing(labels, before.toEpochMilli(), at.toEpochMilli(), reason), interval);
      }
    }

    private synchronized long lastSeenMillis(Instant otherwise) {
      return (lastSeen.equals(Instant.MIN) ? otherwise : lastSeen).toEpochMilli();
    }

    /// Returns whether the source has a gap now.
    public boolean isLost() {
      return gaps.containsKey(key);
    }

    /// Removes the source.
    public synchronized void end() {
      sources.remove(key);
      gaps.remove(key);
    }
  }

  private final Map<Object, Gap> gaps = new ConcurrentHashMap<>();
  private final Map<Object, Source> sources = new ConcurrentHashMap<>();
  private final List<Missing> past = new ArrayList<>();
  private final ArrayDeque<Missing> pastFailures = new ArrayDeque<>();
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
    var source = new Source(new Object(), labels, interval, names);
    Gap ofAll = gaps.get(ALL);
    if (ofAll != null) {
      source.lost(ofAll.fault, ofAll.since, Set.of());
    }
    sources.put(source.key, source);
    return source;
  }

  /// Returns a source whose gap is a gap of all sources, and of sources that are added during it.
  Source allSources() {
    return new Source(ALL, Labels.empty(), Duration.ZERO, Set.of());
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
    remember(
        new Missing(Labels.empty(), fromMillis, to.toEpochMilli(), reason, step, false),
        Duration.ZERO);
  }

  /// Adds a gap that has ended.
  public void add(Missing gap) {
    if (gap.ofSource) {
      rememberFailure(gap);
    } else {
      remember(gap, Duration.ZERO);
    }
  }

  /* The measured steps of the clock of the last [#KEPT]. */
  List<Missing> measuredSteps() {
    synchronized (past) {
      return past.stream().filter(gap -> gap.step.isMeasured).toList();
    }
  }

  /* With more than [#MAX_PAST], the oldest are forgotten. */
  private void rememberFailure(Missing failure) {
    synchronized (pastFailures) {
      pastFailures.addLast(failure);
      long oldest = failure.toMillis - KEPT.toMillis();
      pastFailures.removeIf(old -> old.toMillis < oldest);
      if (pastFailures.size() > MAX_PAST) {
        pastFailures.removeFirst();
      }
    }
  }

  /// Returns the times in which sources failed themselves: those of the last [#KEPT], and those
  /// that have not ended.
  ///
  /// @param nowMillis Unix milliseconds, the end of those that have not ended
  public List<Missing> failures(long nowMillis) {
    var failures = new ArrayList<Missing>();
    synchronized (pastFailures) {
      failures.addAll(pastFailures);
    }
    sources.values().forEach(source -> source.openFailure(nowMillis).ifPresent(failures::add));
    return failures;
  }

  private void remember(Missing added, Duration interval) {
    synchronized (past) {
      boolean isKnownStep =
          past.stream()
              .anyMatch(
                  known ->
                      known.step.isMeasured
                          && known.fromMillis < added.toMillis
                          && known.toMillis > added.fromMillis);
      Missing gap =
          isKnownStep && !added.step.isMeasured
              ? new Missing(added.labels, added.fromMillis, added.toMillis, added.reason)
              : added;
      long slack = interval.toMillis() * 3 / 2;
      for (Missing known : past) {
        if (!gap.step.isMeasured
            && known.labels.isEmpty()
            && known.fromMillis - slack <= gap.fromMillis
            && known.toMillis + slack >= gap.toMillis) {
          return;
        }
      }
      past.addLast(gap);
      long oldest = gap.toMillis - KEPT.toMillis();
      past.removeIf(old -> old.toMillis < oldest);
      if (past.size() > MAX_PAST) {
        mergeOldest();
      }
    }
  }

  /* Replaces the older half by one gap of all sources that contains them. */
  private void mergeOldest() {
    past.sort(Comparator.comparingLong(Missing::toMillis));
    Missing merged = past.removeFirst();
    long from = merged.fromMillis;
    long to = merged.toMillis;
    while (past.size() > MAX_PAST / 2) {
      Missing next = past.removeFirst();
      from = Math.min(from, next.fromMillis);
      to = Math.max(to, next.toMillis);
    }
    past.addFirst(new Missing(Labels.empty(), from, to, merged.reason));
  }

  /// Returns the times without samples up to now: the gaps of the last [#KEPT], and those that have
  /// not ended.
  ///
  /// @param nowMillis Unix milliseconds, the end of the gaps that have not ended
  public List<Missing> missing(long nowMillis) {
    var missing = new ArrayList<Missing>();
    synchronized (past) {
      missing.addAll(past);
    }
    gaps.forEach(
        (key, gap) -> {
          Source source = sources.get(key);
          long from = source == null ? gap.since.toEpochMilli() : source.lastSeenMillis(gap.since);
          missing.add(new Missing(gap.labels, from, nowMillis, gap.fault.reason()));
        });
    return missing;
  }

  /// Returns the intervals in milliseconds of the sources that produce samples regularly, by their
  /// labels without the name.
  public Map<Labels, Long> intervals() {
    return sources.values().stream()
        .filter(source -> !source.interval.isZero())
        .collect(
            Collectors.toMap(
                source -> source.labels, source -> source.interval.toMillis(), Math::min));
  }

  /// Starts a gap in each source. The gap lasts until that source produces samples again.
  ///
  /// @param since start of the gap of sources that never had samples
  void loseAll(FailureOrigin.Own fault, Instant since, Instant at) {
    sources.values().forEach(source -> source.lost(fault, since, at, Set.of()));
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
            + gaps.stream()
                .limit(MAX_LISTED_GAPS)
                .map(gap -> gap.labels + " since " + gap.since + ": " + gap.fault.reason())
                .collect(Collectors.joining("; "))
            + (gaps.size() > MAX_LISTED_GAPS
                ? "; and " + (gaps.size() - MAX_LISTED_GAPS) + " more"
                : "");
  }

  /// Returns the gaps that may affect at least one of the selectors.
  public List<Gap> affecting(List<List<LabelMatcher>> selectors) {
    return gaps().stream().filter(gap -> selectors.stream().anyMatch(gap::affects)).toList();
  }
}
