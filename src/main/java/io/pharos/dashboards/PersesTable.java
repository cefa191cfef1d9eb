package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A table as Perses has it: what Grafana does by transformations and overrides are settings of
/// columns.
final class PersesTable {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final JsonNode panel;
  private final String where;
  private final Omissions omissions;
  private final Map<String, ObjectNode> columns = new LinkedHashMap<>();
  private final Map<String, String> units = new LinkedHashMap<>();
  private final ArrayNode transforms = JSON.arrayNode();

  private PersesTable(JsonNode panel, Omissions omissions) {
    this.panel = panel;
    this.omissions = omissions;
    where = "panel " + panel.path("title").asText();
  }

  /// @throws IllegalArgumentException for what has no translation, with its place
  static ObjectNode of(JsonNode panel, PersesLinks links, Omissions omissions) {
    return new PersesTable(panel, omissions).spec(links);
  }

  private ObjectNode spec(PersesLinks links) {
    JsonNode options = panel.path("options");
    if (options.path("footer").path("show").asBoolean()
        || !options.path("showHeader").asBoolean(true)) {
      throw new IllegalArgumentException(
          where + " has a footer or no header, which is not translated to Perses");
    }
    transformations();
    JsonNode defaults = panel.path("fieldConfig").path("defaults");
    Perses.known(
        defaults.path("custom"),
        Set.of("align", "cellOptions", "filterable", "inspect"),
        where + "'s cells");
    if (!defaults.path("mappings").isEmpty()) {
      throw new IllegalArgumentException(
          where + " has mappings of its cells, which are not translated to Perses");
    }
    for (var column : columns.entrySet()) {
      if (isValue(column.getKey()) && !column.getValue().path("hide").asBoolean()) {
        column.getValue().set("format", PersesLooks.format(defaults, where));
        units.put(column.getKey(), PersesLooks.suffix(defaults));
      }
    }
    for (JsonNode override : panel.path("fieldConfig").path("overrides")) {
      override(override, links);
    }
    for (JsonNode sort : options.path("sortBy")) {
      ObjectNode column = column(sort.path("displayName").asText());
      column.put("sort", sort.path("desc").asBoolean() ? "desc" : "asc");
    }
    units.forEach(this::unit);
    ObjectNode spec =
        JSON.objectNode()
            .put(
                "density",
                switch (options.path("cellHeight").asText("sm")) {
                  case "lg" -> "comfortable";
                  case "md" -> "standard";
                  default -> "compact";
                });
    if (defaults.path("custom").path("filterable").asBoolean()) {
      spec.put("enableFiltering", true);
    }
    ArrayNode settings = spec.putArray("columnSettings");
    columns.values().forEach(settings::add);
    if (!transforms.isEmpty()) {
      spec.set("transforms", transforms);
    }
    return spec;
  }

  private void transformations() {
    for (JsonNode transformation : panel.path("transformations")) {
      String id = transformation.path("id").asText();
      if (transformation.path("disabled").asBoolean()) {
        continue;
      }
      switch (id) {
        case "merge" -> transforms.add(Perses.kind("MergeSeries", JSON.objectNode()));
        case "organize" -> organize(transformation.path("options"));
        default ->
            throw new IllegalArgumentException(
                where + " has the transformation " + id + ", which is not translated to Perses");
      }
    }
    if (panel.path("targets").size() > 1 && transforms.isEmpty()) {
      throw new IllegalArgumentException(
          where + " has several queries and merges none, which is not translated to Perses");
    }
  }

  /// The order of the columns is that of their settings.
  private void organize(JsonNode options) {
    Perses.known(
        options,
        Set.of("excludeByName", "includeByName", "indexByName", "renameByName"),
        where + "'s organize");
    List<Map.Entry<String, JsonNode>> order =
        new ArrayList<>(options.path("indexByName").properties());
    order.sort(Comparator.comparingInt(it -> it.getValue().asInt()));
    order.forEach(it -> named(it.getKey()));
    options
        .path("renameByName")
        .properties()
        .forEach(it -> named(it.getKey()).put("header", it.getValue().asText()));
    options
        .path("excludeByName")
        .properties()
        .forEach(it -> named(it.getKey()).put("hide", it.getValue().asBoolean()));
  }

  private ObjectNode named(String field) {
    return columns.computeIfAbsent(perses(field), name -> JSON.objectNode().put("name", name));
  }

  /// What Perses calls a field: queries are counted there, not lettered.
  private String perses(String field) {
    if (field.equals("Time")) {
      return "timestamp";
    }
    if (field.equals("Value")) {
      return "value";
    }
    if (field.startsWith("Value #")) {
      int number = 0;
      for (JsonNode target : panel.path("targets")) {
        number++;
        if (target.path("refId").asText().equals(field.substring("Value #".length()))) {
          return panel.path("targets").size() == 1 ? "value" : "value #" + number;
        }
      }
      throw new IllegalArgumentException(where + " has a column " + field + " of no query");
    }
    return field;
  }

  /// A unit that Perses does not know stands in the column's head.
  private void unit(String name, String unit) {
    ObjectNode column = named(name);
    if (!unit.isEmpty()) {
      column.put("header", column.path("header").asText(name) + " (" + unit + ")");
    }
  }

  private static boolean isValue(String column) {
    return column.equals("value") || column.startsWith("value #");
  }

  /// A column by what stands in its head.
  private ObjectNode column(String shown) {
    return columns.values().stream()
        .filter(it -> it.path("header").asText(it.path("name").asText()).equals(shown))
        .findFirst()
        .orElseGet(() -> named(shown));
  }

  private void override(JsonNode override, PersesLinks links) {
    JsonNode matcher = override.path("matcher");
    String by = matcher.path("id").asText();
    if (!by.equals("byName")) {
      throw new IllegalArgumentException(
          where + " has an override " + by + ", which is not translated to Perses");
    }
    ObjectNode column = column(matcher.path("options").asText());
    ObjectNode style = JSON.objectNode();
    for (JsonNode property : override.path("properties")) {
      JsonNode value = property.path("value");
      switch (property.path("id").asText()) {
        case "unit", "decimals" -> style.set(property.path("id").asText(), value);
        case "thresholds" ->
            omissions.add(
                where,
                "the colors of "
                    + matcher.path("options").asText()
                    + ": Perses shows a number that it colors without its unit");
        case "custom.cellOptions" -> {
          if (!value.path("type").asText().equals("color-text")) {
            throw new IllegalArgumentException(
                where + " has cells of type " + value.path("type") + ", expected color-text");
          }
        }
        case "links" -> link(value, column, links);
        default ->
            throw new IllegalArgumentException(
                where
                    + " overrides "
                    + property.path("id").asText()
                    + ", which is not translated to Perses");
      }
    }
    if (!style.isEmpty()) {
      column.set("format", PersesLooks.format(style, where));
      units.put(column.path("name").asText(), PersesLooks.suffix(style));
    }
  }

  /// A column of Perses has one link.
  private void link(JsonNode classic, ObjectNode column, PersesLinks links) {
    String name = column.path("name").asText();
    column.set("dataLink", links.ofCell(classic.path(0), name, where));
    for (int i = 1; i < classic.size(); i++) {
      omissions.add(
          where, "the second link of " + name + ", " + classic.path(i).path("title").asText());
    }
  }
}
