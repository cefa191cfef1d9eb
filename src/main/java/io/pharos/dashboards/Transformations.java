package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import io.pharos.dashboards.Frame.Column;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Applies Grafana's transformations to tables.
final class Transformations {
  private Transformations() {}

  /// @throws UndrawnException if the transformation is not supported
  static List<Frame> apply(String id, JsonNode options, List<Frame> frames) {
    return switch (id) {
      case "organize" -> each(frames, frame -> organized(frame, options));
      case "merge" -> merged(frames);
      case "joinByField", "seriesToColumns" ->
          joined(
              frames, options.path("byField").asText("Time"), options.path("mode").asText("outer"));
      case "filterFieldsByName" -> each(frames, frame -> filtered(frame, options));
      case "renameByRegex" ->
          each(
              frames,
              frame ->
                  renamed(
                      frame,
                      options.path("regex").asText(),
                      options.path("renamePattern").asText()));
      case "sortBy" -> each(frames, frame -> sorted(frame, options.path("sort")));
      case "limit" -> each(frames, frame -> limited(frame, options.path("limitField").asInt(10)));
      case "groupBy" -> each(frames, frame -> grouped(frame, options.path("fields")));
      // Nothing to do: labels are columns already, and columns have suitable types.
      case "labelsToFields", "convertFieldType" -> frames;
      default -> throw new UndrawnException("The transformation " + id + " is not supported.");
    };
  }

  private static List<Frame> each(List<Frame> frames, UnaryOperator<Frame> transformation) {
    return frames.stream().map(transformation).toList();
  }

  private static Frame organized(Frame frame, JsonNode options) {
    JsonNode excluded = options.path("excludeByName");
    JsonNode included = options.path("includeByName");
    JsonNode order = options.path("indexByName");
    JsonNode names = options.path("renameByName");
    return new Frame(
        frame.columns().stream()
            .filter(column -> !excluded.path(column.name()).asBoolean())
            .filter(column -> included.isEmpty() || included.path(column.name()).asBoolean())
            .sorted(
                Comparator.comparingInt(
                    column -> order.path(column.name()).asInt(Integer.MAX_VALUE)))
            .map(
                column -> {
                  String name = names.path(column.name()).asText("");
                  return name.isEmpty() ? column : column.named(name);
                })
            .toList());
  }

  /// Merges several tables into one. Two rows become one if no column has different values in them.
  private static List<Frame> merged(List<Frame> frames) {
    if (frames.size() < 2) {
      return frames;
    }
    Set<String> common =
        frames.getFirst().columns().stream()
            .map(Column::name)
            .collect(Collectors.toCollection(TreeSet::new));
    frames.forEach(frame -> common.retainAll(frame.columns().stream().map(Column::name).toList()));
    return List.of(joined(frames, List.copyOf(common), true));
  }

  private static List<Frame> joined(List<Frame> frames, String field, String mode) {
    boolean isOuter = mode.startsWith("outer");
    List<Frame> framesWithField =
        frames.stream()
            .filter(
                frame -> frame.columns().stream().anyMatch(column -> column.name().equals(field)))
            .toList();
    return framesWithField.size() < 2
        ? framesWithField
        : List.of(joined(framesWithField, List.of(field), isOuter));
  }

  private static Frame joined(List<Frame> frames, List<String> keyColumns, boolean isOuter) {
    var columns = new LinkedHashMap<String, String>();
    for (Frame frame : frames) {
      frame.columns().forEach(column -> columns.putIfAbsent(column.name(), column.refId()));
    }
    var rows = new LinkedHashMap<List<@Nullable Object>, List<Map<String, @Nullable Object>>>();
    var counts = new LinkedHashMap<List<@Nullable Object>, Integer>();
    for (Frame frame : frames) {
      var keys = new HashSet<List<@Nullable Object>>();
      for (int i = 0; i < frame.rows(); i++) {
        var key = new ArrayList<@Nullable Object>();
        var row = new LinkedHashMap<String, @Nullable Object>();
        for (Column column : frame.columns()) {
          row.put(column.name(), column.values().get(i));
        }
        keyColumns.forEach(name -> key.add(row.get(name)));
        join(rows.computeIfAbsent(key, _ -> new ArrayList<>()), row);
        keys.add(key);
      }
      keys.forEach(key -> counts.merge(key, 1, Integer::sum));
    }
    rows.keySet()
        .removeIf(key -> !isOuter && Objects.requireNonNull(counts.get(key)) < frames.size());
    var joined = new ArrayList<Column>();
    columns.forEach(
        (name, refId) -> {
          var cells = new ArrayList<@Nullable Object>();
          rows.values().forEach(sameKey -> sameKey.forEach(row -> cells.add(row.get(name))));
          joined.add(new Column(name, refId, cells));
        });
    return new Frame(joined);
  }

  /// Merges a row into the first row that has no other value in a column, or appends it.
  private static void join(
      List<Map<String, @Nullable Object>> rows, Map<String, @Nullable Object> row) {
    for (Map<String, @Nullable Object> other : rows) {
      boolean isCompatible =
          row.entrySet().stream()
              .allMatch(
                  cell -> {
                    Object present = other.get(cell.getKey());
                    return present == null || present.equals(cell.getValue());
                  });
      if (isCompatible) {
        other.putAll(row);
        return;
      }
    }
    rows.add(row);
  }

  private static Frame filtered(Frame frame, JsonNode options) {
    JsonNode include = options.path("include");
    JsonNode exclude = options.path("exclude");
    return new Frame(
        frame.columns().stream()
            .filter(column -> include.isEmpty() || names(include, column.name()))
            .filter(column -> exclude.isEmpty() || !names(exclude, column.name()))
            .toList());
  }

  private static boolean names(JsonNode filter, String name) {
    String pattern = filter.path("pattern").asText("");
    return filter.path("names").valueStream().anyMatch(listed -> listed.asText().equals(name))
        || (!pattern.isEmpty() && FieldConfig.pattern(pattern).matcher(name).find());
  }

  private static Frame renamed(Frame frame, String regex, String replacement) {
    Pattern pattern = FieldConfig.pattern(regex.startsWith("/") ? regex : "/" + regex + "/");
    try {
      return new Frame(
          frame.columns().stream()
              .map(column -> column.named(pattern.matcher(column.name()).replaceFirst(replacement)))
              .toList());
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new UndrawnException("Invalid rename pattern " + replacement + ": " + e.getMessage());
    }
  }

  private static Frame sorted(Frame frame, JsonNode sort) {
    Frame sorted = frame;
    for (int i = sort.size() - 1; i >= 0; i--) {
      JsonNode key = sort.path(i);
      sorted =
          TableDrawing.sorted(sorted, key.path("field").asText(), key.path("desc").asBoolean());
    }
    return sorted;
  }

  private static Frame limited(Frame frame, int rows) {
    List<Integer> first = IntStream.range(0, Math.min(rows, frame.rows())).boxed().toList();
    return new Frame(frame.columns().stream().map(column -> column.rows(first)).toList());
  }

  /// Groups rows that have the same values in some columns, and aggregates other columns.
  private static Frame grouped(Frame frame, JsonNode fields) {
    List<Column> groupColumns =
        frame.columns().stream()
            .filter(
                column -> fields.path(column.name()).path("operation").asText().equals("groupby"))
            .toList();
    var groups = new LinkedHashMap<List<@Nullable Object>, List<Integer>>();
    for (int i = 0; i < frame.rows(); i++) {
      var key = new ArrayList<@Nullable Object>();
      for (Column column : groupColumns) {
        key.add(column.values().get(i));
      }
      groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(i);
    }
    var columns = new ArrayList<Column>();
    for (int c = 0; c < groupColumns.size(); c++) {
      int index = c;
      var cells = new ArrayList<@Nullable Object>();
      groups.keySet().forEach(key -> cells.add(key.get(index)));
      columns.add(new Column(groupColumns.get(c).name(), groupColumns.get(c).refId(), cells));
    }
    for (Column column : frame.columns()) {
      JsonNode field = fields.path(column.name());
      if (field.path("operation").asText().equals("aggregate")) {
        for (JsonNode calc : field.path("aggregations")) {
          columns.add(calculated(column, calc.asText(), groups.values()));
        }
      }
    }
    return new Frame(columns);
  }

  private static Column calculated(Column column, String calc, Collection<List<Integer>> groups) {
    Reducer reducer = Reducer.named(calc);
    var cells = new ArrayList<@Nullable Object>();
    for (List<Integer> rows : groups) {
      cells.add(column.rows(rows).reduced(reducer));
    }
    return new Column(column.name() + " (" + calc + ")", column.refId(), cells);
  }
}
