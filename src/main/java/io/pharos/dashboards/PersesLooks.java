package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What Perses calls units, colors, thresholds, mappings and calculations of Grafana's field
/// options. What it has no word for is refused, with its place.
final class PersesLooks {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private static final Map<String, String> UNITS =
      Map.ofEntries(
          Map.entry("none", "decimal"),
          Map.entry("short", "decimal"),
          Map.entry("percent", "percent"),
          Map.entry("percentunit", "percent-decimal"),
          Map.entry("ms", "milliseconds"),
          Map.entry("s", "seconds"),
          Map.entry("m", "minutes"),
          Map.entry("h", "hours"),
          Map.entry("d", "days"),
          Map.entry("bytes", "bytes"),
          Map.entry("decbytes", "decbytes"),
          Map.entry("bits", "bits"),
          Map.entry("Bps", "bytes/sec"),
          Map.entry("bps", "bits/sec"),
          Map.entry("cps", "counts/sec"),
          Map.entry("eps", "events/sec"),
          Map.entry("mps", "messages/sec"),
          Map.entry("ops", "ops/sec"),
          Map.entry("pps", "packets/sec"),
          Map.entry("rps", "reads/sec"),
          Map.entry("wps", "writes/sec"),
          Map.entry("reqps", "requests/sec"),
          Map.entry("celsius", "celsius"));

  /// Units whose thousands have a letter; so have all that are per second.
  private static final Set<String> SHORTENED = Set.of("decimal", "bytes", "decbytes", "bits");

  /// Units that Perses does not know, with what a number of them is followed by.
  private static final Map<String, String> UNKNOWN_UNITS =
      Map.of("watt", "W", "kwatth", "kWh", "hertz", "Hz");

  private static final Map<String, String> COLORS =
      Map.of(
          "green", "#4caf50",
          "yellow", "#fbc02d",
          "orange", "#fb8c00",
          "red", "#e53935",
          "blue", "#1e88e5",
          "purple", "#8e24aa",
          "gray", "#9e9e9e",
          "transparent", "#9e9e9e");

  private static final Map<String, String> CALCULATIONS =
      Map.of(
          "lastNotNull", "last-number",
          "last", "last",
          "firstNotNull", "first-number",
          "first", "first",
          "mean", "mean",
          "sum", "sum",
          "min", "min",
          "max", "max");

  private PersesLooks() {}

  /// @throws IllegalArgumentException for a name that Perses needs and nobody knows
  private static String known(Map<String, String> names, String name, String what, String where) {
    String found = names.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          where
              + " has the "
              + what
              + " "
              + name
              + ", for which there is no translation to Perses");
    }
    return found;
  }

  /// How numbers are written.
  ///
  /// @param fields a unit and decimals; with neither, short numbers
  static ObjectNode format(JsonNode fields, String where) {
    String unit = fields.path("unit").asText("none");
    ObjectNode format = JSON.objectNode();
    String perses = UNKNOWN_UNITS.containsKey(unit) ? "decimal" : known(UNITS, unit, "unit", where);
    format.put("unit", perses);
    if (fields.has("decimals")) {
      format.put("decimalPlaces", fields.path("decimals").asInt());
    }
    if (SHORTENED.contains(perses) || perses.endsWith("/sec")) {
      format.put("shortValues", true);
    }
    return format;
  }

  /// What numbers are followed by whose unit Perses does not know; empty for all others.
  static String suffix(JsonNode fields) {
    return UNKNOWN_UNITS.getOrDefault(fields.path("unit").asText(), "");
  }

  static String color(String name, String where) {
    String color = name.toLowerCase(Locale.ROOT);
    return color.matches("#[0-9a-f]{6}") ? color : known(COLORS, color, "color", where);
  }

  static String calculation(String name, String where) {
    return known(CALCULATIONS, name, "calculation", where);
  }

  /// Steps from the lowest on, of which the first is everything below the second.
  static ObjectNode thresholds(JsonNode classic, String where) {
    if (!classic.path("mode").asText("absolute").equals("absolute")) {
      throw new IllegalArgumentException(
          where + " has thresholds of mode " + classic.path("mode") + ", expected absolute");
    }
    ObjectNode thresholds = JSON.objectNode().put("mode", "absolute");
    ArrayNode steps = JSON.arrayNode();
    for (JsonNode step : classic.path("steps")) {
      String color = color(step.path("color").asText(), where);
      if (step.path("value").isNumber()) {
        steps.addObject().put("color", color).set("value", step.path("value"));
      } else {
        thresholds.put("defaultColor", color);
      }
    }
    thresholds.set("steps", steps);
    return thresholds;
  }

  /// The texts that stand for values.
  static ArrayNode mappings(JsonNode classic, String where) {
    ArrayNode mappings = JSON.arrayNode();
    for (JsonNode mapping : classic) {
      String type = mapping.path("type").asText();
      if (!type.equals("value")) {
        throw new IllegalArgumentException(
            where + " has a mapping of type " + type + ", which is not translated to Perses");
      }
      for (Map.Entry<String, JsonNode> option : mapping.path("options").properties()) {
        ObjectNode value = mappings.addObject().put("kind", "Value").putObject("spec");
        value.put("value", option.getKey());
        ObjectNode result =
            value.putObject("result").put("value", option.getValue().path("text").asText());
        if (option.getValue().has("color")) {
          result.put("color", color(option.getValue().path("color").asText(), where));
        }
      }
    }
    return mappings;
  }

  static ObjectNode legend(JsonNode classic, List<String> allowed, String where) {
    ObjectNode legend = JSON.objectNode();
    legend.put("position", classic.path("placement").asText().equals("right") ? "right" : "bottom");
    legend.put("mode", classic.path("displayMode").asText().equals("table") ? "table" : "list");
    if (allowed.contains("values")) {
      ArrayNode values = legend.putArray("values");
      classic.path("calcs").forEach(it -> values.add(calculation(it.asText(), where)));
    }
    return legend;
  }
}
