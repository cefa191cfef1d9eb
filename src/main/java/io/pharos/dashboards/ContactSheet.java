package io.pharos.dashboards;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
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
import io.pharos.model.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.stream.StreamSupport;

/// Draws dashboards with their data as HTML pages that can be opened from disk: one page for each
/// dashboard, and an index. Each page is one file, which loads no other file.
public final class ContactSheet {
  /// Maximum number of values of a variable for which a row or a panel is repeated.
  private static final int MAX_REPEATS = 12;

  private final DashboardReading reading;
  private final String source;

  /// The result of drawing a dashboard.
  ///
  /// @param drawn number of panels with data
  /// @param empty number of panels without data
  /// @param reasons titles of the panels that could not be drawn, with the reasons
  public record Outcome(
      String uid, String title, Path file, int drawn, int empty, List<String> reasons) {
    public Outcome {
      reasons = List.copyOf(reasons);
    }

    @Override
    public String toString() {
      return drawn + " panels drawn, " + empty + " without data, " + reasons.size() + " not drawn";
    }
  }

  /// @param source address of the queried server, which the pages show
  public ContactSheet(DashboardReading reading, String source) {
    this.reading = reading;
    this.source = source;
  }

  /// Draws all dashboards of a folder into another folder, which is created if it is missing.
  ///
  /// @throws IOException if a page can't be written
  /// @throws java.io.UncheckedIOException if a dashboard can't be read
  public List<Outcome> write(Path dashboards, Path into) throws IOException {
    List<JsonNode> all =
        DashboardFiles.files(dashboards).stream().map(DashboardFiles::read).toList();
    Files.createDirectories(into);
    var outcomes = new ArrayList<Outcome>();
    for (JsonNode dashboard : all) {
      outcomes.add(write(dashboard, all, into));
    }
    ObjectNode index = head("Dashboards");
    ArrayNode list = index.putArray("dashboards");
    for (int i = 0; i < all.size(); i++) {
      list.addObject()
          .put("title", outcomes.get(i).title())
          .put("href", outcomes.get(i).file().getFileName().toString())
          .put("description", all.get(i).path("description").asText())
          .put("counts", outcomes.get(i).toString());
    }
    Files.writeString(into.resolve("index.html"), page("Dashboards", index));
    return outcomes;
  }

  private ObjectNode head(String title) {
    return JSON.createObjectNode()
        .put("title", title)
        .put("from", reading.from())
        .put("until", reading.until())
        .put("source", source);
  }

  private Outcome write(JsonNode dashboard, List<JsonNode> all, Path into) throws IOException {
    String title = dashboard.path("title").asText();
    Variables variables = reading.variables(dashboard);
    var remarks = new ArrayList<>(variables.remarks());
    List<Mark> marks = reading.marks(dashboard, variables.expansion(), remarks);
    ObjectNode sheet = head(title).put("description", dashboard.path("description").asText());
    sheet.set("variables", JSON.valueToTree(variables.shown()));
    sheet.set("remarks", JSON.valueToTree(remarks));
    ArrayNode list = sheet.putArray("dashboards");
    list.addObject().put("title", "All").put("href", "index.html");
    for (JsonNode one : all) {
      list.addObject()
          .put("title", one.path("title").asText())
          .put("href", one.path("uid").asText() + ".html")
          .put("isThis", one.path("uid").equals(dashboard.path("uid")));
    }
    var count = new Count();
    ArrayNode sections = sheet.putArray("sections");
    for (Section section : sections(dashboard, variables.expansion())) {
      ArrayNode panels = sections.addObject().put("title", section.title()).putArray("panels");
      for (Placed placed : section.panels()) {
        PanelView view = reading.view(placed.panel(), placed.variables(), marks);
        count.add(placed.title(), view);
        ObjectNode panel =
            panels
                .addObject()
                .put("id", placed.panel().path("id").asInt())
                .put("title", placed.title())
                .put(
                    "description",
                    placed.variables().text(placed.panel().path("description").asText()))
                .put("x", placed.x())
                .put("y", placed.y())
                .put("w", placed.w())
                .put("h", placed.h());
        panel.set("view", JSON.valueToTree(view));
      }
    }
    Path file = into.resolve(dashboard.path("uid").asText() + ".html");
    Files.writeString(file, page(title, sheet));
    return new Outcome(
        dashboard.path("uid").asText(), title, file, count.drawn, count.empty, count.reasons);
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

  /// Returns a page in one file. Its content security policy allows only the page's own scripts,
  /// and no requests.
  private static String page(String title, ObjectNode sheet) {
    String uplot = Uplot.script();
    String draw = Uplot.text("io/pharos/dashboards/sheet.js");
    return Uplot.text("io/pharos/dashboards/sheet.html")
        .replace("@SCRIPTS@", hash(uplot) + " " + hash(draw))
        .replace("@TITLE@", title.replace("&", "&amp;").replace("<", "&lt;"))
        .replace("@STYLE@", Uplot.text("io/pharos/dashboards/sheet.css"))
        .replace("@UPLOT@", uplot)
        .replace("@DRAW@", draw)
        .replace("@DATA@", json(sheet).replace("<", "\\u003c"));
  }

  private static String json(ObjectNode sheet) {
    try {
      return JSON.writeValueAsString(sheet);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a page can't be written as JSON", e);
    }
  }

  private static String hash(String script) {
    return "'sha256-" + Base64.getEncoder().encodeToString(Sha256.of(script)) + "'";
  }
}
