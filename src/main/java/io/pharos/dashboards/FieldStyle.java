package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Matcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// The style of a field: unit, bounds, thresholds, mappings and color.
record FieldStyle(JsonNode options) {
  /// A threshold: the color of values from a number on. The first threshold starts at negative
  /// infinity.
  record Threshold(double from, String color) {}

  /// The text and color into which a mapping turns a value.
  ///
  /// @param color empty if the mapping sets none
  record Mapped(String text, String color) {}

  String unit() {
    return options.path("unit").asText("");
  }

  /// Returns the text for a missing value.
  String noValue() {
    return options.path("noValue").asText("");
  }

  OptionalDouble min() {
    return number("min");
  }

  OptionalDouble max() {
    return number("max");
  }

  private OptionalDouble number(String name) {
    JsonNode node = options.path(name);
    return node.isNumber() ? OptionalDouble.of(node.asDouble()) : OptionalDouble.empty();
  }

  /// Returns the display name, with labels of the series inserted.
  String name(String defaultName, Labels labels) {
    String name = options.path("displayName").asText("");
    if (name.isEmpty()) {
      return defaultName;
    }
    var text = new StringBuilder();
    int position = 0;
    for (int open = name.indexOf("${"); open >= 0; open = name.indexOf("${", position)) {
      int close = name.indexOf('}', open);
      if (close < 0) {
        break;
      }
      String inner = name.substring(open + 2, close);
      text.append(name, position, open);
      text.append(
          inner.startsWith("__field.labels.")
              ? labels.get(inner.substring("__field.labels.".length()))
              : defaultName);
      position = close + 1;
    }
    return text.append(name.substring(position)).toString();
  }

  JsonNode custom() {
    return options.path("custom");
  }

  /// Returns a value as people read it: the text of its mapping, or the number with its unit.
  Units.Shown shown(double value) {
    return mapped(value)
        .filter(mapped -> !mapped.text().isEmpty())
        .map(mapped -> new Units.Shown(mapped.text(), ""))
        .orElseGet(() -> Units.shown(value, unit(), decimals()));
  }

  OptionalInt decimals() {
    JsonNode node = options.path("decimals");
    return node.isNumber() ? OptionalInt.of(node.asInt()) : OptionalInt.empty();
  }

  /// Returns the thresholds in rising order. Percentages are converted to values between the
  /// bounds, which default to 0 and 100.
  List<Threshold> thresholds() {
    JsonNode thresholds = options.path("thresholds");
    boolean isPercent = thresholds.path("mode").asText().equals("percentage");
    double low = min().orElse(0);
    double high = max().orElse(100);
    var steps = new ArrayList<Threshold>();
    for (JsonNode step : thresholds.path("steps")) {
      double from =
          step.path("value").isNumber() ? step.path("value").asDouble() : Double.NEGATIVE_INFINITY;
      steps.add(
          new Threshold(
              isPercent && Double.isFinite(from) ? low + (high - low) * from / 100 : from,
              step.path("color").asText("gray")));
    }
    return steps;
  }

  /// Returns the color of a value: one of Grafana's color names, or `#rrggbb`. Empty if the color
  /// comes from a palette.
  String color(double value) {
    String mapped = mapped(value).map(Mapped::color).orElse("");
    if (!mapped.isEmpty()) {
      return mapped;
    }
    String mode = options.path("color").path("mode").asText("thresholds");
    return switch (mode) {
      case "fixed", "shades" -> options.path("color").path("fixedColor").asText("blue");
      case "palette-classic", "palette-classic-by-name" -> "";
      default -> mode.startsWith("continuous-") ? gradual(value, mode) : threshold(value);
    };
  }

  private String threshold(double value) {
    String color = "green";
    for (Threshold threshold : thresholds()) {
      if (value >= threshold.from() || threshold.from() == Double.NEGATIVE_INFINITY) {
        color = threshold.color();
      }
    }
    return Double.isNaN(value) ? "gray" : color;
  }

  /// Returns the color in a continuous color scheme, approximated by three colors.
  private String gradual(double value, String mode) {
    double share = share(value);
    boolean isHighGood = mode.equals("continuous-RdYlGr");
    return share < 1 / 3.0
        ? isHighGood ? "red" : "green"
        : share < 2 / 3.0 ? "yellow" : isHighGood ? "green" : "red";
  }

  /// Returns the position of a value between the bounds, from 0 to 1. The bounds default to 0 and
  /// 100, or for the unit `percentunit`, to 0 and 1.
  double share(double value) {
    double low = min().orElse(0);
    double high = max().orElse(unit().equals("percentunit") ? 1 : 100);
    return high <= low || Double.isNaN(value) ? 0 : Math.clamp((value - low) / (high - low), 0, 1);
  }

  Optional<Mapped> mapped(double value) {
    String exact =
        value == Math.rint(value) && Math.abs(value) < 1e15
            ? Long.toString((long) value)
            : Double.toString(value);
    return mapped(exact, value);
  }

  /// Returns the result of the first mapping that matches the value.
  Optional<Mapped> mapped(String text, double value) {
    for (JsonNode mapping : options.path("mappings")) {
      JsonNode mappingOptions = mapping.path("options");
      switch (mapping.path("type").asText()) {
        case "value" -> {
          if (mappingOptions.has(text)) {
            return Optional.of(result(mappingOptions.path(text)));
          }
        }
        case "range" -> {
          if (value >= mappingOptions.path("from").asDouble(Double.NEGATIVE_INFINITY)
              && value <= mappingOptions.path("to").asDouble(Double.POSITIVE_INFINITY)) {
            return Optional.of(result(mappingOptions.path("result")));
          }
        }
        case "regex" -> {
          Matcher matcher =
              FieldConfig.pattern(mappingOptions.path("pattern").asText()).matcher(text);
          if (matcher.find()) {
            return Optional.of(result(mappingOptions.path("result")));
          }
        }
        case "special" -> {
          // Texts are looked up with the number NaN, so the mapping of NaN requires the text NaN.
          if (mappingOptions.path("match").asText().contains("nan") && text.equals("NaN")) {
            return Optional.of(result(mappingOptions.path("result")));
          }
        }
        default ->
            throw new UndrawnException(
                "The mapping " + mapping.path("type") + " is not supported.");
      }
    }
    return Optional.empty();
  }

  private static Mapped result(JsonNode result) {
    return new Mapped(result.path("text").asText(""), result.path("color").asText(""));
  }
}
