package io.pharos.dashboards;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.dashboards.Expansion.Chosen;
import io.pharos.dashboards.PanelView.Heat;
import io.pharos.dashboards.PanelView.Lines;
import io.pharos.dashboards.PanelView.LogLines;
import io.pharos.dashboards.PanelView.Mark;
import io.pharos.dashboards.PanelView.Readings;
import io.pharos.dashboards.PanelView.States;
import io.pharos.dashboards.PanelView.Table;
import io.pharos.dashboards.PanelView.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.StreamSupport;

/// A dashboard with its data.
///
/// @param json what `dashboards.js` draws
/// @param drawn number of panels with data
/// @param empty number of panels without data
/// @param reasons titles of the panels that could not be drawn, with the reasons
public record Sheet(String title, ObjectNode json, int drawn, int empty, List<String> reasons) {
  /// Stands for all values of a variable.
  public static final String ALL = "$__all";

  /// Maximum number of values of a variable for which a row or a panel is repeated.
  private static final int MAX_REPEATS = 12;

  public Sheet {
    reasons = List.copyOf(reasons);
  }

  /// A variable as people see it.
  ///
  /// @param text its value, such as `All` or `a + b`
  /// @param chosen the chosen values; `$__all` for all
  /// @param options the values that can be chosen; empty if they were not asked for
  /// @param isFree whether any text may be its value
  /// @param isMulti whether several values can be chosen
  public record ShownVariable(
      String name,
      String label,
      String text,
      List<String> chosen,
      List<String> options,
      boolean isFree,
      boolean isMulti,
      boolean hasAll) {
    public ShownVariable {
      chosen = List.copyOf(chosen);
      options = List.copyOf(options);
    }
  }

  /// Runs the queries of all panels.
  public static Sheet of(JsonNode dashboard, DashboardReading reading, VariableChoices choices) {
    Variables variables = reading.variables(dashboard, choices);
    var remarks = new ArrayList<>(variables.remarks());
    List<Mark> marks = reading.marks(dashboard, variables.expansion(), remarks);
    ObjectNode sheet =
        JSON.createObjectNode()
            .put("from", reading.from())
            .put("until", reading.until())
            .put("description", dashboard.path("description").asText());
    sheet.set("variables", JSON.valueToTree(variables.shown()));
    sheet.set("remarks", JSON.valueToTree(remarks));
    var count = new Count();
    ArrayNode sections = sheet.putArray("sections");
    for (Section section : sections(dashboard, variables.expansion())) {
      ArrayNode panels = sections.addObject().put("title", section.title()).putArray("panels");
      for (Placed placed : section.panels()) {
        PanelView view = reading.view(placed.panel(), placed.variables(), marks);
        count.add(placed.title(), view);
        panels.add(
            placed
                .json()
                .putPOJO("expressions", reading.expressions(placed.panel(), placed.variables()))
                .set("view", JSON.valueToTree(view)));
      }
    }
    String title = dashboard.path("title").asText();
    return new Sheet(title, sheet, count.drawn, count.empty, count.reasons);
  }

  private static final class Count {
    private int drawn;
    private int empty;
    private final List<String> reasons = new ArrayList<>();

    void add(String title, PanelView view) {
      switch (view) {
        case PanelView.Empty _ -> empty++;
        case PanelView.Undrawn undrawn -> reasons.add(title + ": " + undrawn.reason());
        case Readings _, Lines _, Table _, Heat _, States _, LogLines _, Text _ -> drawn++;
      }
    }
  }

  /// A panel with its position in a section, in Grafana's grid of 24 columns.
  private record Placed(JsonNode panel, Expansion variables, int x, int y, int w, int h) {
    String title() {
      return variables.text(panel.path("title").asText());
    }

    ObjectNode json() {
      return JSON.createObjectNode()
          .put("id", panel.path("id").asInt())
          .put("title", title())
          .put("description", variables.text(panel.path("description").asText()))
          .put("x", x)
          .put("y", y)
          .put("w", w)
          .put("h", h);
    }
  }

  private record Section(String title, List<Placed> panels) {}

  /// Returns the rows of the dashboard with their panels. Collapsed rows are opened.
  private static List<Section> sections(JsonNode dashboard, Expansion variables) {
    var sections = new ArrayList<Section>();
    var open = new ArrayList<JsonNode>();
    JsonNode row = JSON.createObjectNode();
    for (JsonNode panel : ordered(dashboard.path("panels"))) {
      if (panel.path("type").asText().equals("row")) {
        add(sections, row, open, variables);
        open.clear();
        row = panel;
        if (!panel.path("panels").isEmpty()) { // collapsed: later panels belong to no row
          add(sections, row, List.copyOf(ordered(panel.path("panels"))), variables);
          row = JSON.createObjectNode();
        }
      } else {
        open.add(panel);
      }
    }
    add(sections, row, open, variables);
    return sections;
  }

  private static List<JsonNode> ordered(JsonNode panels) {
    return StreamSupport.stream(panels.spliterator(), false)
        .sorted(
            Comparator.comparingInt((JsonNode panel) -> panel.path("gridPos").path("y").asInt())
                .thenComparingInt(panel -> panel.path("gridPos").path("x").asInt()))
        .toList();
  }

  private static void add(
      List<Section> sections, JsonNode row, List<JsonNode> panels, Expansion variables) {
    if (panels.isEmpty()) {
      return;
    }
    for (Expansion repeat : repeated(row, variables)) {
      sections.add(new Section(repeat.text(row.path("title").asText()), placed(panels, repeat)));
    }
  }

  private static List<Expansion> repeated(JsonNode element, Expansion variables) {
    String variable = element.path("repeat").asText("");
    if (variable.isEmpty()) {
      return List.of(variables);
    }
    return variables.values(variable).stream()
        .limit(MAX_REPEATS)
        .map(value -> variables.with(variable, new Chosen(List.of(value), false, true)))
        .toList();
  }

  private static List<Placed> placed(List<JsonNode> panels, Expansion variables) {
    int top =
        panels.stream().mapToInt(panel -> panel.path("gridPos").path("y").asInt()).min().orElse(0);
    var all = new ArrayList<Placed>();
    int addedRows = 0;
    for (JsonNode panel : panels) {
      JsonNode place = panel.path("gridPos");
      int h = Math.max(1, place.path("h").asInt());
      List<Expansion> repeats = repeated(panel, variables);
      boolean isHorizontal = panel.path("repeatDirection").asText("h").equals("h");
      int perLine =
          isHorizontal
              ? Math.clamp(repeats.size(), 1, Math.max(1, panel.path("maxPerRow").asInt(4)))
              : 1;
      int w =
          panel.path("repeat").asText("").isEmpty() || !isHorizontal
              ? place.path("w").asInt()
              : 24 / perLine;
      for (int i = 0; i < repeats.size(); i++) {
        int x =
            place.path("x").asInt()
                + (repeats.size() > 1 && isHorizontal
                    ? i % perLine * w - place.path("x").asInt()
                    : 0);
        int y = place.path("y").asInt() - top + addedRows + i / perLine * h;
        all.add(new Placed(panel, repeats.get(i), x, y, Math.clamp(w, 1, 24), h));
      }
      addedRows += Math.max(0, Math.ceilDiv(repeats.size(), perLine) - 1) * h;
    }
    return all;
  }
}
