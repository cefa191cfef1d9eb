package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.model.Labels;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import java.util.ArrayList;
import java.util.List;

/// The result of one query of a panel.
///
/// @param target the query in the panel's JSON
record Answer(JsonNode target, Value value) {
  String refId() {
    return target.path("refId").asText();
  }

  /// Returns the result as series. A scalar becomes a series with one sample.
  List<RangeMatrix.Series> series() {
    return switch (value) {
      case RangeMatrix matrix -> matrix.series();
      case Scalar scalar ->
          List.of(
              new RangeMatrix.Series(
                  Labels.empty(),
                  new long[] {scalar.timestampMillis()},
                  new double[] {scalar.value()}));
      case InstantVector vector -> {
        var all = new ArrayList<RangeMatrix.Series>();
        for (int i = 0; i < vector.size(); i++) {
          all.add(
              new RangeMatrix.Series(
                  vector.labels(i),
                  new long[] {vector.timestampMillis()},
                  new double[] {vector.value(i)}));
        }
        yield all;
      }
      case StringValue _ -> List.of();
    };
  }

  /// Returns the name of a series in the legend, in the query's legend format.
  String legend(Labels labels) {
    String format = target.path("legendFormat").asText("");
    if (format.isEmpty() || format.equals("__auto")) {
      return automatic(labels);
    }
    var text = new StringBuilder();
    int position = 0;
    for (int open = format.indexOf("{{"); open >= 0; open = format.indexOf("{{", position)) {
      int close = format.indexOf("}}", open);
      if (close < 0) {
        break;
      }
      text.append(format, position, open)
          .append(labels.get(format.substring(open + 2, close).strip()));
      position = close + 2;
    }
    return text.append(format.substring(position)).toString();
  }

  private String automatic(Labels labels) {
    Labels others = labels.withoutMetricName();
    if (others.isEmpty()) {
      return labels.metricName().isEmpty() ? "Value" : labels.metricName();
    }
    return others.size() == 1 ? others.value(0) : labels.metricName() + others;
  }
}
