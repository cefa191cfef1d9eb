package io.pharos.rules.gap;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The recording rules that run now, so that the series that they record can be computed anew from
/// assumed samples. Thread-safe.
public final class Recordings {
  /// A recording rule. It writes samples at the times that are `phaseMillis` after a multiple of
  /// `intervalMillis`.
  ///
  /// @param name name of the recorded metric
  /// @param text expression as written
  /// @param labels labels that the rule sets, without the name
  public record Recording(
      String name, String text, Expr tree, Labels labels, long intervalMillis, long phaseMillis) {
    /// Returns the labels of the series that the rule records for an element of its result.
    Labels recorded(Labels element) {
      return element.toBuilder().setAll(labels).set(Labels.METRIC_NAME, name).build();
    }

    /// Returns the first time at or after a time for which the rule writes a sample.
    long firstAt(long millis) {
      return millis + Math.floorMod(phaseMillis - millis, intervalMillis);
    }
  }

  private volatile Map<String, List<Recording>> byName = Map.of();

  /// Replaces all rules.
  public void replace(List<Recording> rules) {
    byName = rules.stream().collect(Collectors.groupingBy(Recording::name));
  }

  /// Returns the rules that record a metric.
  List<Recording> named(String metric) {
    return byName.getOrDefault(metric, List.of());
  }
}
