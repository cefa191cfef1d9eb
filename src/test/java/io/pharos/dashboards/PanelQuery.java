package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.dashboards.DashboardFiles.LabelValues;
import io.pharos.dashboards.DashboardFiles.Window;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A query of a panel, with variables expanded as in Grafana.
///
/// @param dashboard uid of the dashboard
/// @param panelId id of the panel
/// @param panel title of the panel
/// @param refId letter of the query in its panel
/// @param source type of the data source, `prometheus` or `loki`
/// @param raw the query as in the file
/// @param expanded the query as Grafana sends it
/// @param instant whether it is an instant query
public record PanelQuery(
    String dashboard,
    int panelId,
    String panel,
    String refId,
    String source,
    String raw,
    String expanded,
    boolean instant) {
  @Override
  public String toString() {
    return dashboard + ": " + panel + " " + refId;
  }

  /// All queries of the dashboards in a folder. Every list of values has the single value `any`.
  public static List<PanelQuery> all(Path folder, Window window) {
    return all(folder, window, (_, _) -> List.of("any"));
  }

  /// All queries of the dashboards in a folder, in the order of the files.
  public static List<PanelQuery> all(Path folder, Window window, LabelValues known) {
    var queries = new ArrayList<PanelQuery>();
    for (Path file : DashboardFiles.files(folder)) {
      JsonNode dashboard = DashboardFiles.read(file);
      Expansion variables =
          Variables.of(
                  dashboard,
                  VariableChoices.DEFAULT,
                  window,
                  Map.of("prometheus", known, "loki", known))
              .expansion();
      for (JsonNode panel : panels(dashboard)) {
        for (JsonNode target : panel.path("targets")) {
          String raw = target.path("expr").asText();
          queries.add(
              new PanelQuery(
                  dashboard.path("uid").asText(),
                  panel.path("id").asInt(),
                  panel.path("title").asText(),
                  target.path("refId").asText(),
                  target.path("datasource").path("type").asText(),
                  raw,
                  variables.query(raw),
                  target.path("instant").asBoolean()
                      || target.path("queryType").asText().equals("instant")));
        }
      }
    }
    return List.copyOf(queries);
  }

  /// All panels and rows of a dashboard, including panels in collapsed rows.
  public static List<JsonNode> panels(JsonNode dashboard) {
    var all = new ArrayList<JsonNode>();
    for (JsonNode panel : dashboard.path("panels")) {
      all.add(panel);
      panel.path("panels").forEach(all::add);
    }
    return all;
  }
}
