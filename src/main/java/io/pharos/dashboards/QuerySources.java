package io.pharos.dashboards;

import static java.util.Objects.requireNonNull;

import io.pharos.dashboards.DashboardExpressions.LabelValues;
import io.pharos.promql.value.Evaluator;
import java.util.List;
import java.util.Optional;

/// Who is asked for what dashboards show.
///
/// @param metrics a Prometheus, or what is like one
/// @param logs a Loki; absent where there is none
public record QuerySources(Evaluator metrics, Optional<Logs> logs) {
  /// A Loki.
  public interface Logs {
    /// What evaluates LogQL to numbers.
    Evaluator metrics();

    /// What knows the values of labels.
    LabelValues labels();

    /// Lines that a query selects, the newest first.
    ///
    /// @param limit the most that are given
    /// @throws io.pharos.promql.value.QueryException where it is refused or can't be answered
    List<PanelView.LogLine> lines(String query, long fromMillis, long untilMillis, int limit);
  }

  public QuerySources {
    requireNonNull(metrics, "metrics is null");
    requireNonNull(logs, "logs is null");
  }
}
