package io.pharos.server.web.silence;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.language.PageLanguage;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// The current alerts that a silence matches.
///
/// @param total number of matching alerts
/// @param shown the first of these alerts, at most 10
/// @param names names of the matching alerts with the number of each, the most frequent first, at
///   most 5
/// @param moreNames number of the other names
public record HiddenAlerts(int total, List<Line> shown, List<String> names, int moreNames) {
  private static final int MAX_SHOWN = 10;
  private static final int MAX_NAMES = 5;

  static final HiddenAlerts NONE = new HiddenAlerts(0, List.of(), List.of(), 0);

  /// One alert.
  public record Line(String name, String summary, List<String> labels) {}

  public HiddenAlerts {
    shown = List.copyOf(shown);
    names = List.copyOf(names);
  }

  /// Selects the alerts that match all matchers. Without matchers, selects no alerts.
  static HiddenAlerts of(List<AlertOverview.Status> alerts, List<LabelMatcher> matchers) {
    return matchers.isEmpty()
        ? NONE
        : of(
            alerts.stream()
                .filter(one -> LabelMatcher.matchesAll(matchers, one.alert().labels()))
                .toList());
  }

  /// Describes alerts that are known to match.
  static HiddenAlerts of(List<AlertOverview.Status> matching) {
    Map<String, Long> byName =
        matching.stream()
            .collect(groupingBy(one -> one.alert().labels().get("alertname"), counting()));
    List<String> names =
        byName.entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(MAX_NAMES)
            .map(
                one ->
                    (one.getKey().isEmpty() ? "without a name" : PageText.of(one.getKey()))
                        + (one.getValue() == 1 ? "" : " ×" + one.getValue()))
            .toList();
    return new HiddenAlerts(
        matching.size(),
        matching.stream().limit(MAX_SHOWN).map(HiddenAlerts::line).toList(),
        names,
        byName.size() - names.size());
  }

  private static Line line(AlertOverview.Status status) {
    Labels labels = status.alert().labels();
    return new Line(
        PageText.of(labels.get("alertname")),
        PageText.of(PageLanguage.spoken().text(status.alert().annotations(), "summary")),
        PageText.chips(labels.without(List.of("alertname"))));
  }

  /// Returns the number of matching alerts that are not shown.
  public int more() {
    return total - shown.size();
  }
}
