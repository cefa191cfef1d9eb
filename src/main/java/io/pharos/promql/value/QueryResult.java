package io.pharos.promql.value;

import java.util.List;

/// The result of a query with the engine's annotations. Each annotation is a sentence with a
/// position in the expression.
public record QueryResult(
    Value value, List<String> warnings, List<String> infos, QueryStats stats) {
  public QueryResult {
    warnings = List.copyOf(warnings);
    infos = List.copyOf(infos);
  }

  /// Creates a result of a query whose cost is unknown.
  public QueryResult(Value value, List<String> warnings, List<String> infos) {
    this(value, warnings, infos, QueryStats.NONE);
  }

  /// Returns a result without annotations.
  public static QueryResult of(Value value) {
    return new QueryResult(value, List.of(), List.of());
  }
}
