package io.pharos.promql.test;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.storage.Appender;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Converts the classic histograms of a `load` to native histograms with custom buckets: the series
/// `x_bucket{le=…}`, `x_count` and `x_sum` become a series `x` of histograms.
final class ClassicHistograms {
  private static final String LE = "le";

  /// The buckets, the count and the sum of one histogram at one time.
  private static final class Observed {
    final TreeMap<Double, Double> cumulative = new TreeMap<>();
    @Nullable Double count;
    double sum;
  }

  private final Map<Labels, TreeMap<Long, Observed>> histograms = new LinkedHashMap<>();

  ClassicHistograms(PromqlScript.Load load) {
    for (PromqlScript.LoadedSeries loaded : load.series()) {
      SeriesDescription series = loaded.description();
      long time = 0;
      for (SeriesDescription.Item item : series.items()) {
        if (item instanceof SeriesDescription.Sample(double value)) {
          addPart(series.labels(), time, value);
        } else if (item instanceof SeriesDescription.Stale) {
          // a staleness marker in the sum also ends the series of histograms
          addPart(series.labels(), time, StaleMarker.VALUE);
        }
        time += load.gapMillis();
      }
    }
  }

  private void addPart(Labels labels, long time, double value) {
    String name = labels.metricName();
    if (name.endsWith("_bucket") && labels.has(LE)) {
      OptionalDouble bound = bound(labels.get(LE));
      if (bound.isPresent()) {
        observed(labels, "_bucket", time).cumulative.put(bound.getAsDouble(), value);
      }
    } else if (name.endsWith("_count")) {
      observed(labels, "_count", time).count = value;
    } else if (name.endsWith("_sum")) {
      observed(labels, "_sum", time).sum = value;
    }
  }

  /// Parses the upper bound of a bucket; empty if it is invalid.
  private static OptionalDouble bound(String le) {
    if (le.toLowerCase(Locale.ROOT).matches("[+]?inf")) {
      return OptionalDouble.of(Double.POSITIVE_INFINITY);
    }
    try {
      double bound = Double.parseDouble(le);
      return Double.isNaN(bound) ? OptionalDouble.empty() : OptionalDouble.of(bound);
    } catch (NumberFormatException _) {
      // the series is not a bucket; the engine adds a warning about it
      return OptionalDouble.empty();
    }
  }

  private Observed observed(Labels labels, String suffix, long time) {
    String name = labels.metricName();
    Labels base =
        labels
            .with(Labels.METRIC_NAME, name.substring(0, name.length() - suffix.length()))
            .without(List.of(LE));
    return histograms
        .computeIfAbsent(base, _ -> new TreeMap<>())
        .computeIfAbsent(time, _ -> new Observed());
  }

  void append(Appender appender) {
    histograms.forEach(
        (labels, byTime) ->
            byTime.forEach(
                (time, observed) -> appender.append(labels, time, histogram(labels, observed))));
  }

  private static Histogram histogram(Labels labels, Observed observed) {
    TreeMap<Double, Double> cumulative = observed.cumulative;
    double count = total(observed);
    cumulative.putIfAbsent(Double.POSITIVE_INFINITY, count);
    double[] bounds = new double[cumulative.size() - 1];
    double[] counts = new double[cumulative.size()];
    int i = 0;
    double below = 0;
    for (Map.Entry<Double, Double> bucket : cumulative.entrySet()) {
      if (i < bounds.length) {
        bounds[i] = bucket.getKey();
      }
      counts[i] = bucket.getValue() - below;
      if (counts[i++] < 0) {
        throw new IllegalArgumentException(
            "the bucket of %s up to %s has a lower count than the bucket before it"
                .formatted(labels, bucket.getKey()));
      }
      below = bucket.getValue();
    }
    return new Histogram(
            ResetHint.UNKNOWN,
            Histogram.CUSTOM_BUCKETS,
            0,
            0,
            count,
            observed.sum,
            new Buckets(List.of(new BucketSpan(0, counts.length)), counts),
            Buckets.none(),
            bounds)
        .compacted();
  }

  private static double total(Observed observed) {
    if (observed.count != null) {
      return observed.count;
    }
    return observed.cumulative.isEmpty() ? 0 : observed.cumulative.lastEntry().getValue();
  }
}
