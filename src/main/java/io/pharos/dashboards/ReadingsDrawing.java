package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.dashboards.Drawing.Named;
import io.pharos.dashboards.PanelView.Reading;
import io.pharos.dashboards.PanelView.Readings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Draws panels of single numbers: `stat`, `gauge` and `bargauge`.
final class ReadingsDrawing {
  private static final int MAX_READINGS = 60;

  private ReadingsDrawing() {}

  static PanelView of(Drawing drawing, String layout) {
    JsonNode reduce = drawing.options().path("reduceOptions");
    String fields = reduce.path("fields").asText("");
    if ((!fields.isEmpty() && !fields.equals("/.*/"))
        || reduce.path("values").asBoolean()
        || !drawing.panel().path("transformations").isEmpty()) {
      return ofRows(drawing, layout, fields);
    }
    Reducer reducer = Reducer.named(reduce.path("calcs").path(0).asText("lastNotNull"));
    var readings = new ArrayList<Reading>();
    List<Named> all = drawing.series();
    for (Named series : all) {
      double value = reducer.of(series.values());
      if (readings.size() < MAX_READINGS) {
        readings.add(reading(drawing, series, value, all.size() > 1));
      }
    }
    return readings.isEmpty() ? drawing.empty() : view(drawing, layout, readings);
  }

  private static PanelView view(Drawing drawing, String layout, List<Reading> readings) {
    boolean isFilled = drawing.options().path("colorMode").asText().startsWith("background");
    return new Readings(layout, isFilled, readings);
  }

  private static Reading reading(Drawing drawing, Named series, double value, boolean isNamed) {
    FieldStyle style = series.style();
    Units.Shown shown = shown(value, style);
    String mode = drawing.options().path("textMode").asText("auto");
    boolean hasSpark = drawing.options().path("graphMode").asText().equals("area");
    String color = style.color(value);
    return new Reading(
        (isNamed && !mode.equals("value") && !mode.equals("name")) || mode.equals("value_and_name")
            ? series.name()
            : "",
        mode.equals("name") ? series.name() : shown.text(),
        mode.equals("name") ? "" : shown.suffix(),
        color.isEmpty() ? "green" : color,
        style.share(value),
        hasSpark && series.values().length > 1 ? Drawing.sixDigits(series.values()) : List.of());
  }

  /// Draws numbers or texts from a table: one for each value column, or one for each row and value
  /// column.
  private static PanelView ofRows(Drawing drawing, String layout, String fields) {
    Frame frame = Frame.of(drawing);
    var readings = new ArrayList<Reading>();
    JsonNode reduce = drawing.options().path("reduceOptions");
    boolean hasReadingPerRow = reduce.path("values").asBoolean();
    List<Frame.Column> nameColumns = new ArrayList<>();
    List<Frame.Column> valueColumns = new ArrayList<>();
    for (Frame.Column column : frame.columns()) {
      boolean isValue =
          fields.isEmpty()
              ? column.isNumber() && !column.isTime()
              : FieldConfig.pattern(fields).matcher(column.name()).find();
      (isValue ? valueColumns : nameColumns).add(column);
    }
    Reducer reducer = Reducer.named(reduce.path("calcs").path(0).asText("lastNotNull"));
    int rows = Math.min(frame.rows(), hasReadingPerRow ? MAX_READINGS : 1);
    for (int row = 0; row < rows; row++) {
      for (Frame.Column column : valueColumns) {
        Object value = hasReadingPerRow ? column.values().get(row) : column.reduced(reducer);
        FieldStyle style = drawing.fields().style(column.name(), column.refId(), column.isNumber());
        double number = value instanceof Double found ? found : Double.NaN;
        String color = style.color(number);
        Units.Shown text = shown(value, style);
        readings.add(
            new Reading(
                hasReadingPerRow
                    ? name(nameColumns, row)
                    : valueColumns.size() > 1 ? column.name() : "",
                text.text(),
                text.suffix(),
                value instanceof Double && !color.isEmpty() ? color : "green",
                style.share(number),
                List.of()));
      }
    }
    return readings.isEmpty() ? drawing.empty() : view(drawing, layout, readings);
  }

  private static Units.Shown shown(@Nullable Object value, FieldStyle style) {
    return switch (value) {
      case null -> new Units.Shown(style.noValue(), "");
      case Double number when !number.isNaN() || style.noValue().isEmpty() -> style.shown(number);
      case Double _ -> new Units.Shown(style.noValue(), "");
      case Long time -> new Units.Shown(Instant.ofEpochMilli(time).toString(), "");
      default -> new Units.Shown(value.toString(), "");
    };
  }

  private static String name(List<Frame.Column> columns, int row) {
    return columns.stream()
        .filter(column -> !column.isNumber() && !column.isTime())
        .map(column -> column.values().get(row))
        .filter(Objects::nonNull)
        .map(Object::toString)
        .collect(Collectors.joining(" "));
  }
}
