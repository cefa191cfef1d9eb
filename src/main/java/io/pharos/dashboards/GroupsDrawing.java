package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.dashboards.PanelView.Cell;
import io.pharos.dashboards.PanelView.Column;
import io.pharos.dashboards.PanelView.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Draws alert groups as a table with one row for each alert.
final class GroupsDrawing {
  private static final int MAX_ROWS = 100;
  private static final List<Column> COLUMNS =
      Stream.of("Group", "Receiver", "Alert", "State", "Since")
          .map(name -> new Column(name, false))
          .toList();

  private GroupsDrawing() {}

  /// @param groups the answer of Alertmanager's `/api/v2/alerts/groups`
  static PanelView of(JsonNode groups, JsonNode panel) {
    var rows = new ArrayList<List<Cell>>();
    for (JsonNode group : groups) {
      JsonNode common = group.path("labels");
      for (JsonNode alert : group.path("alerts")) {
        rows.add(
            Stream.of(
                    labels(common, Map.of()),
                    group.path("receiver").path("name").asText(),
                    labels(alert.path("labels"), texts(common)),
                    state(alert.path("status")),
                    alert.path("startsAt").asText().replaceFirst("\\.\\d+", ""))
                .map(text -> new Cell(text, "", -1, false))
                .toList());
      }
    }
    if (rows.isEmpty()) {
      String text = FieldConfig.of(panel).style().noValue();
      return new PanelView.Empty(text.isEmpty() ? "No alerts" : text);
    }
    int shown = Math.min(rows.size(), MAX_ROWS);
    return new Table(COLUMNS, rows.subList(0, shown), rows.size() - shown);
  }

  private static Map<String, String> texts(JsonNode labels) {
    return labels.properties().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, label -> label.getValue().asText()));
  }

  /// Returns the labels that `without` lacks, as `name=value`.
  private static String labels(JsonNode labels, Map<String, String> without) {
    return labels.properties().stream()
        .filter(label -> !without.containsKey(label.getKey()))
        .map(label -> label.getKey() + "=" + label.getValue().asText())
        .collect(Collectors.joining(", "));
  }

  private static String state(JsonNode status) {
    String reasons =
        Stream.of("silenced", "inhibited", "muted")
            .filter(reason -> !status.path(reason + "By").isEmpty())
            .collect(Collectors.joining(", "));
    return reasons.isEmpty() ? status.path("state").asText() : reasons;
  }
}
