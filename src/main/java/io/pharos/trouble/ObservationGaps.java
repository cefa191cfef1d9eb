package io.pharos.trouble;

import static java.util.Objects.requireNonNull;

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

/// What Pharos can't see at the moment for reasons of its own: series that have no samples now, of
/// which nobody may conclude that what they showed is over. Thread-safe.
public final class ObservationGaps {
  /* A rate needs two samples: after one it would still be empty where it was not before. */
  private static final int SAMPLES_TO_SEE = 2;

  private static final int MOST_NAMED = 3;
  private static final String RECORDED = ":";
  private static final String ALERTS = "ALERTS";

  /// A source that gave nothing.
  ///
  /// @param labels what all its series have, the name aside
  /// @param names what its series are called; empty where nobody knows
  /// @param since the first time that it gave nothing
  public record Spot(Labels labels, Set<String> names, FailureOrigin.Own fault, Instant since) {
    public Spot {
      requireNonNull(labels, "labels is null");
      names = Set.copyOf(names);
      requireNonNull(fault, "fault is null");
      requireNonNull(since, "since is null");
    }

    /// Whether a selector may choose series of the source, or such as were recorded from them.
    public boolean isBehind(List<LabelMatcher> selector) {
      return selector.stream().allMatch(this::isBehind);
    }

    private boolean isBehind(LabelMatcher matcher) {
      if (matcher.name().equals(Labels.METRIC_NAME)) {
        return names.isEmpty()
            || matcher.type() != LabelMatcher.Type.EQUAL
            || names.contains(matcher.value())
            || matcher.value().contains(RECORDED)
            || matcher.value().startsWith(ALERTS);
      }
      return !labels.has(matcher.name()) || matcher.matches(labels.get(matcher.name()));
    }

    /// Whether something with such labels may have come of the source: no label that both have
    /// differs.
    public boolean concerns(Labels others) {
      for (String name : labels.names()) {
        if (others.has(name) && !others.get(name).equals(labels.get(name))) {
          return false;
        }
      }
      return true;
    }
  }

  /// A scraped target, a probe, a sender: what gives samples of some labels from time to time.
  /// Thread-safe.
  public final class Source {
    private final Object key;
    private final Labels labels;
    private int seen;
    private Instant lostAt = Instant.MIN;

    private Source(Object key, Labels labels) {
      this.key = key;
      this.labels = labels;
    }

    /// The same source under other labels from now on: as blind as it is.
    public synchronized Source successor(Labels newLabels) {
      var next = new Source(key, requireNonNull(newLabels, "newLabels is null"));
      next.lostAt = lostAt;
      sources.put(key, next);
      return next;
    }

    /// It gave nothing, and that is not its fault.
    ///
    /// @param names as in [Spot]
    public synchronized void lost(FailureOrigin.Own fault, Instant at, Set<String> names) {
      seen = 0;
      lostAt = at;
      spots.merge(
          key,
          new Spot(labels, names, fault, at),
          (old, now) -> new Spot(labels, names(old.names, now.names), fault, old.since));
    }

    /* None are known once none were. */
    private static Set<String> names(Set<String> old, Set<String> more) {
      if (old.isEmpty() || more.isEmpty() || old.containsAll(more)) {
        return old;
      }
      var both = new HashSet<>(old);
      both.addAll(more);
      return both;
    }

    /// It gave samples that were stored, or failed by itself.
    ///
    /// @param at the time of these samples; what was asked before it was lost shows nothing
    public synchronized void seen(Instant at) {
      if (spots.isEmpty() || at.isBefore(lostAt)) {
        return;
      }
      if (++seen >= SAMPLES_TO_SEE) {
        spots.remove(key);
      }
    }

    public boolean isBlind() {
      return spots.containsKey(key);
    }

    /// Nobody asks it any more.
    public synchronized void end() {
      sources.remove(key);
      spots.remove(key);
    }
  }

  private final Map<Object, Spot> spots = new ConcurrentHashMap<>();
  private final Map<Object, Source> sources = new ConcurrentHashMap<>();

  /// A source that can be seen.
  ///
  /// @param labels what all its series have, the name aside
  public Source source(Labels labels) {
    var source = new Source(new Object(), requireNonNull(labels, "labels is null"));
    sources.put(source.key, source);
    return source;
  }

  /// Nothing gave anything for a while: no source can be seen until it has given something again.
  void loseAll(FailureOrigin.Own fault, Instant at) {
    sources.values().forEach(source -> source.lost(fault, at, Set.of()));
  }

  /// What can't be seen, the longest first.
  public List<Spot> spots() {
    return spots.isEmpty()
        ? List.of()
        : spots.values().stream().sorted(Comparator.comparing(Spot::since)).toList();
  }

  /// Why something is not known, for people; empty where nothing is unseen.
  public static String text(List<Spot> spots) {
    return spots.isEmpty()
        ? ""
        : "unknown, for reasons of Pharos' own: "
            + spots.stream()
                .limit(MOST_NAMED)
                .map(spot -> spot.labels + " since " + spot.since + ": " + spot.fault.reason())
                .collect(Collectors.joining("; "))
            + (spots.size() > MOST_NAMED ? "; and " + (spots.size() - MOST_NAMED) + " more" : "");
  }

  /// Those of which a selector may choose series.
  public List<Spot> behind(List<List<LabelMatcher>> selectors) {
    return spots().stream().filter(spot -> selectors.stream().anyMatch(spot::isBehind)).toList();
  }
}
