package io.pharos.remote.otlp;

import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.remote.otlp.OtlpMetric.Kind;
import io.pharos.remote.otlp.OtlpMetric.Temporality;
import io.pharos.remote.write.ReceivedBatch;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.storage.Exemplar;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Adds the points of a request to a batch.
final class OtlpSamples {
  private final ReceivedBatch batch;
  private final DeltaSums deltas;
  private final OtlpReceiver.Settings settings;
  private final long now;

  /// Metadata of the request's metrics.
  final List<ReceivedMetadata.Family> families = new ArrayList<>();

  /// Number of rejected points.
  long rejected;

  /// Number of exemplars that were not stored.
  long droppedExemplars;

  /// Creates a translation of one request.
  ///
  /// @param now current time of this process, in milliseconds
  OtlpSamples(ReceivedBatch batch, DeltaSums deltas, OtlpReceiver.Settings settings, long now) {
    this.batch = batch;
    this.deltas = deltas;
    this.settings = settings;
    this.now = now;
  }

  void add(OtlpReader.Resource resource) {
    var labels = new ResourceLabels(resource.attributes(), settings);
    long newest = 0;
    for (OtlpMetric metric : resource.metrics()) {
      String name =
          OtlpNames.metric(metric.name(), metric.unit(), metric.kind(), settings.suffixes());
      if (name.isEmpty()) {
        refuse(metric.points().size(), "found a metric without a name");
        continue;
      }
      if (metric.temporality() == Temporality.UNSPECIFIED) {
        refuse(
            metric.points().size(),
            metric.name() + ": found no aggregation temporality, expected delta or cumulative");
        continue;
      }
      families.add(
          new ReceivedMetadata.Family(
              name, metric.kind().type, metric.description(), metric.unit()));
      for (OtlpPoint point : metric.points()) {
        newest = Math.max(newest, point.millis());
        int refusalsBefore = batch.refusals();
        try {
          add(name, metric, point, labels);
        } catch (IllegalArgumentException | ArithmeticException | DeltaSums.Refused e) {
          batch.refuse(1, name + ": " + e.getMessage());
        }
        rejected += batch.refusals() > refusalsBefore ? 1 : 0;
      }
    }
    if (newest > 0 && labels.hasTargetInfo()) {
      targetInfo(labels, newest);
    }
  }

  /* Adds a sample of `target_info`. If another request for the same resource has stored a later
   * sample, this sample is refused, but no point counts as rejected. */
  private void targetInfo(ResourceLabels labels, long time) {
    try {
      batch.offer(labels.targetInfo(), time, 1);
    } catch (IllegalArgumentException e) {
      batch.refuse(0, "target_info: " + e.getMessage());
    }
  }

  private void refuse(int points, String reason) {
    rejected += points;
    batch.refuse(points, reason);
  }

  private void add(String name, OtlpMetric metric, OtlpPoint point, ResourceLabels labels)
      throws DeltaSums.Refused {
    // a point without a value does not change a sum
    boolean delta = metric.temporality() == Temporality.DELTA && !point.isGap();
    long time = point.millis();
    // a sum of delta points has no start, because the sender does not report the start of the first
    // point
    boolean hasStart =
        metric.temporality() == Temporality.CUMULATIVE && metric.kind() != Kind.GAUGE;
    long start = hasStart && !point.isGap() ? point.startMillis() : 0;
    switch (point) {
      case OtlpPoint.Number number -> {
        Labels series = labels.of(name, number.attributes());
        double value = delta ? deltas.add(series, number, now) : number.value();
        batch.add(series, time, valueOrStale(number, value), start);
        exemplars(series, number.exemplars());
      }
      case OtlpPoint.Explicit explicit -> {
        requireValidBuckets(explicit);
        Labels base = labels.of(name, explicit.attributes());
        explicit(name, delta ? deltas.add(base, explicit, now) : explicit, labels, start);
      }
      case OtlpPoint.Exponential exponential -> {
        Labels series = labels.of(name, exponential.attributes());
        Histogram histogram = exponential.histogram();
        Histogram stored =
            delta
                ? deltas.add(series, exponential, histogram, now).withHint(ResetHint.UNKNOWN)
                : histogram;
        batch.add(series, time, stored, start);
        // exemplars without a time are dropped, because the previous point may have had the same
        // exemplars
        List<Exemplar> timed = exponential.exemplars().stream().filter(Exemplar::timed).toList();
        droppedExemplars += exponential.exemplars().size() - timed.size();
        exemplars(series, timed);
      }
      case OtlpPoint.Summary summary -> {
        add(name + "_sum", summary, labels, summary.sum(), start);
        add(name + "_count", summary, labels, summary.count(), start);
        summary
            .quantiles()
            .forEach(
                (quantile, value) ->
                    add(name, summary, labels, value, 0, "quantile", GoFloat.plain(quantile)));
      }
    }
  }

  private Labels add(
      String name,
      OtlpPoint point,
      ResourceLabels labels,
      double value,
      long start,
      String... further) {
    Labels series = labels.of(name, point.attributes(), further);
    batch.add(series, point.millis(), valueOrStale(point, value), start);
    return series;
  }

  private static double valueOrStale(OtlpPoint point, double value) {
    return point.isGap() ? StaleMarker.VALUE : value;
  }

  private static void requireValidBuckets(OtlpPoint.Explicit point) {
    int bounds = point.bounds().length;
    int counts = point.counts().length;
    if (counts != bounds + 1 && !(counts == 0 && bounds == 0) && !point.isGap()) {
      throw new IllegalArgumentException(
          "found "
              + counts
              + " buckets for "
              + bounds
              + " bounds, expected one bucket more than bounds");
    }
    for (int i = 1; i < bounds; i++) {
      if (!(point.bounds()[i] > point.bounds()[i - 1])) {
        throw new IllegalArgumentException("found bounds that do not ascend");
      }
    }
  }

  private void explicit(String name, OtlpPoint.Explicit point, ResourceLabels labels, long start) {
    point.sum().ifPresent(sum -> add(name + "_sum", point, labels, sum, start));
    add(name + "_count", point, labels, point.count(), start);
    double cumulative = 0;
    double last = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < point.bounds().length; i++) {
      double bound = point.bounds()[i];
      cumulative += i < point.counts().length ? point.counts()[i] : 0;
      bucket(name, point, labels, cumulative, start, last, bound);
      last = bound;
    }
    bucket(name, point, labels, point.count(), start, last, Double.POSITIVE_INFINITY);
  }

  private void bucket(
      String name,
      OtlpPoint point,
      ResourceLabels labels,
      double count,
      long start,
      double lowerBound,
      double upperBound) {
    Labels series =
        add(name + "_bucket", point, labels, count, start, "le", GoFloat.plain(upperBound));
    exemplars(series, between(point.exemplars(), lowerBound, upperBound));
  }

  private static List<Exemplar> between(
      List<Exemplar> exemplars, double lowerBound, double upperBound) {
    return exemplars.stream()
        .filter(one -> one.value() > lowerBound && one.value() <= upperBound)
        .toList();
  }

  private void exemplars(Labels series, List<Exemplar> exemplars) {
    for (Exemplar one : exemplars.stream().sorted(Exemplar.ORDER).toList()) {
      switch (batch.add(series, one)) {
        case ACCEPTED, DUPLICATE -> {}
        case OUT_OF_ORDER, TOO_LONG, NOT_KEPT -> droppedExemplars++;
      }
    }
  }

  /// Returns whether any metric has delta temporality.
  static boolean isDelta(List<OtlpReader.Resource> resources) {
    return resources.stream()
        .flatMap(resource -> resource.metrics().stream())
        .anyMatch(metric -> metric.temporality() == Temporality.DELTA);
  }

  /// Returns the number of points.
  static long points(List<OtlpReader.Resource> resources) {
    return resources.stream()
        .flatMap(resource -> resource.metrics().stream())
        .mapToLong(metric -> metric.points().size())
        .sum();
  }

  /// The labels of the series of one resource, derived as in Prometheus.
  static final class ResourceLabels {
    private static final String NAME = "service.name";
    private static final String NAMESPACE = "service.namespace";
    private static final String INSTANCE = "service.instance.id";
    private static final Set<String> IDENTIFYING = Set.of(NAME, NAMESPACE, INSTANCE);

    private final SortedMap<String, String> resource;
    private final OtlpReceiver.Settings settings;
    private final Map<String, String> identity = new TreeMap<>();
    private final Map<String, String> promoted = new TreeMap<>();

    ResourceLabels(SortedMap<String, String> resource, OtlpReceiver.Settings settings) {
      this.resource = resource;
      this.settings = settings;
      String service = resource.getOrDefault(NAME, "");
      String namespace = resource.getOrDefault(NAMESPACE, "");
      if (!service.isEmpty()) {
        identity.put("job", namespace.isEmpty() ? service : namespace + "/" + service);
      }
      if (!resource.getOrDefault(INSTANCE, "").isEmpty()) {
        identity.put("instance", resource.getOrDefault(INSTANCE, ""));
      }
      for (String attribute : settings.promoted()) {
        String value = resource.get(attribute);
        if (value != null) {
          promoted.putIfAbsent(OtlpNames.label(attribute), value);
        }
      }
    }

    /// Returns the labels of a series.
    ///
    /// @param name name of the metric
    /// @param further further labels such as `le`: alternating names and values
    /// @throws IllegalArgumentException if they are not valid labels
    Labels of(String name, SortedMap<String, String> attributes, String... further) {
      var labels = new TreeMap<String, String>();
      attributes.forEach((key, value) -> put(labels, key, value));
      promoted.forEach(labels::putIfAbsent);
      labels.putAll(identity);
      for (int i = 0; i < further.length; i += 2) {
        labels.put(further[i], further[i + 1]);
      }
      labels.put(Labels.METRIC_NAME, name);
      return labels(labels);
    }

    /* Adds a label. If several attributes map to the same label, their values are joined in the
     * order of the attributes' names. */
    private static void put(Map<String, String> labels, String key, String value) {
      labels.merge(OtlpNames.label(key), value, (one, other) -> one + ";" + other);
    }

    private static Labels labels(Map<String, String> map) {
      var pairs = new String[2 * map.size()];
      int i = 0;
      for (Map.Entry<String, String> label : map.entrySet()) {
        pairs[i++] = label.getKey();
        pairs[i++] = label.getValue();
      }
      return Labels.of(pairs);
    }

    /// Returns whether the resource has a job or an instance, and also attributes that do not
    /// identify it.
    boolean hasTargetInfo() {
      return !identity.isEmpty()
          && resource.keySet().stream().anyMatch(key -> !IDENTIFYING.contains(key));
    }

    /// Returns the labels of `target_info`.
    ///
    /// @throws IllegalArgumentException if they are not valid labels
    Labels targetInfo() {
      var labels = new TreeMap<String, String>();
      resource.forEach(
          (key, value) -> {
            if (settings.keepIdentifying() || !IDENTIFYING.contains(key)) {
              put(labels, key, value);
            }
          });
      labels.putAll(identity);
      labels.put(Labels.METRIC_NAME, "target_info");
      return labels(labels);
    }
  }
}
