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

/// The sources that Pharos can't observe now because of a fault of Pharos or its machine. Their
/// series have no current samples. The absence of samples must not count as a recovery.
/// Thread-safe.
public final class ObservationGaps {
  /* Number of samples that end a gap. A rate needs two samples. */
  private static final int SAMPLES_TO_END_GAP = 2;

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
      return !labels.has(matcher.name()) || matcher.matches(labels.get(matcher.name()));
    }

    /// Whether series or alerts with these labels may be derived from the source. This is so if the
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
    private int samples;
    private Instant lostAt = Instant.MIN;

    private Source(Object key, Labels labels) {
      this.key = key;
      this.labels = labels;
    }

    /// Replaces this source by a source with other labels, which continues the current gap.
    public synchronized Source successor(Labels newLabels) {
      var next = new Source(key, newLabels);
      next.lostAt = lostAt;
      sources.put(key, next);
      return next;
    }

    /// Records that the source produced no samples, because of a fault of Pharos or its machine.
    ///
    /// @param names as in [Gap]
    public synchronized void lost(FailureOrigin.Own fault, Instant at, Set<String> names) {
      samples = 0;
      lostAt = at;
      gaps.merge(
          key,
          new Gap(labels, names, fault, at),
          (old, added) -> new Gap(labels, names(old.names, added.names), fault, old.since));
    }

    /* Returns the names of both sets. An empty set means that the names are unknown; then the
     * result is the old set. */
    private static Set<String> names(Set<String> old, Set<String> added) {
      if (old.isEmpty() || added.isEmpty() || old.containsAll(added)) {
        return old;
      }
      var both = new HashSet<>(old);
      both.addAll(added);
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
      if (++samples >= SAMPLES_TO_END_GAP) {
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

  /// Starts a gap in each source. The gap lasts until that source produces samples again.
  void loseAll(FailureOrigin.Own fault, Instant at) {
    sources.values().forEach(source -> source.lost(fault, at, Set.of()));
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
