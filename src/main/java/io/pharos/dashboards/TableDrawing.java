package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.dashboards.PanelView.Cell;
import io.pharos.dashboards.PanelView.Column;
import io.pharos.dashboards.PanelView.Table;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Draws tables.
final class TableDrawing {
  private static final int MAX_ROWS = 100;

  private TableDrawing() {}

  static PanelView of(Drawing drawing) {
    Frame frame = sorted(drawing);
    if (frame.rows() == 0) {
      return drawing.empty();
    }
    var columns = new ArrayList<Column>();
    var cells = new ArrayList<List<Cell>>();
    int rows = Math.min(frame.rows(), MAX_ROWS);
    for (Frame.Column column : frame.columns()) {
      FieldStyle style = drawing.fields().style(column.name(), column.refId(), column.isNumber());
      if (style.custom().path("hidden").asBoolean()
          || style.custom().path("hideFrom").path("viz").asBoolean()) {
        continue;
      }
      columns.add(
          new Column(
              style.name(column.name(), Labels.empty()), column.isNumber() && !column.isTime()));
      cells.add(column.values().stream().limit(rows).map(value -> cell(value, style)).toList());
    }
    var lines = new ArrayList<List<Cell>>();
    for (int row = 0; row < rows; row++) {
      int index = row;
      lines.add(cells.stream().map(column -> column.get(index)).toList());
    }
    return new Table(columns, lines, frame.rows() - rows);
  }

  private static Frame sorted(Drawing drawing) {
    Frame sorted = Frame.of(drawing);
    JsonNode sortKeys = drawing.options().path("sortBy");
    for (int i = sortKeys.size() - 1; i >= 0; i--) {
      String heading = sortKeys.path(i).path("displayName").asText();
      String name =
          sorted.columns().stream()
              .filter(column -> heading(drawing, column).equals(heading))
              .map(Frame.Column::name)
              .findFirst()
              .orElse(heading);
      sorted = sorted(sorted, name, sortKeys.path(i).path("desc").asBoolean());
    }
    return sorted;
  }

  private static String heading(Drawing drawing, Frame.Column column) {
    return drawing
        .fields()
        .style(column.name(), column.refId(), column.isNumber())
        .name(column.name(), Labels.empty());
  }

  /// Sorts the rows by a column. Rows without a value in it come last.
  static Frame sorted(Frame frame, String name, boolean isDescending) {
    var column =
        frame.columns().stream().filter(candidate -> candidate.name().equals(name)).findFirst();
    if (column.isEmpty()) {
      return frame;
    }
    List<@Nullable Object> keys = column.get().values();
    Comparator<Object> order =
        isDescending ? Comparator.comparing(Key::of).reversed() : Comparator.comparing(Key::of);
    var rows = new ArrayList<Integer>();
    for (int i = 0; i < frame.rows(); i++) {
      rows.add(i);
    }
    rows.sort(Comparator.comparing(keys::get, Comparator.nullsLast(order)));
    return new Frame(frame.columns().stream().map(unsorted -> unsorted.rows(rows)).toList());
  }

  /// Sort key: numbers come before texts.
  private record Key(double number, String text) implements Comparable<Key> {
    static Key of(Object value) {
      return value instanceof Number number
          ? new Key(number.doubleValue(), "")
          : new Key(Double.POSITIVE_INFINITY, value.toString());
    }

    @Override
    public int compareTo(Key other) {
      int order = Double.compare(number, other.number);
      return order != 0 ? order : text.compareTo(other.text);
    }
  }

  private static Cell cell(@Nullable Object value, FieldStyle style) {
    JsonNode options = style.custom().path("cellOptions");
    String type = options.path("type").asText("auto");
    boolean isFilled = type.equals("color-background");
    return switch (value) {
      case null -> new Cell("", "", -1, false);
      case Double number -> {
        String color = type.startsWith("color-") || type.equals("gauge") ? style.color(number) : "";
        String mapped = style.mapped(number).map(FieldStyle.Mapped::color).orElse("");
        yield new Cell(
            style.shown(number).toString(),
            color.isEmpty() ? mapped : color,
            type.equals("gauge") ? style.share(number) : -1,
            isFilled);
      }
      case Long time -> new Cell(Instant.ofEpochMilli(time).toString(), "", -1, false);
      default -> {
        var mapped = style.mapped(value.toString(), Double.NaN);
        yield new Cell(
            mapped
                .map(FieldStyle.Mapped::text)
                .filter(text -> !text.isEmpty())
                .orElse(value.toString()),
            mapped.map(FieldStyle.Mapped::color).orElse(""),
            -1,
            isFilled && mapped.isPresent());
      }
    };
  }
}
