package io.pharos.promql.engine;

import io.pharos.model.GoFloat;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.Estimate.NanEffect;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.Buckets.Raised;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Annotations of a query, deduplicated, in Prometheus' words and with a position. An annotation
/// about several positions has the last one.
final class QueryAnnotations {
  private final String text;
  private final Map<String, Span> warnings = new LinkedHashMap<>();
  private final Map<String, Span> infos = new LinkedHashMap<>();
  private final Map<String, Raising> raisings = new HashMap<>();

  /// The content of one annotation about corrected bucket counts.
  private record Raising(Raised raised, long firstMillis, long lastMillis, int samples) {
    Raising and(Raising other) {
      return new Raising(
          new Raised(
              Math.min(raised.lowest(), other.raised.lowest()),
              Math.max(raised.highest(), other.raised.highest()),
              Math.max(raised.most(), other.raised.most())),
          Math.min(firstMillis, other.firstMillis),
          Math.max(lastMillis, other.lastMillis),
          samples + other.samples);
    }

    @Override
    public String toString() {
      return ", from buckets "
          + GoFloat.general(raised.lowest())
          + " to "
          + GoFloat.general(raised.highest())
          + ", with a max diff of "
          + GoFloat.rounded(raised.most(), 2)
          + ", over "
          + samples
          + " samples from "
          + Instant.ofEpochSecond(firstMillis / 1000)
          + " to "
          + Instant.ofEpochSecond(lastMillis / 1000);
    }
  }

  private final Map<String, Overlaps> overlaps = new LinkedHashMap<>();

  /// How many samples of a metric have overlapping start timestamps, and the first position.
  private record Overlaps(int count, Span first) {}

  private int made;

  QueryAnnotations(String text) {
    this.text = text;
  }

  /// Number of annotations, including repeated ones.
  int made() {
    return made;
  }

  List<String> warnings() {
    var all = new LinkedHashMap<>(warnings);
    overlaps.forEach(
        (metricName, found) -> all.put(overlapText(metricName, found.count()), found.first()));
    return rendered("PromQL warning: ", all);
  }

  List<String> infos() {
    return rendered("PromQL info: ", infos);
  }

  private List<String> rendered(String kind, Map<String, Span> remarks) {
    return remarks.entrySet().stream()
        .map(one -> kind + details(one.getKey()) + " (" + one.getValue().position(text) + ")")
        .toList();
  }

  private String details(String message) {
    Raising raising = raisings.get(message);
    return raising == null ? message : message + raising;
  }

  void quantileOutOfRange(double quantile, Span span) {
    warn("quantile value should be between 0 and 1, got " + GoFloat.general(quantile), span);
  }

  void ratioOutOfRange(double ratio, double capped, Span span) {
    warn(
        "ratio value should be between -1 and 1, got "
            + GoFloat.general(ratio)
            + ", capping to "
            + GoFloat.general(capped),
        span);
  }

  void badBucketLabel(String metricName, String le, Span span) {
    warn(
        "bucket label \"le\" is missing or has a malformed value of "
            + Quoted.of(le)
            + ofMetric(metricName),
        span);
  }

  void sortInRangeQuery(Span span) {
    warn("sort is ineffective for range queries since results are always ordered by labels", span);
  }

  /// Counts overlapping start timestamps per metric.
  void startsOverlap(String metricName, Span span) {
    made++;
    overlaps.merge(
        metricName,
        new Overlaps(1, span),
        (known, _) -> new Overlaps(known.count() + 1, known.first()));
  }

  /// Returns the position of an argument for an annotation, without parentheses; none for a
  /// subquery, because the annotation is about its values.
  static Span place(Expr argument) {
    Expr inner = argument.unwrapped();
    return inner instanceof Expr.Subquery ? Span.NONE : inner.span();
  }

  private static String overlapText(String metricName, int count) {
    return "sample has start time that overlaps with previous sample timestamp for metric "
        + Quoted.of(metricName)
        + (count > 1 ? " (" + count + " occurrences)" : "");
  }

  void possibleNonCounter(String metricName, Span span) {
    info(
        "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "
            + Quoted.of(metricName),
        span);
  }

  void possibleNonCounterType(String metricName, String type, Span span) {
    info(
        "metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\","
            + " got "
            + Quoted.of(type)
            + ": "
            + Quoted.of(metricName),
        span);
  }

  void forcedMonotonicity(String metricName, Raised raised, long timeMillis, Span span) {
    String message =
        "input to histogram_quantile needed to be fixed for monotonicity (see"
            + " https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
            + ofMetric(metricName);
    raisings.merge(message, new Raising(raised, timeMillis, timeMillis, 1), Raising::and);
    info(message, span);
  }

  void mixedInRange(String metricName, Span span) {
    warn(
        "encountered a mix of histograms and floats for metric name " + Quoted.of(metricName),
        span);
  }

  void mixedInAggregation(Span span) {
    warn("encountered a mix of histograms and floats for aggregation", span);
  }

  void mixedClassicAndNative(String metricName, Span span) {
    warn("vector contains a mix of classic and native histograms" + ofMetric(metricName), span);
  }

  void mixedExponentialAndCustom(String metricName, Span span) {
    warn(
        "vector contains a mix of histograms with exponential and custom buckets schemas for metric"
            + " name "
            + Quoted.of(metricName),
        span);
  }

  void notCounter(String metricName, Span span) {
    warn("this native histogram metric is not a counter: " + Quoted.of(metricName), span);
  }

  void notGauge(String metricName, Span span) {
    warn("this native histogram metric is not a gauge: " + Quoted.of(metricName), span);
  }

  void incompatibleBuckets(BinaryOp op, Span span) {
    warn("incompatible bucket layout encountered for binary operator " + op.symbol(), span);
  }

  void incompatibleTypes(String left, BinaryOp op, String right, Span span) {
    info(
        "incompatible sample types encountered for binary operator "
            + Quoted.of(op.symbol())
            + ": "
            + left
            + " "
            + op.symbol()
            + " "
            + right,
        span);
  }

  /// @param operation addition, subtraction or aggregation
  void resetsCollide(String operation, Span span) {
    warn("conflicting counter resets during histogram " + operation, span);
  }

  /// @param operation addition, subtraction or aggregation
  void boundsReconciled(String operation, Span span) {
    info("mismatched custom buckets were reconciled during " + operation, span);
  }

  void histogramIgnored(AggregateOp op, Span span) {
    info("ignored histogram in " + op.symbol() + " aggregation", span);
  }

  void histogramsIgnoredInRange(String metricName, Span span) {
    info(
        "ignored histograms in a range containing both floats and histograms for metric name "
            + Quoted.of(metricName),
        span);
  }

  void nanObservations(NanEffect effect, String metricName, Span span) {
    switch (effect) {
      case NONE -> {}
      case RESULT_IS_NAN ->
          info(
              "input to histogram_quantile has NaN observations, result is NaN"
                  + ofMetric(metricName),
              span);
      case SKEWED_HIGHER ->
          info(
              "input to histogram_quantile has NaN observations, result is skewed higher"
                  + ofMetric(metricName),
              span);
      case EXCLUDED ->
          info(
              "input to histogram_fraction has NaN observations, which are excluded from all"
                  + " fractions"
                  + ofMetric(metricName),
              span);
    }
  }

  /// Names the metric if it is known.
  private static String ofMetric(String metricName) {
    return metricName.isEmpty() ? "" : " for metric name " + Quoted.of(metricName);
  }

  private void warn(String message, Span span) {
    made++;
    warnings.put(message, span);
  }

  private void info(String message, Span span) {
    made++;
    infos.put(message, span);
  }
}
