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

  /// @param now current time of this process, in milliseconds
  OtlpSamples(ReceivedBatch batch, DeltaSums deltas, OtlpReceiver.Settings settings, long now) {
    this.batch = batch;
    this.deltas = deltas;
    this.settings = settings;
    this.now = now;
  }

  void add(OtlpReader.Resource resource) {
    var labels = new OtlpLabels(resource.attributes(), settings);
    long newest = 0;
    for (OtlpMetric metric : resource.metrics()) {
      String name =
          OtlpNames.metric(metric.name(), metric.unit(), metric.kind(), settings.suffixes());
      if (name.isEmpty()) {
        refuse(metric.points().size(), "found a metric without a name");
        continue;
      }
      if (metric.temporality() == Temporality.UNSPECIFIED) {
        refuse(metric.points().size(), metric.name() + ": found no aggregation temporality");
        continue;
      }
      families.add(
          new ReceivedMetadata.Family(
              name, metric.kind().type, metric.description(), metric.unit()));
      for (OtlpPoint point : metric.points()) {
        newest = Math.max(newest, point.millis());
        int before = batch.refusals();
        try {
          add(name, metric, point, labels);
        } catch (IllegalArgumentException | ArithmeticException | DeltaSums.Refused e) {
          batch.refuse(1, name + ": " + e.getMessage());
        }
        rejected += batch.refusals() > before ? 1 : 0;
      }
    }
    if (newest > 0 && labels.hasTargetInfo()) {
      targetInfo(labels, newest);
    }
  }

  /* Another request of the same resource may have stored it at a later time; that rejects no
   * point. */
  private void targetInfo(OtlpLabels labels, long time) {
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

  private void add(String name, OtlpMetric metric, OtlpPoint point, OtlpLabels labels)
      throws DeltaSums.Refused {
    // A gap adds nothing to a sum.
    boolean delta = metric.temporality() == Temporality.DELTA && !point.isGap();
    long time = point.millis();
    // The sum of deltas counts from the first of them on, which the sender does not report.
    boolean counts = metric.temporality() == Temporality.CUMULATIVE && metric.kind() != Kind.GAUGE;
    long start = counts && !point.isGap() ? point.startMillis() : 0;
    switch (point) {
      case OtlpPoint.Number number -> {
        Labels series = labels.of(name, number.attributes());
        double value = delta ? deltas.add(series, number, now) : number.value();
        batch.add(series, time, or(number, value), start);
        exemplars(series, number.exemplars());
      }
      case OtlpPoint.Explicit given -> {
        check(given);
        Labels base = labels.of(name, given.attributes());
        explicit(name, delta ? deltas.add(base, given, now) : given, labels, start);
      }
      case OtlpPoint.Exponential given -> {
        Labels series = labels.of(name, given.attributes());
        Histogram histogram = given.histogram();
        Histogram stored =
            delta
                ? deltas.add(series, given, histogram, now).withHint(ResetHint.UNKNOWN)
                : histogram;
        batch.add(series, time, stored, start);
        // Exemplars without a time can't be distinguished from those of the last point.
        List<Exemplar> timed = given.exemplars().stream().filter(Exemplar::timed).toList();
        droppedExemplars += given.exemplars().size() - timed.size();
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
      String name, OtlpPoint point, OtlpLabels labels, double value, long start, String... more) {
    Labels series = labels.of(name, point.attributes(), more);
    batch.add(series, point.millis(), or(point, value), start);
    return series;
  }

  private static double or(OtlpPoint point, double value) {
    return point.isGap() ? StaleMarker.VALUE : value;
  }

  private static void check(OtlpPoint.Explicit point) {
    int bounds = point.bounds().length;
    int counts = point.counts().length;
    if (counts != bounds + 1 && !(counts == 0 && bounds == 0) && !point.isGap()) {
      throw new IllegalArgumentException(
          "found " + counts + " buckets for " + bounds + " bounds, expected one more than bounds");
    }
    for (int i = 1; i < bounds; i++) {
      if (!(point.bounds()[i] > point.bounds()[i - 1])) {
        throw new IllegalArgumentException("found bounds that do not ascend");
      }
    }
  }

  private void explicit(String name, OtlpPoint.Explicit point, OtlpLabels labels, long start) {
    point.sum().ifPresent(sum -> add(name + "_sum", point, labels, sum, start));
    add(name + "_count", point, labels, point.count(), start);
    double below = 0;
    double last = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < point.bounds().length; i++) {
      double bound = point.bounds()[i];
      below += i < point.counts().length ? point.counts()[i] : 0;
      bucket(name, point, labels, below, start, last, bound);
      last = bound;
    }
    bucket(name, point, labels, point.count(), start, last, Double.POSITIVE_INFINITY);
  }

  private void bucket(
      String name,
      OtlpPoint point,
      OtlpLabels labels,
      double count,
      long start,
      double above,
      double upTo) {
    Labels series = add(name + "_bucket", point, labels, count, start, "le", GoFloat.plain(upTo));
    exemplars(series, between(point.exemplars(), above, upTo));
  }

  private static List<Exemplar> between(List<Exemplar> exemplars, double above, double upTo) {
    return exemplars.stream().filter(one -> one.value() > above && one.value() <= upTo).toList();
  }

  private void exemplars(Labels series, List<Exemplar> exemplars) {
    for (Exemplar one : exemplars.stream().sorted(Exemplar.ORDER).toList()) {
      switch (batch.add(series, one)) {
        case ACCEPTED, DUPLICATE -> {}
        case OUT_OF_ORDER, TOO_LONG, NOT_KEPT -> droppedExemplars++;
      }
    }
  }

  /// Whether any metric has delta temporality.
  static boolean isDelta(List<OtlpReader.Resource> resources) {
    return resources.stream()
        .flatMap(resource -> resource.metrics().stream())
        .anyMatch(metric -> metric.temporality() == Temporality.DELTA);
  }

  /// The number of points.
  static long points(List<OtlpReader.Resource> resources) {
    return resources.stream()
        .flatMap(resource -> resource.metrics().stream())
        .mapToLong(metric -> metric.points().size())
        .sum();
  }
}
