package io.pharos.dashboards;

import io.pharos.dashboards.DashboardFiles.LabelValues;
import io.pharos.promql.value.Evaluator;
import java.util.List;
import java.util.Optional;

/// The servers that run the queries of dashboards.
///
/// @param metrics a server with Prometheus' API
/// @param logs a Loki, if there is one
public record QuerySources(Evaluator metrics, Optional<Logs> logs) {
  /// A Loki.
  public interface Logs {
    /// The evaluator of LogQL queries with numeric results.
    Evaluator metrics();

    /// The values of labels.
    LabelValues labels();

    /// The lines that a query selects, the newest first.
    ///
    /// @param limit maximum number of lines
    /// @throws io.pharos.promql.value.QueryException if the query is refused or fails
    List<PanelView.LogLine> lines(String query, long fromMillis, long untilMillis, int limit);
  }
}
