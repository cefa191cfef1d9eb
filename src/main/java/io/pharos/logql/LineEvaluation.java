package io.pharos.logql;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Evaluates a LogQL function over log lines in memory, so that unit tests of rules need no Loki.
/// Supports a part of LogQL, and throws [UnsupportedOperationException] for the rest.
public final class LineEvaluation {
  private static final String ERROR = "__error__";
  private static final Set<String> FUNCTIONS =
      Set.of(
          "count_over_time",
          "rate",
          "bytes_over_time",
          "bytes_rate",
          "sum_over_time",
          "avg_over_time",
          "max_over_time",
          "min_over_time",
          "quantile_over_time");

  private LineEvaluation() {}

  /// Lines of one stream with the same text and time.
  ///
  /// @param at time of the lines in Unix milliseconds
  /// @param count number of lines
  public record Lines(Labels stream, long at, String text, long count) {}

  /// Returns the value of a function for each label set.
  ///
  /// @param at end of the range in Unix milliseconds, inclusive
  /// @throws UnsupportedOperationException for unsupported parts of LogQL
  /// @throws IllegalArgumentException if Loki would refuse the query because a line has an error
  ///   and no filter removes the line
  public static Map<Labels, Double> of(LineRange range, List<Lines> lines, long at) {
    refuseUnsupported(range);
    long end = at - (range.offset().isEmpty() ? 0 : duration(range.offset()));
    long length = duration(range.range());
    var values = new LinkedHashMap<Labels, List<Double>>();
    for (Lines candidate : lines) {
      if (candidate.at() > end - length
          && candidate.at() <= end
          && LabelMatcher.matchesAll(range.selector(), candidate.stream())) {
        extract(range, candidate)
            .ifPresent(
                extracted ->
                    values
                        .computeIfAbsent(extracted.labels, _ -> new ArrayList<>())
                        .addAll(
                            Collections.nCopies(
                                Math.toIntExact(candidate.count()), extracted.value)));
      }
    }
    var results = new LinkedHashMap<Labels, Double>();
    values.forEach(
        (labels, numbers) -> results.put(labels, value(range, numbers, length / 1000.0)));
    return results;
  }

  /// Throws an exception for unsupported parts even if no line reaches them. Otherwise a test could
  /// pass although a part of its expression was not evaluated.
  private static void refuseUnsupported(LineRange range) {
    if (!FUNCTIONS.contains(range.function())) {
      throw new UnsupportedOperationException(range.function());
    }
    for (LineStage stage : range.stages()) {
      if (stage instanceof LineStage.Other(String name)) {
        throw new UnsupportedOperationException(name);
      }
    }
  }

  private static long duration(String text) {
    boolean isNegative = text.startsWith("-");
    try {
      long millis = PromDuration.parse(isNegative ? text.substring(1) : text).toMillis();
      return isNegative ? -millis : millis;
    } catch (IllegalArgumentException e) {
      throw new UnsupportedOperationException("the duration " + text, e);
    }
  }

  private record Extracted(Labels labels, double value) {}

  private static Optional<Extracted> extract(LineRange range, Lines line) {
    var labels = new TreeMap<String, String>();
    line.stream().forEach(labels::put);
    double value =
        switch (range.function()) {
          case "bytes_over_time", "bytes_rate" ->
              line.text().getBytes(StandardCharsets.UTF_8).length;
          default -> 1;
        };
    for (LineStage stage : range.stages()) {
      if (stage instanceof LineStage.Unwrap unwrap) {
        String text = labels.remove(unwrap.label());
        if (text == null) {
          return Optional.empty();
        }
        Optional<Double> number = number(text);
        if (number.isEmpty()) {
          labels.putIfAbsent(ERROR, "SampleExtractionErr");
        }
        value = number.orElse(0.0);
      } else if (!isKept(stage, line.text(), labels)) {
        return Optional.empty();
      }
    }
    String error = labels.getOrDefault(ERROR, "");
    if (!error.isEmpty()) {
      throw new IllegalArgumentException(
          "pipeline error: %s in the line %s of the stream %s"
              .formatted(error, line.text(), line.stream()));
    }
    range.by().ifPresent(by -> labels.keySet().retainAll(by));
    return Optional.of(new Extracted(Labels.of(labels), value));
  }

  private static boolean isKept(LineStage stage, String text, Map<String, String> labels) {
    return switch (stage) {
      case LineStage.Contains filter ->
          filter.texts().stream().anyMatch(text::contains) != filter.isNegated();
      case LineStage.Finds filter ->
          filter.patterns().stream().anyMatch(pattern -> pattern.matcher(text).find())
              != filter.isNegated();
      case LineStage.Json json -> {
        json(json, text, labels);
        yield true;
      }
      case LineStage.Matches filter ->
          filter.matcher().matches(labels.getOrDefault(filter.matcher().name(), ""));
      case LineStage.Compares filter -> satisfies(filter, labels);
      case LineStage.Unwrap _ -> throw new IllegalStateException("unwrap is not a filter");
      case LineStage.Other other -> throw new IllegalStateException(other.name());
    };
  }

  /// Extracts labels from a line. As in Loki, a line that is not JSON only gets an error label.
  private static void json(LineStage.Json stage, String text, Map<String, String> labels) {
    JsonNode line;
    try {
      line = JSON.readTree(text);
    } catch (JsonProcessingException _) {
      line = JSON.missingNode();
    }
    if (!line.isObject()) {
      labels.putIfAbsent(ERROR, "JSONParserErr");
      return;
    }
    Map<String, String> keys = new TreeMap<>(stage.keys());
    if (keys.isEmpty()) {
      line.fieldNames().forEachRemaining(name -> keys.put(name, name));
    }
    for (var key : keys.entrySet()) {
      JsonNode value = line.path(key.getValue());
      if (stage.keys().isEmpty() && value.isContainerNode()) {
        throw new UnsupportedOperationException("json with nested objects or arrays");
      }
      if (!value.isMissingNode() && !value.isNull()) {
        String name = labels.containsKey(key.getKey()) ? key.getKey() + "_extracted" : key.getKey();
        labels.put(name, value.isValueNode() ? value.asText() : value.toString());
      }
    }
  }

  /// Returns whether a label satisfies a comparison with a number. As in Loki, returns true for a
  /// line with an error.
  private static boolean satisfies(LineStage.Compares filter, Map<String, String> labels) {
    if (labels.containsKey(ERROR)) {
      return true;
    }
    String text = labels.get(filter.label());
    if (text == null) {
      return false;
    }
    Optional<Double> number = number(text);
    if (number.isEmpty()) {
      labels.put(ERROR, "LabelFilterErr");
      return true;
    }
    int compared = Double.compare(number.get(), filter.number());
    return switch (filter.comparison()) {
      case "==" -> compared == 0;
      case "!=" -> compared != 0;
      case ">" -> compared > 0;
      case ">=" -> compared >= 0;
      case "<" -> compared < 0;
      case "<=" -> compared <= 0;
      default -> throw new IllegalStateException("unknown comparison: " + filter.comparison());
    };
  }

  private static Optional<Double> number(String text) {
    try {
      return Optional.of(Double.parseDouble(text));
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  private static double value(LineRange range, List<Double> numbers, double seconds) {
    double sum = numbers.stream().mapToDouble(Double::doubleValue).sum();
    return switch (range.function()) {
      case "count_over_time", "bytes_over_time", "sum_over_time" -> sum;
      case "rate", "bytes_rate" -> sum / seconds;
      case "avg_over_time" -> sum / numbers.size();
      case "max_over_time" -> Collections.max(numbers);
      case "min_over_time" -> Collections.min(numbers);
      case "quantile_over_time" -> quantile(range.parameter(), numbers);
      default -> throw new IllegalStateException("unknown function: " + range.function());
    };
  }

  private static double quantile(double q, List<Double> numbers) {
    List<Double> sorted = numbers.stream().sorted().toList();
    if (q < 0 || q > 1) {
      return q < 0 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    double rank = q * (sorted.size() - 1);
    int below = (int) Math.floor(rank);
    int above = Math.min(below + 1, sorted.size() - 1);
    double weight = rank - below;
    return sorted.get(below) * (1 - weight) + sorted.get(above) * weight;
  }
}
