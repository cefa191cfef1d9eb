package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Variables of a dashboard as Perses has them, and what of Grafana's own ones its queries may use.
final class PersesVariables {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /// The variable that stands for `$__auto`, the step of a query to Loki, which Perses lacks.
  static final String LOG_WINDOW = "log_window";

  private static final List<String> SORT =
      List.of(
          "none",
          "alphabetical-asc",
          "alphabetical-desc",
          "numerical-asc",
          "numerical-desc",
          "alphabetical-ci-asc",
          "alphabetical-ci-desc");

  /// The kinds of data source that a dashboard may choose from; of others Perses' queries take the
  /// project's default one.
  private static final Map<String, String> SOURCES = Map.of("prometheus", "PrometheusDatasource");

  /// What Perses replaces in queries itself.
  private static final Set<String> BUILT_IN =
      Set.of(
          "__interval",
          "__interval_ms",
          "__rate_interval",
          "__range",
          "__range_s",
          "__range_ms",
          "__from",
          "__to");

  private PersesVariables() {}

  static boolean isTranslated(JsonNode classic) {
    return !classic.path("type").asText().equals("datasource")
        || SOURCES.containsKey(classic.path("query").asText());
  }

  /// @throws IllegalArgumentException for one that can't be translated
  static ObjectNode of(JsonNode classic) {
    String name = classic.path("name").asText();
    String where = "variable " + name;
    String type = classic.path("type").asText();
    return switch (type) {
      case "datasource" -> {
        ObjectNode asked =
            JSON.objectNode()
                .put("datasourcePluginKind", SOURCES.get(classic.path("query").asText()));
        yield list(classic, "DatasourceVariable", asked, where);
      }
      case "query" -> {
        boolean isLoki = classic.path("datasource").path("type").asText().equals("loki");
        yield list(
            classic,
            isLoki ? "LokiLabelValuesVariable" : "PrometheusLabelValuesVariable",
            labelValues(classic, where),
            where);
      }
      case "textbox", "constant" -> {
        String value = classic.path("query").asText();
        if (value.isEmpty() && type.equals("constant")) {
          throw new IllegalArgumentException(where + " is an empty constant, which Perses refuses");
        }
        ObjectNode spec = named(classic).put("value", value);
        spec.put("constant", type.equals("constant"));
        yield kind("TextVariable", spec);
      }
      default ->
          throw new IllegalArgumentException(
              where + " is of type " + type + ", which is not translated to Perses");
    };
  }

  /// How long a window of logs is, by default.
  static ObjectNode logWindow() {
    ObjectNode spec = JSON.objectNode().put("name", LOG_WINDOW);
    spec.putObject("display")
        .put("name", "Window of logs")
        .put("description", "How many lines are counted together; longer for a longer time range")
        .put("hidden", false);
    return kind("TextVariable", spec.put("value", "5m").put("constant", false));
  }

  private static ObjectNode kind(String kind, ObjectNode spec) {
    ObjectNode object = JSON.objectNode().put("kind", kind);
    object.set("spec", spec);
    return object;
  }

  private static ObjectNode named(JsonNode classic) {
    String name = classic.path("name").asText();
    ObjectNode spec = JSON.objectNode().put("name", name);
    spec.putObject("display")
        .put("name", classic.path("label").asText(name))
        .put("hidden", classic.path("hide").asInt() == 2);
    return spec;
  }

  private static ObjectNode list(JsonNode classic, String plugin, ObjectNode asked, String where) {
    boolean isMulti = classic.path("multi").asBoolean();
    boolean hasAll = classic.path("includeAll").asBoolean();
    ObjectNode spec = named(classic).put("allowMultiple", isMulti).put("allowAllValue", hasAll);
    String all = classic.path("allValue").asText("");
    if (hasAll && classic.path("allValue").isTextual() && !all.isEmpty()) {
      spec.put("customAllValue", all);
    }
    JsonNode current = classic.path("current").path("value");
    if (isMulti && current.isArray() && !current.isEmpty()) {
      spec.set("defaultValue", current);
    } else if (current.isTextual() && !current.asText().isEmpty()) {
      spec.set("defaultValue", isMulti ? JSON.arrayNode().add(current) : current);
    }
    if (!classic.path("regex").asText("").isEmpty()) {
      throw new IllegalArgumentException(
          where
              + " has the regex "
              + classic.path("regex")
              + ", which is not translated to Perses");
    }
    int sort = classic.path("sort").asInt();
    if (sort < 0 || sort >= SORT.size()) {
      throw new IllegalArgumentException(
          where + " has the sort " + sort + ", expected 0 to " + (SORT.size() - 1));
    }
    if (sort > 0) {
      spec.put("sort", SORT.get(sort));
    }
    spec.set("plugin", kind(plugin, asked));
    return kind("ListVariable", spec);
  }

  /// `label_values(label)` or `label_values(selector, label)`.
  private static ObjectNode labelValues(JsonNode classic, String where) {
    String query = classic.path("query").asText().strip();
    if (!query.startsWith("label_values(") || !query.endsWith(")")) {
      throw new IllegalArgumentException(
          where + " asks " + query + ", expected label_values(selector, label)");
    }
    String inner = query.substring("label_values(".length(), query.length() - 1);
    int comma = inner.lastIndexOf(',');
    ObjectNode asked = JSON.objectNode();
    source(classic.path("datasource"), where).forEach(asked::set);
    asked.put("labelName", inner.substring(comma + 1).strip());
    if (comma >= 0) {
      asked.putArray("matchers").add(query(inner.substring(0, comma).strip(), where));
    }
    return asked;
  }

  /// The data source that a query names, empty for the project's default one.
  static Map<String, JsonNode> source(JsonNode datasource, String where) {
    String kind = SOURCES.get(datasource.path("type").asText());
    if (kind == null) {
      return Map.of();
    }
    String uid = datasource.path("uid").asText();
    if (uid.startsWith("${") && uid.endsWith("}")) {
      return Map.of("datasource", JSON.textNode("$" + uid.substring(2, uid.length() - 1)));
    }
    if (uid.isEmpty()) {
      throw new IllegalArgumentException(where + " names no data source");
    }
    return Map.of("datasource", JSON.objectNode().put("kind", kind).put("name", uid));
  }

  static boolean usesLogWindow(String query) {
    return query.contains("$__auto");
  }

  /// A query with the variables that Perses has.
  ///
  /// @throws IllegalArgumentException for one of Grafana's own that it lacks
  static String query(String classic, String where) {
    String query = classic.replace("$__auto", "$" + LOG_WINDOW);
    for (int at = query.indexOf("$__"); at >= 0; at = query.indexOf("$__", at + 1)) {
      int end = at + 1;
      while (end < query.length() && isWord(query.charAt(end))) {
        end++;
      }
      String name = query.substring(at + 1, end);
      if (!BUILT_IN.contains(name)) {
        throw new IllegalArgumentException(
            where + " asks with $" + name + ", which Perses does not have");
      }
    }
    for (int at = query.indexOf("${"); at >= 0; at = query.indexOf("${", at + 1)) {
      if (at + 2 == query.length() || !Character.isDigit(query.charAt(at + 2))) { // no capture
        throw new IllegalArgumentException(
            where + " asks with " + query.substring(at) + ", expected a variable without braces");
      }
    }
    return query;
  }

  private static boolean isWord(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
