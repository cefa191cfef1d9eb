package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.model.Labels;
import io.pharos.promql.value.RangeMatrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A table made of query results as in Grafana, with columns for time, labels and value.
///
/// @param columns all have the same number of cells
record Frame(List<Column> columns) {
  /// A column of the table.
  ///
  /// @param values cells: a [String], a [Double], a [Long] for times, or null
  record Column(String name, String refId, List<@Nullable Object> values) {
    boolean isTime() {
      return values.stream().anyMatch(Long.class::isInstance);
    }

    boolean isNumber() {
      return values.stream().anyMatch(Double.class::isInstance);
    }

    /// Returns a column of these rows only, in this order.
    Column rows(List<Integer> rows) {
      var cells = new ArrayList<@Nullable Object>(rows.size());
      rows.forEach(row -> cells.add(values.get(row)));
      return new Column(name, refId, cells);
    }

    /// Reduces the column to one value. For texts, only the count, the first and the last are
    /// possible; other results are null. The first, last, largest or smallest of times stays a
    /// time.
    @Nullable Object reduced(Reducer reducer) {
      List<Object> present = values.stream().filter(Objects::nonNull).toList();
      if (present.stream().noneMatch(Number.class::isInstance)) {
        return switch (reducer) {
          case COUNT -> (double) present.size();
          case FIRST -> present.isEmpty() ? null : present.getFirst();
          case LAST -> present.isEmpty() ? null : present.getLast();
          case MAX, MIN, MEAN, SUM, RANGE, DIFFERENCE -> null;
        };
      }
      double reduced =
          reducer.of(
              present.stream()
                  .filter(Number.class::isInstance)
                  .mapToDouble(value -> ((Number) value).doubleValue())
                  .toArray());
      boolean isOneValue =
          switch (reducer) {
            case FIRST, LAST, MAX, MIN -> true;
            case COUNT, MEAN, SUM, RANGE, DIFFERENCE -> false;
          };
      return isTime() && isOneValue ? (Object) (long) reduced : (Object) reduced;
    }

    Column named(String other) {
      return new Column(other, refId, values);
    }
  }

  Frame {
    columns = List.copyOf(columns);
  }

  int rows() {
    return columns.isEmpty() ? 0 : columns.getFirst().values().size();
  }

  /// Returns the table of a panel after its transformations.
  ///
  /// @throws UndrawnException if a transformation is not supported
  static Frame of(Drawing drawing) {
    List<Frame> frames = new ArrayList<>();
    for (Answer answer : drawing.answers()) {
      Frame frame = of(answer, drawing.answers().size() > 1);
      if (frame.rows() > 0) {
        frames.add(frame);
      }
    }
    for (JsonNode transformation : drawing.panel().path("transformations")) {
      if (!transformation.path("disabled").asBoolean()) {
        frames =
            Transformations.apply(
                transformation.path("id").asText(), transformation.path("options"), frames);
      }
    }
    if (frames.size() > 1) {
      throw new UndrawnException(
          "The panel has " + frames.size() + " tables; add a transformation that merges them.");
    }
    return frames.isEmpty() ? new Frame(List.of()) : frames.getFirst();
  }

  private static Frame of(Answer answer, boolean isOneOfMany) {
    var names = new TreeSet<String>();
    answer.series().forEach(series -> names.addAll(series.labels().names()));
    var columns = new LinkedHashMap<String, List<@Nullable Object>>();
    String value = isOneOfMany ? "Value #" + answer.refId() : "Value";
    columns.put("Time", new ArrayList<>());
    names.forEach(name -> columns.put(name, new ArrayList<>()));
    columns.put(value, new ArrayList<>());
    for (RangeMatrix.Series series : answer.series()) {
      for (int i = 0; i < series.size(); i++) {
        add(columns, series.labels(), series.timestamps()[i], series.values()[i], value);
      }
    }
    return new Frame(
        columns.entrySet().stream()
            .map(column -> new Column(column.getKey(), answer.refId(), column.getValue()))
            .toList());
  }

  private static void add(
      Map<String, List<@Nullable Object>> columns,
      Labels labels,
      long time,
      double number,
      String value) {
    columns.forEach(
        (name, cells) ->
            cells.add(
                name.equals("Time")
                    ? (Object) time
                    : name.equals(value)
                        ? (Object) number
                        : labels.has(name) ? labels.get(name) : null));
  }
}
