package io.pharos.adopt.init;

import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SampleSink;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The metrics of a page by name. Each metric has its labels, and some of the labels' values.
final class PageSurvey {
  /* Maximum number of labels, and of values of a label. They suffice to recognize the label; one
   * with paths may have many more. */
  private static final int MAX_VALUES = 100;

  /* Maximum number of metrics that are read: ten times those of a large exporter. */
  private static final int MAX_METRICS = 10_000;

  /* Longer values, and those with control characters, tell nothing and break lines of a report. */
  private static final int MAX_LENGTH = 200;
  /* Rules would have to quote other names. */
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]{0,199}");

  /// A metric.
  static final class Metric {
    private final Map<String, Set<String>> labels = new HashMap<>();
    private final NavigableMap<Double, Double> buckets = new TreeMap<>();
    private final Map<Double, String> bounds = new HashMap<>();

    private Metric() {}

    boolean has(String label) {
      return labels.containsKey(label);
    }

    /// Returns the values of a label, sorted; at most 100.
    Set<String> values(String label) {
      return Collections.unmodifiableSet(labels.getOrDefault(label, Set.of()));
    }

    Set<String> labels() {
      return Collections.unmodifiableSet(labels.keySet());
    }

    /// Returns the cumulative counts at the boundaries of a classic histogram, summed over its
    /// series.
    NavigableMap<Double, Double> buckets() {
      return Collections.unmodifiableNavigableMap(buckets);
    }

    /// Returns a boundary as the page writes it.
    String bound(double boundary) {
      return bounds.getOrDefault(boundary, RequestMetrics.plain(boundary));
    }

    private void add(Labels sampleLabels, double value) {
      sampleLabels.forEach(
          (name, text) -> {
            if (!NAME.matcher(name).matches()
                || (labels.size() >= MAX_VALUES && !labels.containsKey(name))) {
              return;
            }
            Set<String> values = labels.computeIfAbsent(name, _ -> new TreeSet<>());
            if (values.size() < MAX_VALUES
                && text.length() <= MAX_LENGTH
                && text.chars().noneMatch(Character::isISOControl)) {
              values.add(text);
            }
          });
      String bound = sampleLabels.get("le");
      if (!bound.isEmpty()) {
        try {
          double le = bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound);
          buckets.merge(le, value, Double::sum);
          bounds.put(le, bound);
        } catch (NumberFormatException _) { // this label le is not a boundary
          buckets.clear();
        }
      }
    }
  }

  private final Map<String, Metric> metrics = new TreeMap<>();
  private final Set<String> declared = new TreeSet<>();
  private final Map<String, String> types = new HashMap<>();
  private int series;

  private PageSurvey() {}

  /// Parses the first `length` bytes of a page.
  ///
  /// @throws ExpositionException when the page violates its format
  static PageSurvey of(byte[] body, int length, Format format) throws ExpositionException {
    var survey = new PageSurvey();
    new PageParser()
        .parse(
            body,
            length,
            format,
            PageParser.HistogramReading.CLASSIC,
            new SampleSink() {
              @Override
              public void sample(RawText text, double value, long timestampMillis)
                  throws ExpositionException {
                Labels labels = text.labels();
                survey.series++;
                String metric = labels.get("__name__");
                if (NAME.matcher(metric).matches()
                    && (survey.metrics.size() < MAX_METRICS
                        || survey.metrics.containsKey(metric))) {
                  survey
                      .metrics
                      .computeIfAbsent(metric, _ -> new Metric())
                      .add(labels.keep(name -> !name.equals("__name__")), value);
                }
              }

              @Override
              public void histogram(RawText text, Histogram histogram, long timestampMillis) {
                // Histograms are read in their classic form only.
              }

              @Override
              public boolean wants(RawText line) {
                return true;
              }

              @Override
              public void metadata(SampleSink.MetadataKind kind, String metric, String text) {
                survey.declared.add(metric);
                if (kind == SampleSink.MetadataKind.TYPE) {
                  survey.types.put(metric, text);
                }
              }
            });
    return survey;
  }

  /// Returns a metric; empty if it has no series.
  Optional<Metric> metric(String name) {
    return Optional.ofNullable(metrics.get(name));
  }

  /// Returns the names of all metrics that have series, sorted.
  Set<String> names() {
    return Collections.unmodifiableSet(metrics.keySet());
  }

  /// Whether the page has a metric of this name, or describes it without series.
  boolean declares(String name) {
    return declared.contains(name) || metrics.containsKey(name);
  }

  /// Returns the type that the page declares, such as `counter`; empty if it declares none. A
  /// counter of OpenMetrics is declared without `_total`.
  String type(String name) {
    String family = name.replaceAll("_total$", "");
    return types.getOrDefault(name, types.getOrDefault(family, ""));
  }

  /// Returns the number of series in words, and whether more metrics are on the page than are read.
  String size() {
    return series
        + " series"
        + (metrics.size() < MAX_METRICS
            ? ""
            : "; only the first " + MAX_METRICS + " metrics are read");
  }

  /// Returns the number of series on the page.
  int series() {
    return series;
  }
}
