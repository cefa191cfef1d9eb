package io.pharos.dashboards;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/// A dashboard as Perses has it (kind `Dashboard` of the project `pharos`), made of one in
/// Grafana's classic JSON. What it does not know it refuses; what Perses has no place for is left
/// out and told.
public final class Perses {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /// The project that the dashboards belong to.
  private static final String PROJECT = "pharos";

  /* What is known of each object; tooltips, cursors and the editor's state have no place in Perses. */
  private static final Set<String> ROW =
      Set.of("collapsed", "gridPos", "id", "panels", "repeat", "title", "type");
  private static final Set<String> ANNOTATION =
      Set.of(
          "datasource",
          "enable",
          "expr",
          "hide",
          "iconColor",
          "name",
          "step",
          "tagKeys",
          "textFormat",
          "titleFormat",
          "useValueForTime");

  private Perses() {}

  /// A dashboard of Perses.
  ///
  /// @param resource as Perses stores it
  /// @param omitted what of the classic one Perses has no place for, a line each with its place
  public record Translated(ObjectNode resource, List<String> omitted) {
    public Translated {
      requireNonNull(resource, "resource is null");
      omitted = List.copyOf(omitted);
    }
  }

  /// The same dashboard for Perses.
  ///
  /// @param all the dashboards that its links may lead to, itself among them
  /// @throws IllegalArgumentException for what has no translation, with its place
  public static Translated of(JsonNode classic, Collection<JsonNode> all) {
    String title = classic.path("title").asText();
    known(classic, ClassicKeys.DASHBOARD, "dashboard " + title);
    var omissions = new Omissions();
    var links = new PersesLinks(classic, all);
    String uid = classic.path("uid").asText();
    ObjectNode resource = JSON.objectNode().put("kind", "Dashboard");
    resource.putObject("metadata").put("name", uid).put("project", PROJECT);
    ObjectNode spec = resource.putObject("spec");
    spec.putObject("display")
        .put("name", title)
        .put("description", classic.path("description").asText());
    spec.put("duration", duration(classic.path("time")));
    if (!classic.path("refresh").asText("").isEmpty()) {
      spec.put("refreshInterval", classic.path("refresh").asText());
    }
    spec.set("variables", variables(classic, omissions));
    spec.set("annotations", annotations(classic, omissions));
    ArrayNode others = spec.putArray("links");
    classic.path("links").forEach(link -> others.addAll(links.ofDashboard(link, uid)));
    ObjectNode panels = spec.putObject("panels");
    spec.set(
        "layouts", layouts(classic.path("panels"), panels, new PersesPanels(links, omissions)));
    return new Translated(resource, omissions.lines());
  }

  /// @throws IllegalArgumentException for a name that nobody has thought of
  static void known(JsonNode object, Set<String> names, String where) {
    ClassicKeys.known(object, names, where, "Perses");
  }

  static ObjectNode kind(String kind, ObjectNode spec) {
    ObjectNode object = JSON.objectNode().put("kind", kind);
    object.set("spec", spec);
    return object;
  }

  private static String duration(JsonNode time) {
    String from = time.path("from").asText();
    if (!from.startsWith("now-") || !time.path("to").asText().equals("now")) {
      throw new IllegalArgumentException(
          "the time is " + time + ", expected one from now-… to now for Perses");
    }
    return from.substring("now-".length());
  }

  private static ArrayNode variables(JsonNode classic, Omissions omissions) {
    ArrayNode variables = JSON.arrayNode();
    for (JsonNode variable : classic.path("templating").path("list")) {
      if (PersesVariables.isTranslated(variable)) {
        variables.add(PersesVariables.of(variable));
      } else {
        omissions.add(
            "variable " + variable.path("name").asText(),
            "a choice: queries ask the project's default " + variable.path("query").asText());
      }
    }
    for (JsonNode panel : DashboardExpressions.panels(classic)) {
      for (JsonNode target : panel.path("targets")) {
        if (PersesVariables.usesLogWindow(target.path("expr").asText())) {
          variables.add(PersesVariables.logWindow());
          return variables;
        }
      }
    }
    return variables;
  }

  private static ArrayNode annotations(JsonNode classic, Omissions omissions) {
    ArrayNode annotations = JSON.arrayNode();
    for (JsonNode annotation : classic.path("annotations").path("list")) {
      if (annotation.path("builtIn").asInt() == 1) {
        continue; // those that people write into Grafana
      }
      String name = annotation.path("name").asText();
      String where = "annotation " + name;
      known(annotation, ANNOTATION, where);
      if (annotation.path("useValueForTime").asBoolean()
          || !annotation.path("datasource").path("type").asText().equals("prometheus")) {
        throw new IllegalArgumentException(
            where + " is of another source or takes its time from values, which Perses can't");
      }
      ObjectNode asked = JSON.objectNode();
      PersesVariables.source(annotation.path("datasource"), where).forEach(asked::set);
      asked.put("expr", PersesVariables.query(annotation.path("expr").asText(), where));
      text(annotation, "titleFormat", asked, "title");
      text(annotation, "textFormat", asked, "legend");
      ObjectNode one = annotations.addObject();
      ObjectNode display = one.putObject("display").put("name", name);
      display.put("color", PersesLooks.color(annotation.path("iconColor").asText(), where));
      if (!annotation.path("enable").asBoolean()) {
        omissions.add(where, "a switch: it is left out");
        annotations.remove(annotations.size() - 1);
        continue;
      }
      one.set("plugin", kind("PrometheusPromQLAnnotation", asked));
    }
    return annotations;
  }

  private static void text(JsonNode classic, String from, ObjectNode asked, String to) {
    if (!classic.path(from).asText("").isEmpty()) {
      asked.put(to, classic.path(from).asText());
    }
  }

  /// Rows with their panels; what stands before the first one has a grid without a head.
  private static ArrayNode layouts(JsonNode panels, ObjectNode all, PersesPanels translation) {
    ArrayNode layouts = JSON.arrayNode();
    ArrayNode items = null;
    int top = 0;
    for (JsonNode panel : panels) {
      JsonNode at = panel.path("gridPos");
      if (panel.path("type").asText().equals("row")) {
        items = row(layouts, panel);
        top = at.path("y").asInt() + 1;
        for (JsonNode inner : panel.path("panels")) {
          items.add(item(inner, top, all, translation));
        }
        if (!panel.path("panels").isEmpty()) {
          items = null; // what follows stands below a closed row
        }
        continue;
      }
      if (items == null) {
        ObjectNode grid = JSON.objectNode();
        items = grid.putArray("items");
        layouts.add(kind("Grid", grid));
        top = at.path("y").asInt();
      }
      items.add(item(panel, top, all, translation));
    }
    return layouts;
  }

  private static ArrayNode row(ArrayNode layouts, JsonNode classic) {
    String title = classic.path("title").asText();
    known(classic, ROW, "row " + title);
    ObjectNode grid = JSON.objectNode();
    grid.putObject("display")
        .put("title", title)
        .putObject("collapse")
        .put("open", !classic.path("collapsed").asBoolean());
    ArrayNode items = grid.putArray("items");
    if (!classic.path("repeat").asText("").isEmpty()) {
      grid.put("repeatVariable", classic.path("repeat").asText());
    }
    layouts.add(kind("Grid", grid));
    return items;
  }

  private static ObjectNode item(
      JsonNode panel, int top, ObjectNode all, PersesPanels translation) {
    String name = "panel-" + panel.path("id").asInt();
    if (all.has(name)) {
      throw new IllegalArgumentException("two panels have the id " + panel.path("id"));
    }
    all.set(name, translation.of(panel));
    JsonNode at = panel.path("gridPos");
    ObjectNode item =
        JSON.objectNode()
            .put("x", at.path("x").asInt())
            .put("y", at.path("y").asInt() - top)
            .put("width", at.path("w").asInt())
            .put("height", at.path("h").asInt());
    item.putObject("content").put("$ref", "#/spec/panels/" + name);
    return item;
  }
}
