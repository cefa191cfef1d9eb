package io.pharos.rules.gap;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /* Series of an earlier process, by metric. */
  private final Map<String, Set<Labels>> unknown = new ConcurrentHashMap<>();

  /// Replaces all rules.
  public void replace(List<Recording> rules) {
    byName = rules.stream().collect(Collectors.groupingBy(Recording::name));
  }

  /// Sets the series of a metric that an earlier process recorded and that its rule may not return
  /// any more. Until that is known, the old values of these series are read beside new ones.
  void setUnknown(String metric, Set<Labels> series) {
    if (series.isEmpty()) {
      unknown.remove(metric);
    } else {
      unknown.put(metric, Set.copyOf(series));
    }
  }

  /// Returns the unknown series that an expression reads, itself or through other recorded series.
  Set<Labels> unknownIn(Expr expression) {
    var found = new HashSet<Labels>();
    if (!unknown.isEmpty()) {
      addUnknown(expression, new HashSet<>(), found);
    }
    return found;
  }

  private void addUnknown(Expr expression, Set<String> visited, Set<Labels> found) {
    expression
        .selectors()
        .map(Expr.VectorSelector::name)
        .filter(name -> name != null && visited.add(name))
        .forEach(
            name -> {
              found.addAll(unknown.getOrDefault(name, Set.of()));
              named(name).forEach(rule -> addUnknown(rule.tree(), visited, found));
            });
  }

  /// Returns the rules that record a metric.
  List<Recording> named(String metric) {
    return byName.getOrDefault(metric, List.of());
  }
}
