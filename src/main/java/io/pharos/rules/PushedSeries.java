package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Estimates when pushed series get their next samples.
///
/// If the intervals between the last samples of a series were regular, the next sample is expected
/// after the same interval. For other series there is no estimate. At most [#MAX_SERIES] series are
/// tracked; if one series is not tracked, there is no estimate for any series of its metric.
/// Thread-safe.
final class PushedSeries {
  private static final int MAX_SERIES = 10_000;

  /// A series without samples for this long counts as ended.
  private static final long ENDED_AFTER_MILLIS = Duration.ofMinutes(5).toMillis();

  private static final long SWEEP_INTERVAL_MILLIS = Duration.ofMinutes(1).toMillis();

  /// A series is regular if at least `MIN_EQUAL` of its last `MAX_GAPS` intervals are equal to the
  /// shortest interval. The other intervals may be longer, because samples were lost.
  private static final int MAX_GAPS = 4;

  private static final int MIN_EQUAL = 3;

  /// Intervals count as equal if they differ by at most one tenth (1 / `SLACK`), because senders
  /// are not exactly on time.
  private static final long SLACK = 10;

  /// Samples of one instance that arrived together.
  ///
  /// @param millis time of the newest sample
  /// @param metrics names of the metrics
  /// @param notable whether a sample says that the target is down, or the previous sample of its
  ///   series did
  record Arrived(String instance, long millis, Set<String> metrics, boolean notable) {
    Arrived {
      metrics = Set.copyOf(metrics);
    }

    private Arrived(String instance, Gathered gathered) {
      this(instance, gathered.millis, gathered.metrics, gathered.notable);
    }

    /// Combines two arrivals.
    Arrived and(Arrived other) {
      var allMetrics = new HashSet<>(metrics);
      allMetrics.addAll(other.metrics);
      return new Arrived(
          instance, Math.max(millis, other.millis), allMetrics, notable || other.notable);
    }
  }

  /// A pushed sample.
  record Sample(Labels series, long millis, double value) {}

  /// Collects the samples of one instance for [Arrived].
  private static final class Gathered {
    private final Set<String> metrics = new HashSet<>();
    private long millis = Long.MIN_VALUE;
    private boolean notable;
  }

  /// The last intervals between samples of one series.
  private static final class Pace {
    private final long[] gaps = new long[MAX_GAPS];
    private int count;
    private long last = Long.MIN_VALUE;
    private boolean down;

    private void arrived(long millis) {
      if (last != Long.MIN_VALUE) {
        if (millis - last > ENDED_AFTER_MILLIS) {
          count = 0;
        } else {
          gaps[count++ % MAX_GAPS] = millis - last;
          count = count < 2 * MAX_GAPS ? count : count - MAX_GAPS;
        }
      }
      last = millis;
    }

    /// Returns the earliest time of the next sample in Unix milliseconds; [Long#MIN_VALUE] if there
    /// is no estimate.
    private long next() {
      int measured = Math.min(count, MAX_GAPS);
      if (measured < MIN_EQUAL) {
        return Long.MIN_VALUE;
      }
      long shortest = Arrays.stream(gaps, 0, measured).min().orElseThrow();
      long equal =
          Arrays.stream(gaps, 0, measured)
              .filter(gap -> gap - shortest <= shortest / SLACK)
              .count();
      return equal < MIN_EQUAL ? Long.MIN_VALUE : last + shortest - shortest / SLACK;
    }
  }

  private final Map<String, Map<String, Map<Labels, Pace>>> byInstance = new HashMap<>();

  /// Names of metrics with series that are not tracked.
  private final Set<String> untracked = new HashSet<>();

  private int size;
  private long sweptAt = Long.MIN_VALUE / 2;

  /// Records samples that were stored. The samples of each series must be in the order of their
  /// times.
  ///
  /// @param now Unix milliseconds
  /// @return the samples of each instance
  synchronized Collection<Arrived> stored(Collection<Sample> samples, long now) {
    if (now - sweptAt > SWEEP_INTERVAL_MILLIS) {
      sweptAt = now;
      sweep(now);
    }
    var arrived = new HashMap<String, Gathered>();
    for (Sample sample : samples) {
      Labels series = sample.series;
      String metric = series.metricName();
      if (StaleMarker.is(sample.value)) {
        forget(series);
        continue;
      }
      Pace pace = pace(series);
      if (pace == null) {
        untracked.add(metric);
      } else if (sample.millis > pace.last) {
        boolean down = InstanceIndependence.isBad(metric, sample.value);
        Gathered gathered =
            arrived.computeIfAbsent(series.get(InstanceIndependence.INSTANCE), _ -> new Gathered());
        gathered.metrics.add(metric);
        gathered.millis = Math.max(gathered.millis, sample.millis);
        gathered.notable |= down || pace.down;
        pace.arrived(sample.millis);
        pace.down = down;
      }
    }
    return arrived.entrySet().stream()
        .map(entry -> new Arrived(entry.getKey(), entry.getValue()))
        .toList();
  }

  /// Returns the tracked series with the same instance and metric name as a series; an empty map if
  /// there are none.
  private Map<Labels, Pace> tracked(Labels series) {
    return byInstance
        .getOrDefault(series.get(InstanceIndependence.INSTANCE), Map.of())
        .getOrDefault(series.metricName(), new HashMap<>());
  }

  private @Nullable Pace pace(Labels series) {
    Pace existing = tracked(series).get(series);
    if (existing != null || size >= MAX_SERIES) {
      return existing;
    }
    size++;
    var newPace = new Pace();
    byInstance
        .computeIfAbsent(series.get(InstanceIndependence.INSTANCE), _ -> new HashMap<>())
        .computeIfAbsent(series.metricName(), _ -> new HashMap<>())
        .put(series, newPace);
    return newPace;
  }

  private void forget(Labels series) {
    if (tracked(series).remove(series) != null) {
      size--;
    }
  }

  private void sweep(long now) {
    untracked.clear();
    size = 0;
    for (var instances = byInstance.values().iterator(); instances.hasNext(); ) {
      Map<String, Map<Labels, Pace>> ofInstance = instances.next();
      for (var metrics = ofInstance.values().iterator(); metrics.hasNext(); ) {
        Map<Labels, Pace> ofMetric = metrics.next();
        ofMetric.values().removeIf(pace -> now - pace.last > ENDED_AFTER_MILLIS);
        size += ofMetric.size();
        if (ofMetric.isEmpty()) {
          metrics.remove();
        }
      }
      if (ofInstance.isEmpty()) {
        instances.remove();
      }
    }
  }

  /// Returns the number of instances with tracked series.
  synchronized int instances() {
    return byInstance.size();
  }

  /// Returns whether the last sample of any series of the instance says that the target is down.
  synchronized boolean isNotable(String instance) {
    Map<String, Map<Labels, Pace>> ofInstance = byInstance.getOrDefault(instance, Map.of());
    return InstanceIndependence.HEALTH.stream()
        .flatMap(metric -> ofInstance.getOrDefault(metric, Map.of()).values().stream())
        .anyMatch(pace -> pace.down);
  }

  /// Returns whether no further sample that an expression reads for an [InstanceIndependence#key]
  /// is expected before a slot.
  synchronized boolean isComplete(Labels key, InstanceIndependence part, long slot) {
    Map<String, Map<Labels, Pace>> ofInstance =
        byInstance.getOrDefault(key.get(InstanceIndependence.INSTANCE), Map.of());
    for (String metric : part.metrics()) {
      if (untracked.contains(metric)) {
        return false;
      }
      for (Map.Entry<Labels, Pace> entry : ofInstance.getOrDefault(metric, Map.of()).entrySet()) {
        Pace pace = entry.getValue();
        if (pace.next() <= slot
            && slot - pace.last <= ENDED_AFTER_MILLIS
            && part.reads(key, entry.getKey())) {
          return false;
        }
      }
    }
    return true;
  }
}
