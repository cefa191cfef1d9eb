package io.pharos.server.web;

import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.model.LabelMatcher;
import java.util.List;

/// The current alerts that a silence would match.
///
/// @param total number of alerts
/// @param shown the first of them
public record HiddenAlerts(int total, List<Line> shown) {
  private static final int MAX_SHOWN = 10;

  static final HiddenAlerts NONE = new HiddenAlerts(0, List.of());

  /// One alert.
  public record Line(String name, String summary, String labels) {}

  public HiddenAlerts {
    shown = List.copyOf(shown);
  }

  /// Selects the alerts that match all matchers; none without matchers.
  static HiddenAlerts of(List<AlertOverview.Status> alerts, List<LabelMatcher> matchers) {
    if (matchers.isEmpty()) {
      return NONE;
    }
    List<Line> lines =
        alerts.stream()
            .map(state -> state.alert())
            .filter(alert -> matchers.stream().allMatch(one -> one.matches(alert.labels())))
            .map(
                alert ->
                    new Line(
                        alert.labels().get("alertname"),
                        alert.annotations().get("summary"),
                        alert.labels().without(List.of("alertname")).toString()))
            .toList();
    return new HiddenAlerts(lines.size(), lines.subList(0, Math.min(MAX_SHOWN, lines.size())));
  }

  /// Number of alerts that are not shown.
  public int more() {
    return total - shown.size();
  }
}
