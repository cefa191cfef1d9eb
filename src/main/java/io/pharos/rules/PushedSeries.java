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

/// Series that others push, and when each comes again at the earliest.
///
/// Nobody says when that is. One that came at even distances keeps to them, as long as nothing else
/// is seen; of any other nothing is known. So many series are followed at most; with one that is
/// not, all of its name are unknown. Thread-safe.
final class PushedSeries {
  private static final int MOST = 10_000;

  /// What did not come for so long is no sample of now, and no sign of what is to come.
  private static final long FORGOTTEN_MILLIS = Duration.ofMinutes(5).toMillis();

  private static final long SWEPT_MILLIS = Duration.ofMinutes(1).toMillis();

  /// The pace of the last gaps is that of the shortest, where so many of them are like it. One may
  /// be longer: a sample was lost.
  private static final int GAPS = 4;

  private static final int ALIKE = 3;

  /// Gaps that differ by less than a tenth are the same: who pushes is not that punctual.
  private static final long SLACK = 10;

  /// What came for one instance at once.
  ///
  /// @param millis the time of the newest
  /// @param metrics what they are called
  /// @param notable whether one of them says that something is not there, or is there again
  record Arrived(String instance, long millis, Set<String> metrics, boolean notable) {
    Arrived {
      metrics = Set.copyOf(metrics);
    }

    private Arrived(String instance, Gathered all) {
      this(instance, all.millis, all.metrics, all.notable);
    }

    /// Both as one.
    Arrived and(Arrived other) {
      var both = new HashSet<>(metrics);
      both.addAll(other.metrics);
      return new Arrived(instance, Math.max(millis, other.millis), both, notable || other.notable);
    }
  }

  /// A sample that came.
  record Sample(Labels series, long millis, double value) {}

  private static final class Gathered {
    private final Set<String> metrics = new HashSet<>();
    private long millis = Long.MIN_VALUE;
    private boolean notable;
  }

  private static final class Pace {
    private final long[] gaps = new long[GAPS];
    private int count;
    private long last = Long.MIN_VALUE;
    private boolean bad;

    private void came(long millis) {
      if (last != Long.MIN_VALUE) {
        if (millis - last > FORGOTTEN_MILLIS) {
          count = 0;
        } else {
          gaps[count++ % GAPS] = millis - last;
          count = count < 2 * GAPS ? count : count - GAPS;
        }
      }
      last = millis;
    }

    /// When the next comes at the earliest; long ago where nobody knows.
    private long next() {
      int known = Math.min(count, GAPS);
      if (known < ALIKE) {
        return Long.MIN_VALUE;
      }
      long shortest = Arrays.stream(gaps, 0, known).min().orElseThrow();
      long alike =
          Arrays.stream(gaps, 0, known).filter(gap -> gap - shortest <= shortest / SLACK).count();
      return alike < ALIKE ? Long.MIN_VALUE : last + shortest - shortest / SLACK;
    }
  }

  private final Map<String, Map<String, Map<Labels, Pace>>> byInstance = new HashMap<>();

  /// Names of series of which not all are followed.
  private final Set<String> unknown = new HashSet<>();

  private int size;
  private long sweptAt = Long.MIN_VALUE / 2;

  /// These were stored, in the order of each series' times.
  ///
  /// @param now Unix milliseconds
  /// @return what came for each instance
  synchronized Collection<Arrived> stored(Collection<Sample> samples, long now) {
    if (now - sweptAt > SWEPT_MILLIS) {
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
        unknown.add(metric);
      } else if (sample.millis > pace.last) {
        boolean bad = InstanceIndependence.isBad(metric, sample.value);
        Gathered all =
            arrived.computeIfAbsent(series.get(InstanceIndependence.INSTANCE), _ -> new Gathered());
        all.metrics.add(metric);
        all.millis = Math.max(all.millis, sample.millis);
        all.notable |= bad || pace.bad;
        pace.came(sample.millis);
        pace.bad = bad;
      }
    }
    return arrived.entrySet().stream()
        .map(one -> new Arrived(one.getKey(), one.getValue()))
        .toList();
  }

  private @Nullable Pace pace(Labels series) {
    Map<String, Map<Labels, Pace>> ofInstance =
        byInstance.get(series.get(InstanceIndependence.INSTANCE));
    Map<Labels, Pace> ofMetric = ofInstance == null ? null : ofInstance.get(series.metricName());
    Pace known = ofMetric == null ? null : ofMetric.get(series);
    if (known != null || size >= MOST) {
      return known;
    }
    size++;
    var fresh = new Pace();
    byInstance
        .computeIfAbsent(series.get(InstanceIndependence.INSTANCE), _ -> new HashMap<>())
        .computeIfAbsent(series.metricName(), _ -> new HashMap<>())
        .put(series, fresh);
    return fresh;
  }

  private void forget(Labels series) {
    Map<String, Map<Labels, Pace>> ofInstance =
        byInstance.get(series.get(InstanceIndependence.INSTANCE));
    Map<Labels, Pace> ofMetric = ofInstance == null ? null : ofInstance.get(series.metricName());
    if (ofMetric != null && ofMetric.remove(series) != null) {
      size--;
    }
  }

  private void sweep(long now) {
    unknown.clear();
    size = 0;
    for (var instances = byInstance.values().iterator(); instances.hasNext(); ) {
      Map<String, Map<Labels, Pace>> ofInstance = instances.next();
      for (var metrics = ofInstance.values().iterator(); metrics.hasNext(); ) {
        Map<Labels, Pace> ofMetric = metrics.next();
        ofMetric.values().removeIf(pace -> now - pace.last > FORGOTTEN_MILLIS);
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

  /// How many instances there are.
  synchronized int instances() {
    return byInstance.size();
  }

  /// Whether one of an instance's series said last that something is not there.
  synchronized boolean isNotable(String instance) {
    Map<String, Map<Labels, Pace>> ofInstance = byInstance.getOrDefault(instance, Map.of());
    return InstanceIndependence.HEALTH.stream()
        .flatMap(metric -> ofInstance.getOrDefault(metric, Map.of()).values().stream())
        .anyMatch(pace -> pace.bad);
  }

  /// Whether nothing more of what an expression reads of a [InstanceIndependence#key] comes before
  /// a slot.
  synchronized boolean isComplete(Labels key, InstanceIndependence part, long slot) {
    Map<String, Map<Labels, Pace>> ofInstance =
        byInstance.getOrDefault(key.get(InstanceIndependence.INSTANCE), Map.of());
    for (String metric : part.metrics()) {
      if (unknown.contains(metric)) {
        return false;
      }
      for (Map.Entry<Labels, Pace> one : ofInstance.getOrDefault(metric, Map.of()).entrySet()) {
        Pace pace = one.getValue();
        if (pace.next() <= slot
            && slot - pace.last <= FORGOTTEN_MILLIS
            && part.reads(key, one.getKey())) {
          return false;
        }
      }
    }
    return true;
  }
}
