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

/// The queries of dashboards in files, with their variables expanded as Grafana does.
public final class DashboardExpressions {
  private DashboardExpressions() {}

  /// A query of a panel.
  ///
  /// @param dashboard its uid
  /// @param panelId the panel's number in its dashboard
  /// @param panel its title
  /// @param refId the query's letter in its panel
  /// @param source the type of the data source, `prometheus` or `loki`
  /// @param raw as the file has it
  /// @param expanded what Grafana sends
  /// @param instant whether one value or a range is asked for
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

  /// What the time picker and the data source decide.
  ///
  /// @param scrape the data source's scrape interval
  /// @param step the panel's interval
  /// @param range of the time picker
  public record Window(Duration scrape, Duration step, Duration range) {
    public Window {
      requireNonNull(scrape, "scrape is null");
      requireNonNull(step, "step is null");
      requireNonNull(range, "range is null");
    }

    /// At least four scrapes, and a scrape more than the step.
    Duration rateInterval() {
      Duration four = scrape.multipliedBy(4);
      Duration more = step.plus(scrape);
      return four.compareTo(more) > 0 ? four : more;
    }
  }

  /// What the data source knows of a label, for variables at "All" without a value of their own.
  public interface LabelValues {
    /// The values of a label among the series of a selector; among all where that is empty.
    List<String> of(String selector, String label);
  }

  /// Every query of every dashboard in a folder, in the order of the files, for those who read them
  /// and ask nobody: lists of all values have one, `any`.
  ///
  /// @throws UncheckedIOException where a file can't be read or is no JSON
  public static List<PanelQuery> of(Path folder, Window window) {
    return of(folder, window, (_, _) -> List.of("any"));
  }

  /// Every query of every dashboard in a folder, in the order of the files.
  ///
  /// @throws UncheckedIOException where a file can't be read or is no JSON
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

  /// The files of a folder that hold dashboards, by name.
  public static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A dashboard.
  ///
  /// @throws UncheckedIOException where the file can't be read or is no JSON
  public static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }

  /// The panels, those in collapsed rows too, and the rows.
  public static List<JsonNode> panels(JsonNode dashboard) {
    var all = new ArrayList<JsonNode>();
    for (JsonNode panel : dashboard.path("panels")) {
      all.add(panel);
      panel.path("panels").forEach(all::add);
    }
    return all;
  }
}
