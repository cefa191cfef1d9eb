package io.pharos.demo;

import java.util.Map;

/// Writes the Prometheus text format 0.0.4, as client_golang does.
final class MetricPage {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(16_384);

  /// Starts a metric family.
  ///
  /// @param type counter, gauge, histogram or summary
  MetricPage family(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /// Adds a sample without labels.
  MetricPage sample(String name, double value) {
    return sample(name, Map.of(), value);
  }

  /// Adds a sample; the labels come in the map's order.
  MetricPage sample(String name, Map<String, String> labels, double value) {
    text.append(name);
    if (!labels.isEmpty()) {
      char before = '{';
      for (Map.Entry<String, String> label : labels.entrySet()) {
        text.append(before).append(label.getKey()).append("=\"");
        text.append(escape(label.getValue())).append('"');
        before = ',';
      }
      text.append('}');
    }
    text.append(' ').append(number(value)).append('\n');
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }

  /// Formats a number like Go: whole numbers without a point, `+Inf`.
  static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
