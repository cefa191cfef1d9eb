package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Links of a dashboard as Perses follows them: to the other dashboards of its project, which get
/// the time and what is chosen, and to elsewhere.
final class PersesLinks {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /// What is replaced by the value of the cell that was clicked, and by a label of its line.
  private static final String VALUE = "${__value.raw}";

  private static final String LABEL = "${__field.labels.";

  private final Set<String> own;
  private final Map<String, JsonNode> dashboards = new TreeMap<>();

  /// @param dashboard whose links are translated
  /// @param all the dashboards that links may lead to
  PersesLinks(JsonNode dashboard, Collection<JsonNode> all) {
    own = chosen(dashboard);
    all.forEach(one -> dashboards.put(one.path("uid").asText(), one));
  }

  /// The variables that a link hands on: those that are shown, but for those that Perses lacks.
  private static Set<String> chosen(JsonNode dashboard) {
    var names = new LinkedHashSet<String>();
    for (JsonNode variable : dashboard.path("templating").path("list")) {
      if (PersesVariables.isTranslated(variable) && variable.path("hide").asInt() == 0) {
        names.add(variable.path("name").asText());
      }
    }
    return names;
  }

  /// The links to the dashboards that have all tags of a link, one for each; or the link itself.
  List<ObjectNode> ofDashboard(JsonNode link, String uid) {
    String title = link.path("title").asText();
    if (!link.path("type").asText().equals("dashboards")) {
      return List.of(link(link, "link " + title));
    }
    var links = new ArrayList<ObjectNode>();
    for (var dashboard : dashboards.entrySet()) {
      if (dashboard.getKey().equals(uid) || !hasTags(dashboard.getValue(), link.path("tags"))) {
        continue;
      }
      var parameters = new LinkedHashMap<String, String>();
      if (link.path("keepTime").asBoolean()) {
        time(parameters);
      }
      if (link.path("includeVars").asBoolean()) {
        own.forEach(name -> parameters.putIfAbsent("var-" + name, chosen(name)));
      }
      links.add(
          JSON.objectNode()
              .put("name", dashboard.getValue().path("title").asText())
              .put("url", address(dashboard.getKey(), parameters))
              .put("tooltip", link.path("tooltip").asText())
              .put("renderVariables", true)
              .put("targetBlank", link.path("targetBlank").asBoolean()));
    }
    return links;
  }

  private static boolean hasTags(JsonNode dashboard, JsonNode tags) {
    var its = new LinkedHashSet<String>();
    dashboard.path("tags").forEach(tag -> its.add(tag.asText()));
    for (JsonNode tag : tags) {
      if (!its.contains(tag.asText())) {
        return false;
      }
    }
    return true;
  }

  /// A link of a panel.
  ObjectNode link(JsonNode link, String where) {
    return JSON.objectNode()
        .put("name", link.path("title").asText())
        .put("url", url(link.path("url").asText(), where))
        .put("renderVariables", true)
        .put("targetBlank", link.path("targetBlank").asBoolean());
  }

  ArrayNode links(JsonNode links, String where) {
    ArrayNode all = JSON.arrayNode();
    links.forEach(link -> all.add(link(link, where)));
    return all;
  }

  /// Whether a link needs the label of what was clicked, which only a cell of a table can give.
  static boolean needsLabel(JsonNode link) {
    return link.path("url").asText().contains(LABEL) || link.path("url").asText().contains(VALUE);
  }

  /// A link of a panel's lines as one of the panel: what a line would say of itself is what is
  /// chosen; nothing where there is no such choice.
  Optional<ObjectNode> ofLines(JsonNode classic, String where) {
    ObjectNode link = classic.deepCopy();
    String url = classic.path("url").asText();
    for (String name : own) {
      url = url.replace(LABEL + name + "}", chosen(name));
    }
    return needsLabel(link.put("url", url)) ? Optional.empty() : Optional.of(link(link, where));
  }

  /// A link of a table's cells.
  ///
  /// @param column as Perses calls the column whose cell is clicked
  ObjectNode ofCell(JsonNode link, String column, String where) {
    String url = link.path("url").asText().replace(VALUE, "${__data.fields[\"" + column + "\"]}");
    return JSON.objectNode()
        .put("url", url(url, where))
        .put("title", link.path("title").asText())
        .put("openNewTab", link.path("targetBlank").asBoolean());
  }

  private String url(String url, String where) {
    if (!url.startsWith("/d/")) {
      if (url.contains("${__") && !url.contains("${__data.fields[")) {
        throw new IllegalArgumentException(
            where + " has a link to " + url + ", which Perses can't");
      }
      return url;
    }
    int query = url.indexOf('?');
    String uid = url.substring("/d/".length(), query < 0 ? url.length() : query);
    var parameters = new LinkedHashMap<String, String>();
    for (String part :
        query < 0 ? List.<String>of() : List.of(url.substring(query + 1).split("&", -1))) {
      parameter(part, parameters, where + " has a link to " + url);
    }
    return address(uid, parameters);
  }

  private void parameter(String part, Map<String, String> parameters, String where) {
    int is = part.indexOf('=');
    if (part.equals("${__url_time_range}")) {
      time(parameters);
    } else if (part.equals("${__all_variables}")) {
      own.forEach(name -> parameters.putIfAbsent("var-" + name, chosen(name)));
    } else if (part.startsWith("${") && part.endsWith(":queryparam}")) {
      String name = part.substring(2, part.length() - ":queryparam}".length());
      parameters.putIfAbsent("var-" + name, chosen(name));
    } else if (part.startsWith("var-") && is > 0) {
      parameters.put(part.substring(0, is), part.substring(is + 1));
    } else {
      throw new IllegalArgumentException(where + " with " + part + ", which Perses can't");
    }
  }

  private static void time(Map<String, String> parameters) {
    parameters.put("start", "$__from");
    parameters.put("end", "$__to");
  }

  /// Several values are one parameter, with commas between them.
  private static String chosen(String variable) {
    return "${" + variable + ":percentencode}";
  }

  private String address(String uid, Map<String, String> parameters) {
    JsonNode target = dashboards.get(uid);
    var query = new ArrayList<String>();
    for (var parameter : parameters.entrySet()) {
      String name = parameter.getKey();
      boolean isKnown =
          target == null // it lies in another folder, and knows best
              || !name.startsWith("var-")
              || chosen(target).contains(name.substring("var-".length()));
      if (isKnown) {
        query.add(name + "=" + parameter.getValue());
      }
    }
    return "/projects/$__project/dashboards/"
        + uid
        + (query.isEmpty() ? "" : "?" + String.join("&", query));
  }
}
