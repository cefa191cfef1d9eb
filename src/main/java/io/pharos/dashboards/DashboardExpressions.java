package io.pharos.dashboards;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The queries of dashboards in files, with variables expanded as in Grafana.
public final class DashboardExpressions {
  private DashboardExpressions() {}

  /// A query of a panel.
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
    public PanelQuery {
      requireNonNull(dashboard, "dashboard is null");
      requireNonNull(panel, "panel is null");
      requireNonNull(refId, "refId is null");
      requireNonNull(source, "source is null");
      requireNonNull(raw, "raw is null");
      requireNonNull(expanded, "expanded is null");
    }

    @Override
    public String toString() {
      return dashboard + ": " + panel + " " + refId;
    }
  }

  /// The settings of time picker and data source.
  ///
  /// @param scrape scrape interval of the data source
  /// @param step interval of the panel
  /// @param range length of the time picker's range
  public record Window(Duration scrape, Duration step, Duration range) {
    public Window {
      requireNonNull(scrape, "scrape is null");
      requireNonNull(step, "step is null");
      requireNonNull(range, "range is null");
    }

    /// Four scrape intervals, or the step plus one scrape interval if that is longer.
    Duration rateInterval() {
      Duration four = scrape.multipliedBy(4);
      Duration more = step.plus(scrape);
      return four.compareTo(more) > 0 ? four : more;
    }
  }

  /// A data source's values of labels, for variables at "All" without a custom value.
  public interface LabelValues {
    /// The values of a label among the series of a selector, or among all series if that is empty.
    List<String> of(String selector, String label);
  }

  /// All queries of the dashboards in a folder, in the order of the files. For checks without a data
  /// source: every list of values has the single value `any`.
  ///
  /// @throws UncheckedIOException if a file can't be read or is not JSON
  public static List<PanelQuery> of(Path folder, Window window) {
    return of(folder, window, (_, _) -> List.of("any"));
  }

  /// All queries of the dashboards in a folder, in the order of the files.
  ///
  /// @throws UncheckedIOException if a file can't be read or is not JSON
  public static List<PanelQuery> of(Path folder, Window window, LabelValues known) {
    var queries = new ArrayList<PanelQuery>();
    for (Path file : files(folder)) {
      JsonNode dashboard = read(file);
      Expansion variables =
          Variables.of(dashboard, window, Map.of("prometheus", known, "loki", known)).expansion();
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

  /// The dashboard files of a folder, by name.
  public static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads a dashboard.
  ///
  /// @throws UncheckedIOException if the file can't be read or is not JSON
  public static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }

  /// All panels and rows, including panels in collapsed rows.
  public static List<JsonNode> panels(JsonNode dashboard) {
    var all = new ArrayList<JsonNode>();
    for (JsonNode panel : dashboard.path("panels")) {
      all.add(panel);
      panel.path("panels").forEach(all::add);
    }
    return all;
  }
}
