package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Panels of one dashboard as Perses has them: a plugin for each type, and their queries.
final class PersesPanels {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /* What is known of each object: it is translated, told to the omissions, or says what Perses does anyway. */
  private static final Set<String> PANEL =
      Set.of(
          "datasource",
          "description",
          "fieldConfig",
          "gridPos",
          "id",
          "interval",
          "links",
          "options",
          "targets",
          "timeFrom",
          "title",
          "transformations",
          "type");
  private static final Set<String> DEFAULTS =
      Set.of(
          "color",
          "custom",
          "decimals",
          "links",
          "mappings",
          "max",
          "min",
          "noValue",
          "thresholds",
          "unit");
  private static final Set<String> TARGET =
      Set.of(
          "datasource",
          "editorMode",
          "exemplar",
          "expr",
          "format",
          "hide",
          "instant",
          "legendFormat",
          "queryType",
          "range",
          "refId");
  private static final Map<String, Set<String>> OPTIONS =
      Map.of(
          "timeseries", Set.of("legend", "tooltip"),
          "stat",
              Set.of(
                  "colorMode",
                  "graphMode",
                  "justifyMode",
                  "orientation",
                  "reduceOptions",
                  "textMode",
                  "wideLayout"),
          "state-timeline",
              Set.of("alignValue", "legend", "mergeValues", "rowHeight", "showValue", "tooltip"),
          "table", Set.of("cellHeight", "footer", "showHeader", "sortBy"),
          "text", Set.of("code", "content", "mode"),
          "logs",
              Set.of(
                  "dedupStrategy",
                  "enableLogDetails",
                  "prettifyLogMessage",
                  "showCommonLabels",
                  "showLabels",
                  "showTime",
                  "sortOrder",
                  "wrapLogMessage"),
          "heatmap",
              Set.of(
                  "calculate",
                  "cellGap",
                  "color",
                  "exemplars",
                  "filterValues",
                  "legend",
                  "rowsFrame",
                  "showValue",
                  "tooltip",
                  "yAxis"),
          "alertGroups", Set.of("alertmanager", "expandAll", "labels"));
  private static final Set<String> LINES =
      Set.of(
          "axisPlacement",
          "drawStyle",
          "fillOpacity",
          "lineWidth",
          "showPoints",
          "spanNulls",
          "stacking",
          "thresholdsStyle");

  private final PersesLinks links;
  private final Omissions omissions;

  PersesPanels(PersesLinks links, Omissions omissions) {
    this.links = links;
    this.omissions = omissions;
  }

  /// @throws IllegalArgumentException for what has no translation, with its place
  ObjectNode of(JsonNode panel) {
    String title = panel.path("title").asText();
    String where = "panel " + title;
    String type = panel.path("type").asText();
    Set<String> options = OPTIONS.get(type);
    if (options == null) {
      throw new IllegalArgumentException(
          where + " is of type " + type + ", which is not translated to Perses");
    }
    Perses.known(panel, PANEL, where);
    Perses.known(panel.path("options"), options, where + "'s options");
    JsonNode defaults = panel.path("fieldConfig").path("defaults");
    Perses.known(defaults, DEFAULTS, where + "'s fields");
    ObjectNode spec = JSON.objectNode();
    spec.putObject("display").put("name", title).put("description", description(panel, type));
    spec.set("plugin", plugin(panel, type, where));
    ArrayNode queries = queries(panel, type, where);
    if (!queries.isEmpty()) {
      spec.set("queries", queries);
    }
    ArrayNode all = links.links(panel.path("links"), where);
    for (JsonNode link : defaults.path("links")) {
      Optional<ObjectNode> chosen = links.ofLines(link, where);
      chosen.ifPresent(all::add);
      if (PersesLinks.needsLabel(link)) {
        omissions.add(
            where,
            "the link "
                + link.path("title").asText()
                + " of each line"
                + (chosen.isPresent() ? ": the panel's goes to all that are chosen" : ""));
      }
    }
    if (!all.isEmpty()) {
      spec.set("links", all);
    }
    if (panel.has("timeFrom")) {
      omissions.add(
          where, "a time range of its own: choose " + panel.path("timeFrom").asText() + " above");
    }
    return Perses.kind("Panel", spec);
  }

  /// The description, and what Perses has no place for but the description: what it means that
  /// there is nothing, a unit, a time range.
  private static String description(JsonNode panel, String type) {
    JsonNode defaults = panel.path("fieldConfig").path("defaults");
    var sentences = new ArrayList<String>();
    sentences.add(panel.path("description").asText(""));
    String unit = PersesLooks.suffix(defaults);
    if (!unit.isEmpty() && !type.equals("table")) {
      sentences.add("In " + unit + ".");
    }
    if (panel.has("timeFrom")) {
      sentences.add(
          "Perses shows the time chosen above: choose " + panel.path("timeFrom").asText() + ".");
    }
    String nothing = defaults.path("noValue").asText("");
    if (!nothing.isEmpty()) {
      sentences.add("Nothing here means: " + nothing + ".");
    }
    return String.join(" ", sentences).strip();
  }

  private ObjectNode plugin(JsonNode panel, String type, String where) {
    return switch (type) {
      case "timeseries" -> Perses.kind("TimeSeriesChart", lines(panel, where));
      case "stat" -> Perses.kind("StatChart", stat(panel, where));
      case "state-timeline" -> Perses.kind("StatusHistoryChart", history(panel, where));
      case "table" -> Perses.kind("Table", PersesTable.of(panel, links, omissions));
      case "text" -> Perses.kind("Markdown", text(panel, where));
      case "logs" -> Perses.kind("LogsTable", logs(panel, where));
      case "heatmap" -> Perses.kind("TimeSeriesChart", buckets(panel, where));
      case "alertGroups" -> {
        omissions.add(where, "the groups of notifications: alerts are grouped by their names");
        yield Perses.kind("AlertTable", JSON.objectNode());
      }
      default -> throw new IllegalStateException(type + " has options and no plugin");
    };
  }

  private ObjectNode lines(JsonNode panel, String where) {
    JsonNode defaults = panel.path("fieldConfig").path("defaults");
    JsonNode custom = defaults.path("custom");
    Perses.known(custom, LINES, where + "'s lines");
    ObjectNode spec = JSON.objectNode();
    JsonNode legend = panel.path("options").path("legend");
    if (legend.path("showLegend").asBoolean(true)) {
      spec.set("legend", PersesLooks.legend(legend, List.of("values"), where));
    }
    ObjectNode axis = spec.putObject("yAxis");
    axis.set("format", PersesLooks.format(defaults, where));
    String unit = PersesLooks.suffix(defaults);
    if (!unit.isEmpty()) {
      axis.put("label", unit);
    }
    for (String bound : List.of("min", "max")) {
      if (defaults.path(bound).isNumber()) {
        axis.set(bound, defaults.path(bound));
      }
    }
    if (!custom.path("thresholdsStyle").path("mode").asText("off").equals("off")) {
      spec.set("thresholds", PersesLooks.thresholds(defaults.path("thresholds"), where));
    }
    spec.set("visual", visual(custom));
    for (JsonNode override : panel.path("fieldConfig").path("overrides")) {
      for (JsonNode property : override.path("properties")) {
        omissions.add(
            where,
            "the "
                + property.path("id").asText()
                + " of lines like "
                + override.path("matcher").path("options").asText());
      }
    }
    return spec;
  }

  private static ObjectNode visual(JsonNode custom) {
    ObjectNode visual =
        JSON.objectNode()
            .put("display", custom.path("drawStyle").asText().equals("bars") ? "bar" : "line")
            .put("lineWidth", Math.clamp(custom.path("lineWidth").asDouble(1), 0.25, 3))
            .put("areaOpacity", custom.path("fillOpacity").asDouble() / 100)
            .put("connectNulls", custom.path("spanNulls").asBoolean());
    if (!custom.path("stacking").path("mode").asText("none").equals("none")) {
      visual.put("stack", "all");
    }
    return visual;
  }

  /// Perses' own heat map takes native histograms alone: classic buckets become a line each.
  private ObjectNode buckets(JsonNode panel, String where) {
    if (panel.path("options").path("calculate").asBoolean()) {
      throw new IllegalArgumentException(
          where + " calculates its buckets, which is not translated to Perses");
    }
    omissions.add(where, "its colors: each bucket is a line, of all that took no longer");
    ObjectNode spec = JSON.objectNode();
    spec.putObject("legend").put("position", "right").put("mode", "list");
    ObjectNode axis = spec.putObject("yAxis").put("min", 0);
    axis.set("format", PersesLooks.format(panel.path("fieldConfig").path("defaults"), where));
    spec.putObject("visual").put("display", "line").put("lineWidth", 1.0).put("areaOpacity", 0.0);
    return spec;
  }

  private ObjectNode stat(JsonNode panel, String where) {
    JsonNode defaults = panel.path("fieldConfig").path("defaults");
    JsonNode options = panel.path("options");
    JsonNode reduce = options.path("reduceOptions");
    if (reduce.path("values").asBoolean() || !reduce.path("fields").asText("").isEmpty()) {
      throw new IllegalArgumentException(
          where + " shows single values or fields, which is not translated to Perses");
    }
    ObjectNode spec =
        JSON.objectNode()
            .put(
                "calculation",
                PersesLooks.calculation(reduce.path("calcs").path(0).asText("lastNotNull"), where));
    spec.set("format", PersesLooks.format(defaults, where));
    spec.set("thresholds", PersesLooks.thresholds(defaults.path("thresholds"), where));
    if (options.path("graphMode").asText().equals("area")) {
      spec.putObject("sparkline");
    }
    ArrayNode mappings = PersesLooks.mappings(defaults.path("mappings"), where);
    if (!mappings.isEmpty()) {
      spec.set("mappings", mappings);
    }
    return spec;
  }

  private ObjectNode history(JsonNode panel, String where) {
    JsonNode defaults = panel.path("fieldConfig").path("defaults");
    JsonNode options = panel.path("options");
    ObjectNode spec = JSON.objectNode();
    if (options.path("legend").path("showLegend").asBoolean(true)) {
      spec.set("legend", PersesLooks.legend(options.path("legend"), List.of(), where));
    }
    ArrayNode mappings = PersesLooks.mappings(defaults.path("mappings"), where);
    if (mappings.isEmpty()) {
      omissions.add(where, "the colors of its thresholds, which a status history does not have");
    } else {
      spec.set("mappings", mappings);
    }
    return spec;
  }

  private static ObjectNode text(JsonNode panel, String where) {
    JsonNode options = panel.path("options");
    String content = options.path("content").asText();
    String mode = options.path("mode").asText();
    if (!mode.equals("markdown") || content.contains("${") || content.contains("](/d/")) {
      throw new IllegalArgumentException(
          where + " is " + mode + " or has links or variables, expected plain markdown for Perses");
    }
    return JSON.objectNode().put("text", content);
  }

  private ObjectNode logs(JsonNode panel, String where) {
    JsonNode options = panel.path("options");
    if (!options.path("dedupStrategy").asText("none").equals("none")
        || options.path("prettifyLogMessage").asBoolean()
        || options.path("showLabels").asBoolean()) {
      throw new IllegalArgumentException(
          where + " joins, prettifies or labels its lines, which is not translated to Perses");
    }
    return JSON.objectNode()
        .put("time", options.path("showTime").asBoolean())
        .put("wrap", options.path("wrapLogMessage").asBoolean())
        .put("enableDetails", options.path("enableLogDetails").asBoolean());
  }

  private ArrayNode queries(JsonNode panel, String type, String where) {
    ArrayNode queries = JSON.arrayNode();
    if (type.equals("alertGroups")) {
      queries.add(query("AlertsQuery", "AlertManagerAlertsQuery", JSON.objectNode()));
    }
    for (JsonNode target : panel.path("targets")) {
      Perses.known(target, TARGET, where + "'s query");
      if (target.path("hide").asBoolean()) {
        throw new IllegalArgumentException(
            where + " has a hidden query, which is not translated to Perses");
      }
      if (target.path("exemplar").asBoolean()) {
        omissions.add(where, "exemplars");
      }
      JsonNode source =
          target.has("datasource") ? target.path("datasource") : panel.path("datasource");
      queries.add(query(panel, target, source, where));
    }
    return queries;
  }

  private static ObjectNode query(JsonNode panel, JsonNode target, JsonNode source, String where) {
    ObjectNode asked = JSON.objectNode();
    PersesVariables.source(source, where).forEach(asked::set);
    asked.put("query", PersesVariables.query(target.path("expr").asText(), where));
    String kind = source.path("type").asText();
    return switch (kind) {
      case "prometheus" -> {
        String legend = target.path("legendFormat").asText("");
        if (!legend.isEmpty() && !legend.equals("__auto")) {
          asked.put("seriesNameFormat", legend);
        }
        if (panel.has("interval")) {
          asked.put("minStep", panel.path("interval").asText());
        }
        yield query("TimeSeriesQuery", "PrometheusTimeSeriesQuery", asked);
      }
      case "loki" -> {
        if (!panel.path("type").asText().equals("logs")) {
          yield query("TimeSeriesQuery", "LokiTimeSeriesQuery", asked);
        }
        asked.put(
            "direction",
            panel.path("options").path("sortOrder").asText().equals("Ascending")
                ? "forward"
                : "backward");
        yield query("LogQuery", "LokiLogQuery", asked);
      }
      default ->
          throw new IllegalArgumentException(
              where + " asks a " + kind + ", which is not translated to Perses");
    };
  }

  private static ObjectNode query(String kind, String plugin, ObjectNode asked) {
    ObjectNode spec = JSON.objectNode();
    spec.set("plugin", Perses.kind(plugin, asked));
    return Perses.kind(kind, spec);
  }
}
