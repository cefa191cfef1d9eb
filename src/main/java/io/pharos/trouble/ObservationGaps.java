package io.pharos.trouble;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// What Pharos cannot observe now for reasons of its own: series without current samples. Their
/// absence must not count as a recovery. Thread-safe.
public final class ObservationGaps {
  /* Number of samples that end a gap, because a rate needs two. */
  private static final int SAMPLES_TO_SEE = 2;

  private static final int MAX_NAMED = 3;
  private static final String RECORDED = ":";
  private static final String ALERTS = "ALERTS";

  /// A source without samples.
  ///
  /// @param labels labels of all its series, without the name
  /// @param names metric names of its series; empty if unknown
  /// @param since start of the gap
  public record Gap(Labels labels, Set<String> names, FailureOrigin.Own fault, Instant since) {
    /// Checks that nothing is null, and copies the names.
    public Gap {
      names = Set.copyOf(names);
    }

    /// Returns whether a selector may select series of the source, or series recorded from them.
    public boolean affects(List<LabelMatcher> selector) {
      return selector.stream().allMatch(this::affects);
    }

    private boolean affects(LabelMatcher matcher) {
      if (matcher.name().equals(Labels.METRIC_NAME)) {
        return names.isEmpty()
            || matcher.type() != LabelMatcher.Type.EQUAL
            || names.contains(matcher.value())
            || matcher.value().contains(RECORDED)
            || matcher.value().startsWith(ALERTS);
      }
      return !labels.has(matcher.name()) || matcher.matches(labels.get(matcher.name()));
    }

    /// Returns whether series or alerts with these labels may be derived from the source: the
    /// labels that both have are equal.
    public boolean concerns(Labels others) {
      for (String name : labels.names()) {
        if (others.has(name) && !others.get(name).equals(labels.get(name))) {
          return false;
        }
      }
      return true;
    }
  }

  /// A producer of samples with known labels: a scraped target, a probe, a sender. Thread-safe.
  public final class Source {
    private final Object key;
    private final Labels labels;
    private int seen;
    private Instant lostAt = Instant.MIN;

    private Source(Object key, Labels labels) {
      this.key = key;
      this.labels = labels;
    }

    /// Replaces this source by one with other labels, which has the same gap.
    public synchronized Source successor(Labels newLabels) {
      var next = new Source(key, newLabels);
      next.lostAt = lostAt;
      sources.put(key, next);
      return next;
    }

    /// Records that the source produced no samples, for a reason of Pharos' own.
    ///
    /// @param names as in [Gap]
    public synchronized void lost(FailureOrigin.Own fault, Instant at, Set<String> names) {
      seen = 0;
      lostAt = at;
      gaps.merge(
          key,
          new Gap(labels, names, fault, at),
          (old, now) -> new Gap(labels, names(old.names, now.names), fault, old.since));
    }

    /* Returns the names of both. Empty means that the names are unknown; then the result is
     * empty too. */
    private static Set<String> names(Set<String> old, Set<String> more) {
      if (old.isEmpty() || more.isEmpty() || old.containsAll(more)) {
        return old;
      }
      var both = new HashSet<>(old);
      both.addAll(more);
      return both;
    }

    /// Records that samples of the source were stored, or that the source itself failed. Two such
    /// records end a gap.
    ///
    /// @param at time of the samples; samples from before the gap do not count
    public synchronized void seen(Instant at) {
      if (gaps.isEmpty() || at.isBefore(lostAt)) {
        return;
      }
      if (++seen >= SAMPLES_TO_SEE) {
        gaps.remove(key);
      }
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

  /// Adds a source without a gap.
  ///
  /// @param labels labels of all its series, without the name
  public Source source(Labels labels) {
    var source = new Source(new Object(), labels);
    sources.put(source.key, source);
    return source;
  }

  /// Starts a gap in all sources. It lasts for each of them until it produces samples again.
  void loseAll(FailureOrigin.Own fault, Instant at) {
    sources.values().forEach(source -> source.lost(fault, at, Set.of()));
  }

  /// Returns the current gaps, the oldest first.
  public List<Gap> gaps() {
    return gaps.isEmpty()
        ? List.of()
        : gaps.values().stream().sorted(Comparator.comparing(Gap::since)).toList();
  }

  /// Returns, for people, why a result is unknown; empty without gaps.
  public static String text(List<Gap> gaps) {
    return gaps.isEmpty()
        ? ""
        : "unknown because of a fault of Pharos or its machine: "
            + gaps.stream()
                .limit(MAX_NAMED)
                .map(gap -> gap.labels + " since " + gap.since + ": " + gap.fault.reason())
                .collect(Collectors.joining("; "))
            + (gaps.size() > MAX_NAMED ? "; and " + (gaps.size() - MAX_NAMED) + " more" : "");
  }

  /// Returns the gaps that may affect at least one of the selectors.
  public List<Gap> affecting(List<List<LabelMatcher>> selectors) {
    return gaps().stream().filter(gap -> selectors.stream().anyMatch(gap::affects)).toList();
  }
}
