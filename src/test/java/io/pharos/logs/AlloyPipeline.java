package io.pharos.logs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.pharos.logql.LogqlQuery;
import io.pharos.logs.AlloyFile.Block;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Runs the stages of `loki.process` on a line, as Alloy documents them. It fails for features that
/// the shipped configuration does not use.
final class AlloyPipeline {
  /// A line in the pipeline.
  static final class Entry {
    final Map<String, String> labels = new TreeMap<>();
    final Map<String, String> metadata = new TreeMap<>();
    final Map<String, String> extracted = new HashMap<>();
    String line;
    Instant time;
    boolean dropped;

    Entry(String line, Map<String, String> labels) {
      this.line = line;
      this.labels.putAll(labels);
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private AlloyPipeline() {}

  /// Sends a line through a component.
  static void run(Block process, Entry entry) {
    entry.extracted.clear();
    entry.extracted.putAll(entry.labels); // labels are known to the stages
    stages(process.blocks(), entry);
  }

  private static void stages(List<Block> stages, Entry entry) {
    for (Block stage : stages) {
      if (!entry.dropped) {
        stage(stage, entry);
      }
    }
  }

  private static void stage(Block stage, Entry entry) {
    switch (stage.name()) {
      case "stage.decolorize" -> entry.line = entry.line.replaceAll("\u001b\\[[0-9;]*m", "");
      case "stage.static_labels" ->
          stage.map("values").forEach((name, value) -> entry.labels.put(name, (String) value));
      case "stage.replace" -> entry.line = replaced(stage, entry.line);
      case "stage.match" -> {
        if (matches(stage.text("selector"), entry)) {
          entry.dropped = stage.text("action").equals("drop");
          stages(stage.blocks(), entry);
        }
      }
      case "stage.json" -> json(stage, entry);
      case "stage.regex" -> regex(stage, entry);
      case "stage.template" -> {
        if (!stage.text("template").equals("{{ ToLower .Value }}")) {
          throw new IllegalStateException("unknown template " + stage.text("template"));
        }
        entry.extracted.computeIfPresent(
            stage.text("source"), (_, value) -> value.toLowerCase(Locale.ROOT));
      }
      case "stage.labels" -> copy(stage, entry.extracted, entry.labels);
      case "stage.structured_metadata" -> copy(stage, entry.extracted, entry.metadata);
      case "stage.label_keep" ->
          entry.labels.keySet().retainAll((List<?>) stage.attributes().get("values"));
      case "stage.timestamp" -> timestamp(stage, entry);
      default -> throw new IllegalStateException("unknown stage " + stage.name());
    }
  }

  /// Only the groups of a match are replaced.
  private static String replaced(Block stage, String line) {
    Matcher matcher = Pattern.compile(stage.text("expression")).matcher(line);
    var text = new StringBuilder();
    int copied = 0;
    while (matcher.find()) {
      for (int group = 1; group <= matcher.groupCount(); group++) {
        if (matcher.start(group) >= copied) {
          text.append(line, copied, matcher.start(group)).append(stage.text("replace"));
          copied = matcher.end(group);
        }
      }
    }
    return text.append(line.substring(copied)).toString();
  }

  static boolean matches(String selector, Entry entry) {
    LogqlQuery query = LogqlQuery.parse(selector);
    if (!query.selectors().getFirst().stream()
        .allMatch(it -> it.matches(entry.labels.getOrDefault(it.name(), "")))) {
      return false;
    }
    int filter = selector.indexOf("|~ \"");
    if (filter < 0) {
      return true;
    }
    String regex =
        selector
            .substring(filter + 4, selector.length() - 1)
            .replace("\\\\", "\u0000")
            .replace("\\\"", "\"")
            .replace('\u0000', '\\');
    return Pattern.compile(regex).matcher(entry.line).find();
  }

  private static void json(Block stage, Entry entry) {
    JsonNode root;
    try {
      root = JSON.readTree(entry.line);
    } catch (JsonProcessingException _) { // nothing is extracted
      return;
    }
    stage
        .map("expressions")
        .forEach(
            (name, path) -> {
              JsonNode value = root.path(((String) path).isEmpty() ? name : (String) path);
              if (value.isNumber()) {
                entry.extracted.put(
                    name,
                    BigDecimal.valueOf(value.asDouble()).stripTrailingZeros().toPlainString());
              } else if (!value.isMissingNode()) {
                entry.extracted.put(name, value.asText());
              }
            });
  }

  private static void regex(Block stage, Entry entry) {
    Pattern pattern = Pattern.compile(stage.text("expression"));
    Matcher matcher = pattern.matcher(entry.line);
    if (matcher.find()) {
      pattern
          .namedGroups()
          .keySet()
          .forEach(name -> entry.extracted.put(name, matcher.group(name)));
    }
  }

  private static void copy(Block stage, Map<String, String> from, Map<String, String> to) {
    stage
        .map("values")
        .forEach(
            (name, source) -> {
              String value = from.get(((String) source).isEmpty() ? name : (String) source);
              if (value != null && !value.isEmpty()) {
                to.put(name, value);
              }
            });
  }

  private static void timestamp(Block stage, Entry entry) {
    String text = entry.extracted.get(stage.text("source"));
    if (!stage.text("action_on_failure").equals("skip")) {
      throw new IllegalStateException("a time that can't be read is made up");
    }
    if (text == null) {
      return;
    }
    try {
      entry.time =
          switch (stage.text("format")) {
            case "Unix" -> {
              var seconds = new BigDecimal(text);
              yield Instant.ofEpochSecond(
                  seconds.longValue(),
                  seconds.remainder(BigDecimal.ONE).movePointRight(9).longValue());
            }
            case "RFC3339" -> OffsetDateTime.parse(text).toInstant();
            case "2006-01-02T15:04:05.000Z0700" ->
                OffsetDateTime.parse(
                        text, DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXX"))
                    .toInstant();
            case "2006-01-02 15:04:05" ->
                LocalDateTime.parse(text.replace(' ', 'T')).toInstant(ZoneOffset.UTC);
            default -> throw new IllegalStateException("unknown format " + stage.text("format"));
          };
    } catch (DateTimeParseException | NumberFormatException _) { // stays that of reading
    }
  }
}
