package io.pharos.dashboards;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A dashboard in Grafana's schema v2 (`dashboard.grafana.app/v2`, a resource with elements and a
/// layout), made of one in classic JSON. What it can't translate it refuses: nothing is lost
/// without a word.
public final class GrafanaV2 {
  /// Grafana's own version of the resource.
  private static final String VERSION = "dashboard.grafana.app/v2";

  private static final List<String> HIDE = List.of("dontHide", "hideLabel", "hideVariable");
  private static final List<String> REFRESH =
      List.of("never", "onDashboardLoad", "onTimeRangeChanged");
  private static final List<String> SORT =
      List.of(
          "disabled",
          "alphabeticalAsc",
          "alphabeticalDesc",
          "numericalAsc",
          "numericalDesc",
          "alphabeticalCaseInsensitiveAsc",
          "alphabeticalCaseInsensitiveDesc",
          "naturalAsc",
          "naturalDesc");
  private static final List<String> CURSOR = List.of("Off", "Crosshair", "Tooltip");
  private static final List<String> INTERVALS =
      List.of("5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d");

  /* What is known of each object; of a dashboard, version and schemaVersion are of the classic form alone. */
  private static final Set<String> PANEL =
      Set.of(
          "datasource",
          "description",
          "fieldConfig",
          "gridPos",
          "id",
          "interval",
          "links",
          "maxDataPoints",
          "maxPerRow",
          "options",
          "repeat",
          "repeatDirection",
          "targets",
          "timeFrom",
          "timeShift",
          "title",
          "transformations",
          "transparent",
          "type");
  private static final Set<String> ROW =
      Set.of("collapsed", "gridPos", "id", "panels", "repeat", "title", "type");
  private static final Set<String> VARIABLE =
      Set.of(
          "allValue",
          "current",
          "datasource",
          "definition",
          "description",
          "hide",
          "includeAll",
          "label",
          "multi",
          "name",
          "options",
          "query",
          "refresh",
          "regex",
          "skipUrlSync",
          "sort",
          "type");
  private static final Set<String> ANNOTATION =
      Set.of(
          "builtIn",
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
          "type",
          "useValueForTime");
  private static final Set<String> TRANSFORMATION = Set.of("disabled", "id", "options");

  private GrafanaV2() {}

  /// The same dashboard in schema v2.
  ///
  /// @throws IllegalArgumentException for what has no translation, with its place
  public static ObjectNode of(JsonNode classic) {
    String title = classic.path("title").asText();
    known(classic, ClassicKeys.DASHBOARD, "dashboard " + title);
    ObjectNode resource =
        JSON.createObjectNode().put("apiVersion", VERSION).put("kind", "Dashboard");
    resource.putObject("metadata").put("name", classic.path("uid").asText());
    ObjectNode spec = resource.putObject("spec").put("title", title);
    spec.put("description", classic.path("description").asText());
    spec.put("editable", classic.path("editable").asBoolean(true));
    spec.put("liveNow", classic.path("liveNow").asBoolean());
    spec.put("preload", false);
    spec.put("cursorSync", one(CURSOR, classic.path("graphTooltip"), "graphTooltip"));
    spec.set("tags", list(classic.path("tags")));
    spec.set("timeSettings", time(classic));
    spec.set("links", links(classic.path("links")));
    ArrayNode annotations = spec.putArray("annotations");
    classic.path("annotations").path("list").forEach(it -> annotations.add(annotation(it)));
    ArrayNode variables = spec.putArray("variables");
    classic.path("templating").path("list").forEach(it -> variables.add(variable(it)));
    ObjectNode elements = spec.putObject("elements");
    spec.set("layout", layout(classic.path("panels"), elements));
    return resource;
  }

  private static void known(JsonNode object, Set<String> names, String where) {
    ClassicKeys.known(object, names, where, "v2");
  }

  private static String one(List<String> names, JsonNode index, String what) {
    int at = index.asInt();
    if (at < 0 || at >= names.size()) {
      throw new IllegalArgumentException(
          what + " is " + index + ", expected 0 to " + (names.size() - 1));
    }
    return names.get(at);
  }

  private static JsonNode list(JsonNode list) {
    return list.isArray() ? list : JSON.createArrayNode();
  }

  private static ObjectNode time(JsonNode classic) {
    ObjectNode time =
        JSON.createObjectNode()
            .put("timezone", classic.path("timezone").asText("browser"))
            .put("from", classic.path("time").path("from").asText("now-6h"))
            .put("to", classic.path("time").path("to").asText("now"))
            .put("autoRefresh", classic.path("refresh").asText(""))
            .put("hideTimepicker", classic.path("timepicker").path("hidden").asBoolean())
            .put("fiscalYearStartMonth", classic.path("fiscalYearStartMonth").asInt());
    JsonNode own = classic.path("timepicker").path("refresh_intervals");
    time.set("autoRefreshIntervals", own.isArray() ? own : JSON.valueToTree(INTERVALS));
    String week = classic.path("weekStart").asText("");
    if (!week.isEmpty()) {
      time.put("weekStart", week);
    }
    return time;
  }

  private static ArrayNode links(JsonNode links) {
    ArrayNode all = JSON.createArrayNode();
    for (JsonNode link : links) {
      ObjectNode one = all.addObject();
      for (String text : List.of("title", "type", "icon", "tooltip", "url")) {
        one.put(text, link.path(text).asText(""));
      }
      one.set("tags", list(link.path("tags")));
      for (String flag : List.of("asDropdown", "targetBlank", "includeVars", "keepTime")) {
        one.put(flag, link.path(flag).asBoolean());
      }
    }
    return all;
  }

  private static ObjectNode kind(String kind, ObjectNode spec) {
    ObjectNode object = JSON.createObjectNode().put("kind", kind);
    object.set("spec", spec);
    return object;
  }

  private static ObjectNode query(JsonNode datasource, ObjectNode spec) {
    ObjectNode query =
        JSON.createObjectNode()
            .put("kind", "DataQuery")
            .put("group", datasource.path("type").asText())
            .put("version", "v0");
    query.putObject("datasource").put("name", datasource.path("uid").asText());
    query.set("spec", spec);
    return query;
  }

  private static ObjectNode annotation(JsonNode classic) {
    String name = classic.path("name").asText();
    known(classic, ANNOTATION, "annotation " + name);
    ObjectNode spec =
        JSON.createObjectNode()
            .put("name", name)
            .put("enable", classic.path("enable").asBoolean())
            .put("hide", classic.path("hide").asBoolean())
            .put("iconColor", classic.path("iconColor").asText());
    ObjectNode asked = JSON.createObjectNode();
    if (classic.path("builtIn").asInt() == 1) {
      spec.put("builtIn", true);
      spec.putObject("legacyOptions").put("type", classic.path("type").asText());
    } else {
      asked
          .put("refId", "Anno")
          .put("expr", classic.path("expr").asText())
          .put("interval", classic.path("step").asText());
      ObjectNode old = spec.putObject("legacyOptions");
      for (String option : List.of("titleFormat", "textFormat", "tagKeys", "useValueForTime")) {
        if (classic.has(option)) {
          old.set(option, classic.path(option));
        }
      }
    }
    spec.set("query", query(classic.path("datasource"), asked));
    return kind("AnnotationQuery", spec);
  }

  private static ObjectNode variable(JsonNode classic) {
    String name = classic.path("name").asText();
    known(classic, VARIABLE, "variable " + name);
    ObjectNode spec =
        JSON.createObjectNode()
            .put("name", name)
            .put("label", classic.path("label").asText(name))
            .put("hide", one(HIDE, classic.path("hide"), "hide of variable " + name))
            .put("skipUrlSync", classic.path("skipUrlSync").asBoolean());
    spec.set("current", current(classic.path("current")));
    String type = classic.path("type").asText();
    return switch (type) {
      case "query" -> {
        choices(classic, spec)
            .put("refresh", one(REFRESH, classic.path("refresh"), "refresh of variable " + name))
            .put("sort", one(SORT, classic.path("sort"), "sort of variable " + name))
            .put("regex", classic.path("regex").asText(""))
            .put("definition", classic.path("definition").asText(""));
        JsonNode asked = classic.path("query");
        spec.set(
            "query",
            query(
                classic.path("datasource"),
                asked instanceof ObjectNode object
                    ? object
                    : JSON.createObjectNode().put("__legacyStringValue", asked.asText())));
        yield kind("QueryVariable", spec);
      }
      case "datasource" -> {
        choices(classic, spec)
            .put("pluginId", classic.path("query").asText())
            .put("refresh", one(REFRESH, classic.path("refresh"), "refresh of variable " + name))
            .put("regex", classic.path("regex").asText(""));
        yield kind("DatasourceVariable", spec);
      }
      case "custom" ->
          kind(
              "CustomVariable",
              choices(classic, spec).put("query", classic.path("query").asText()));
      case "textbox" -> kind("TextVariable", spec.put("query", classic.path("query").asText()));
      case "constant" ->
          kind("ConstantVariable", spec.put("query", classic.path("query").asText()));
      default ->
          throw new IllegalArgumentException(
              "variable " + name + " is of type " + type + ", which is not translated to v2");
    };
  }

  private static ObjectNode choices(JsonNode classic, ObjectNode spec) {
    spec.put("multi", classic.path("multi").asBoolean());
    spec.put("includeAll", classic.path("includeAll").asBoolean());
    spec.put("allowCustomValue", true);
    if (classic.path("allValue").isTextual()) {
      spec.put("allValue", classic.path("allValue").asText());
    }
    ArrayNode options = spec.putArray("options");
    classic.path("options").forEach(option -> options.add(current(option)));
    return spec;
  }

  private static ObjectNode current(JsonNode classic) {
    ObjectNode option = JSON.createObjectNode();
    for (String name : List.of("text", "value")) {
      JsonNode value = classic.path(name);
      option.set(name, value.isArray() ? value : JSON.valueToTree(value.asText("")));
    }
    return option;
  }

  /// Rows with their panels; what stands before the first one has a row without a head.
  private static ObjectNode layout(JsonNode panels, ObjectNode elements) {
    ArrayNode rows = JSON.createArrayNode();
    ArrayNode items = null;
    int top = 0;
    for (JsonNode panel : panels) {
      JsonNode at = panel.path("gridPos");
      if (panel.path("type").asText().equals("row")) {
        known(panel, ROW, "row " + panel.path("title").asText());
        items = row(rows, panel);
        top = at.path("y").asInt() + 1;
        for (JsonNode inner : panel.path("panels")) {
          items.add(item(inner, top, elements));
        }
        if (!panel.path("panels").isEmpty()) {
          items = null; // what follows stands below a closed row
        }
        continue;
      }
      if (items == null) {
        items = row(rows, JSON.createObjectNode());
        top = at.path("y").asInt();
      }
      items.add(item(panel, top, elements));
    }
    ObjectNode spec = JSON.createObjectNode();
    spec.set("rows", rows);
    return kind("RowsLayout", spec);
  }

  private static ArrayNode row(ArrayNode rows, JsonNode classic) {
    String title = classic.path("title").asText("");
    ObjectNode spec = JSON.createObjectNode().put("title", title);
    spec.put("collapse", classic.path("collapsed").asBoolean());
    if (title.isEmpty()) {
      spec.put("hideHeader", true);
    }
    repeat(classic, spec);
    ArrayNode items = JSON.createArrayNode();
    ObjectNode grid = JSON.createObjectNode();
    grid.set("items", items);
    spec.set("layout", kind("GridLayout", grid));
    rows.add(kind("RowsLayoutRow", spec));
    return items;
  }

  private static void repeat(JsonNode classic, ObjectNode spec) {
    String by = classic.path("repeat").asText("");
    if (by.isEmpty()) {
      return;
    }
    ObjectNode repeat = spec.putObject("repeat").put("mode", "variable").put("value", by);
    if (classic.has("repeatDirection")) {
      repeat.put("direction", classic.path("repeatDirection").asText());
    }
    if (classic.has("maxPerRow")) {
      repeat.put("maxPerRow", classic.path("maxPerRow").asInt());
    }
  }

  private static ObjectNode item(JsonNode panel, int top, ObjectNode elements) {
    String name = "panel-" + panel.path("id").asInt();
    if (elements.has(name)) {
      throw new IllegalArgumentException("two panels have the id " + panel.path("id"));
    }
    elements.set(name, element(panel));
    JsonNode at = panel.path("gridPos");
    ObjectNode spec =
        JSON.createObjectNode()
            .put("x", at.path("x").asInt())
            .put("y", at.path("y").asInt() - top)
            .put("width", at.path("w").asInt())
            .put("height", at.path("h").asInt());
    spec.putObject("element").put("kind", "ElementReference").put("name", name);
    repeat(panel, spec);
    return kind("GridLayoutItem", spec);
  }

  private static ObjectNode element(JsonNode panel) {
    String title = panel.path("title").asText();
    known(panel, PANEL, "panel " + title);
    ObjectNode spec =
        JSON.createObjectNode()
            .put("id", panel.path("id").asInt())
            .put("title", title)
            .put("description", panel.path("description").asText(""));
    ArrayNode links = spec.putArray("links");
    for (JsonNode link : panel.path("links")) {
      links
          .addObject()
          .put("title", link.path("title").asText())
          .put("url", link.path("url").asText())
          .put("targetBlank", link.path("targetBlank").asBoolean());
    }
    if (panel.path("transparent").asBoolean()) {
      spec.put("transparent", true);
    }
    spec.set("data", data(panel));
    ObjectNode looks = JSON.createObjectNode();
    looks.set("options", object(panel.path("options")));
    ObjectNode fields = JSON.createObjectNode();
    fields.set("defaults", object(panel.path("fieldConfig").path("defaults")));
    fields.set("overrides", list(panel.path("fieldConfig").path("overrides")));
    looks.set("fieldConfig", fields);
    ObjectNode drawn = kind("VizConfig", looks);
    drawn.put("group", panel.path("type").asText()).put("version", "");
    spec.set("vizConfig", drawn);
    return kind("Panel", spec);
  }

  private static JsonNode object(JsonNode object) {
    return object.isObject() ? object : JSON.createObjectNode();
  }

  private static ObjectNode data(JsonNode panel) {
    ObjectNode spec = JSON.createObjectNode();
    ArrayNode queries = spec.putArray("queries");
    for (JsonNode target : panel.path("targets")) {
      ObjectNode asked = ((ObjectNode) target).deepCopy();
      asked.remove(List.of("refId", "datasource", "hide"));
      JsonNode source =
          target.has("datasource") ? target.path("datasource") : panel.path("datasource");
      ObjectNode query =
          JSON.createObjectNode()
              .put("refId", target.path("refId").asText())
              .put("hidden", target.path("hide").asBoolean());
      query.set("query", query(source, asked));
      queries.add(kind("PanelQuery", query));
    }
    ArrayNode transformations = spec.putArray("transformations");
    for (JsonNode classic : panel.path("transformations")) {
      String id = classic.path("id").asText();
      known(classic, TRANSFORMATION, "transformation " + id);
      ObjectNode how = JSON.createObjectNode();
      how.set("options", object(classic.path("options")));
      if (classic.path("disabled").asBoolean()) {
        how.put("disabled", true);
      }
      transformations.add(kind("Transformation", how).put("group", id));
    }
    ObjectNode options = spec.putObject("queryOptions");
    for (Map.Entry<String, JsonNode> option : panel.properties()) {
      if (Set.of("timeFrom", "timeShift", "interval", "maxDataPoints").contains(option.getKey())) {
        options.set(option.getKey(), option.getValue());
      }
    }
    return kind("QueryGroup", spec);
  }
}
