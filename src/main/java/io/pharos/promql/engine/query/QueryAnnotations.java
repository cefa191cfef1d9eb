package io.pharos.promql.engine.query;

import io.pharos.model.GoFloat;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Annotations of a query, without duplicates, in Prometheus' words and with a position. If the
/// same annotation is added at several positions, the last position is used.
public final class QueryAnnotations {
  /// Annotations that end with the name of a metric.
  public enum OfMetric {
    MIXED_IN_RANGE(true, "encountered a mix of histograms and floats for metric name "),
    MIXED_BUCKETS(
        true,
        "vector contains a mix of histograms with exponential and custom buckets schemas for metric"
            + " name "),
    NOT_COUNTER(true, "this native histogram metric is not a counter: "),
    NOT_GAUGE(true, "this native histogram metric is not a gauge: "),
    NO_COUNTER_NAME(
        false, "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "),
    HISTOGRAMS_IGNORED(
        false,
        "ignored histograms in a range containing both floats and histograms for metric name ");

    private final boolean warning;
    private final String text;

    OfMetric(boolean warning, String text) {
      this.warning = warning;
      this.text = text;
    }
  }

  private final String text;
  private final Map<String, Span> warnings = new LinkedHashMap<>();
  private final Map<String, Span> infos = new LinkedHashMap<>();
  private final Map<String, Corrections> corrections = new HashMap<>();

  /// Corrections of a classic histogram. A bucket count that was lower than the count of a lower
  /// bucket was raised to that count.
  ///
  /// @param lowest lowest bound of a corrected bucket
  /// @param highest highest bound of a corrected bucket
  /// @param maxIncrease largest increase of a count
  public record Raised(double lowest, double highest, double maxIncrease) {
    /// Adds the correction of a bucket to the corrections of lower buckets.
    ///
    /// @param lower corrections of lower buckets, or null if there are none
    /// @param bound upper bound of the bucket
    /// @param increase increase of the bucket's count
    public static Raised of(@Nullable Raised lower, double bound, double increase) {
      return lower == null
          ? new Raised(bound, bound, increase)
          : new Raised(lower.lowest, bound, Math.max(lower.maxIncrease, increase));
    }
  }

  /// All corrections that one annotation reports, and the times of the corrected histograms.
  private record Corrections(Raised raised, long firstMillis, long lastMillis, int samples) {
    Corrections and(Corrections other) {
      return new Corrections(
          new Raised(
              Math.min(raised.lowest(), other.raised.lowest()),
              Math.max(raised.highest(), other.raised.highest()),
              Math.max(raised.maxIncrease(), other.raised.maxIncrease())),
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
          + GoFloat.rounded(raised.maxIncrease(), 2)
          + ", over "
          + samples
          + " samples from "
          + Instant.ofEpochSecond(firstMillis / 1000)
          + " to "
          + Instant.ofEpochSecond(lastMillis / 1000);
    }
  }

  private final Map<String, Overlaps> overlaps = new LinkedHashMap<>();

  /// The number of a metric's samples with overlapping start timestamps, and the position of the
  /// first of these samples' annotations.
  private record Overlaps(int count, Span first) {}

  private int added;

  QueryAnnotations(String text) {
    this.text = text;
  }

  /// Returns how many annotations were added, including duplicates.
  public int added() {
    return added;
  }

  /// Returns the warnings.
  public List<String> warnings() {
    var allWarnings = new LinkedHashMap<>(warnings);
    overlaps.forEach(
        (metricName, found) ->
            allWarnings.put(overlapText(metricName, found.count()), found.first()));
    return rendered("PromQL warning: ", allWarnings);
  }

  /// Returns the infos.
  public List<String> infos() {
    return rendered("PromQL info: ", infos);
  }

  private List<String> rendered(String kind, Map<String, Span> remarks) {
    return remarks.entrySet().stream()
        .map(one -> kind + details(one.getKey()) + " (" + one.getValue().position(text) + ")")
        .toList();
  }

  private String details(String message) {
    Corrections corrected = corrections.get(message);
    return corrected == null ? message : message + corrected;
  }

  /// Warns about a quantile outside 0 to 1.
  public void quantileOutOfRange(double quantile, Span span) {
    warn("quantile value should be between 0 and 1, got " + GoFloat.general(quantile), span);
  }

  /// Warns that a sample starts before the time of the previous sample. The warning contains the
  /// number of such samples of the metric.
  public void startsOverlap(String metricName, Span span) {
    added++;
    overlaps.merge(
        metricName,
        new Overlaps(1, span),
        (known, _) -> new Overlaps(known.count() + 1, known.first()));
  }

  /// Returns the position of an argument without its parentheses, for an annotation. Returns
  /// [Span#NONE] for a subquery, because the annotation is about its values.
  public static Span place(Expr argument) {
    Expr inner = argument.unwrapped();
    return inner instanceof Expr.Subquery ? Span.NONE : inner.span();
  }

  private static String overlapText(String metricName, int count) {
    return "sample has start time that overlaps with previous sample timestamp for metric "
        + Quoted.of(metricName)
        + (count > 1 ? " (" + count + " occurrences)" : "");
  }

  /// Adds an info that bucket counts were corrected.
  public void forcedMonotonicity(String metricName, Raised raised, long timeMillis, Span span) {
    String message =
        "input to histogram_quantile needed to be fixed for monotonicity (see"
            + " https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
            + ofMetric(metricName);
    corrections.merge(
        message, new Corrections(raised, timeMillis, timeMillis, 1), Corrections::and);
    info(message, span);
  }

  /// Warns that one histogram was reset and another was not.
  ///
  /// @param operation addition, subtraction or aggregation
  public void resetsCollide(String operation, Span span) {
    warn("conflicting counter resets during histogram " + operation, span);
  }

  /// Adds an info that histograms with different custom buckets were combined.
  ///
  /// @param operation addition, subtraction or aggregation
  public void boundsReconciled(String operation, Span span) {
    info("mismatched custom buckets were reconciled during " + operation, span);
  }

  /// Adds an info that an aggregation ignores histograms.
  public void histogramIgnored(AggregateOp op, Span span) {
    info("ignored histogram in " + op.symbol() + " aggregation", span);
  }

  /// Returns the end of an annotation with the name of the metric; empty if the name is unknown.
  public static String ofMetric(String metricName) {
    return metricName.isEmpty() ? "" : " for metric name " + Quoted.of(metricName);
  }

  /// Adds an annotation about a metric.
  public void add(OfMetric remark, String metricName, Span span) {
    added++;
    (remark.warning ? warnings : infos).put(remark.text + Quoted.of(metricName), span);
  }

  /// Adds a warning.
  public void warn(String message, Span span) {
    added++;
    warnings.put(message, span);
  }

  /// Adds an info.
  public void info(String message, Span span) {
    added++;
    infos.put(message, span);
  }

  /// Adds a histogram to a sum. Adds an info if their custom bounds differ.
  public void add(HistogramSum sum, Histogram term, Span span) {
    if (!sum.hasBoundsOf(term)) {
      boundsReconciled("addition", span);
    }
    sum.add(term);
  }

  /// Subtracts a histogram from a sum. Adds an info if their custom bounds differ.
  public void subtract(HistogramSum sum, Histogram term, Span span) {
    if (!sum.hasBoundsOf(term)) {
      boundsReconciled("subtraction", span);
    }
    sum.subtract(term);
  }
}
