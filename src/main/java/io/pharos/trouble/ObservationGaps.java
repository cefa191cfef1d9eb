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

/// What Pharos cannot observe now for reasons of its own: series without current samples, whose
/// absence must not be taken as a recovery. Thread-safe.
public final class ObservationGaps {
  /* A rate needs two samples. */
  private static final int SAMPLES_TO_SEE = 2;

  private static final int MAX_NAMED = 3;
  private static final String RECORDED = ":";
  private static final String ALERTS = "ALERTS";

  /// A source without samples.
  ///
  /// @param labels labels of all its series, without the name
  /// @param names metric names of its series; empty if unknown
  /// @param since when it first gave no samples
  public record Gap(Labels labels, Set<String> names, FailureOrigin.Own fault, Instant since) {
    /// Checks for null and copies the names.
    public Gap {
      names = Set.copyOf(names);
    }

    /// Whether a selector may select series of the source, or series recorded from them.
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

    /// Whether something with these labels may derive from the source: their common labels have
    /// equal values.
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

    /// Replaces this source by one with other labels and the same gap.
    public synchronized Source successor(Labels newLabels) {
      var next = new Source(key, newLabels);
      next.lostAt = lostAt;
      sources.put(key, next);
      return next;
    }

    /// Records that it gave no samples, for a reason of Pharos' own.
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

    /* Empty means that the names are unknown, so empty and others is empty. */
    private static Set<String> names(Set<String> old, Set<String> more) {
      if (old.isEmpty() || more.isEmpty() || old.containsAll(more)) {
        return old;
      }
      var both = new HashSet<>(old);
      both.addAll(more);
      return both;
    }

    /// Records samples that were stored, or a failure of the source itself.
    ///
    /// @param at time of the samples; older ones than the start of the gap do not end it
    public synchronized void seen(Instant at) {
      if (gaps.isEmpty() || at.isBefore(lostAt)) {
        return;
      }
      if (++seen >= SAMPLES_TO_SEE) {
        gaps.remove(key);
      }
    }

    /// Whether the source has a gap now.
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

  /// Starts a gap in all sources, which lasts until each gives samples again.
  void loseAll(FailureOrigin.Own fault, Instant at) {
    sources.values().forEach(source -> source.lost(fault, at, Set.of()));
  }

  /// The current gaps, the oldest first.
  public List<Gap> gaps() {
    return gaps.isEmpty()
        ? List.of()
        : gaps.values().stream().sorted(Comparator.comparing(Gap::since)).toList();
  }

  /// Why a result is unknown, for people; empty without gaps.
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

  /// The gaps that may affect any of the selectors.
  public List<Gap> affecting(List<List<LabelMatcher>> selectors) {
    return gaps().stream().filter(gap -> selectors.stream().anyMatch(gap::affects)).toList();
  }
}
