package io.pharos.server.web.query;

import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Map;

/// The names and values of the labels of recent series, and the metadata of metrics, for those who
/// write expressions. Thread-safe.
public interface SeriesIndex {
  /// Returns the label names of the series that match, sorted.
  ///
  /// @throws io.pharos.promql.value.QueryException if the engine can't say
  List<String> labelNames(List<LabelMatcher> matchers);

  /// Returns the values of a label among the series that match, sorted.
  ///
  /// @throws io.pharos.promql.value.QueryException if the engine can't say
  List<String> labelValues(String label, List<LabelMatcher> matchers);

  /// Returns the metadata by the name of the metric family, at most a minute old.
  Map<String, Metadata> metadata();

  /// Returns the metadata of a metric: of its family, if it is a series of a histogram or summary.
  default Metadata metadata(String metric) {
    Map<String, Metadata> all = metadata();
    Metadata known = all.get(metric);
    if (known == null) {
      known = all.get(metric.replaceFirst("_(bucket|count|sum|total)$", ""));
    }
    return known == null ? Metadata.UNKNOWN : known;
  }

  /// What a target says about a metric.
  ///
  /// @param type Prometheus' word, such as `counter`; empty if unknown
  /// @param help empty if unknown
  /// @param unit empty if unknown
  record Metadata(String type, String help, String unit) {
    static final Metadata UNKNOWN = new Metadata("", "", "");
  }
}
