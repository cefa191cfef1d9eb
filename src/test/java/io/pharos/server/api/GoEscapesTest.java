package io.pharos.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.StringValue;
import io.pharos.server.api.alertmanager.AlertmanagerJson;
import io.pharos.server.api.prometheus.PrometheusJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The expected bytes are those of Prometheus 2.53 and Alertmanager 0.28 for the same texts.
class GoEscapesTest {
  private static final String STRANGE =
      "<>&\u2028\u2029\u007f\b\f\u0001\"\\/é\uD83D\uDE00'\n\u001f";

  private static String text(Object entity) {
    return new String(
        entity instanceof Rendering rendering ? rendering.bytes() : (byte[]) entity,
        StandardCharsets.UTF_8);
  }

  @Test
  void labels_ofAnAnswer_keepMarkup() {
    var vector = InstantVector.builder(1000).add(Labels.of("a<", STRANGE), 1).build();
    var answer = PrometheusJson.result(QueryResult.of(vector), 10, false, Duration.ZERO);
    assertThat(text(answer.getEntity()))
        .contains(
            "{\"a<\":\"<>&\u2028\u2029\u007f\\u0008\\u000c\\u0001\\\"\\\\/é\uD83D\uDE00'\\n\\u001f\"}");
  }

  @Test
  void otherStrings_ofPrometheus_escapeMarkup() {
    var answer = PrometheusJson.success(List.of(STRANGE), List.of("<w>"), List.of());
    assertThat(text(answer.getEntity()))
        .isEqualTo(
            "{\"status\":\"success\",\"data\":[\"\\u003c\\u003e\\u0026\\u2028\\u2029\u007f"
                + "\\u0008\\u000c\\u0001\\\"\\\\/é\uD83D\uDE00'\\n\\u001f\"],"
                + "\"warnings\":[\"\\u003cw\\u003e\"]}");
    assertThat(text(PrometheusJson.error(400, "bad_data", "1:1: unexpected <op:<>").getEntity()))
        .contains("unexpected \\u003cop:\\u003c\\u003e");
  }

  @Test
  void stringValue_ofAQuery_isWrittenAsGoWritesIt() {
    var answer =
        PrometheusJson.result(
            QueryResult.of(new StringValue(0, STRANGE)), 10, false, Duration.ZERO);
    assertThat(text(answer.getEntity()))
        .contains(
            "\"\\u003c\\u003e\\u0026\\u2028\\u2029\u007f\\b\\f\\u0001\\\"\\\\/é\uD83D\uDE00'\\n\\u001f\"")
        .startsWith("{\"status\":\"success\"");
  }

  @Test
  void alertmanager_escapesMarkupInErrorsOfItsFrameworkOnly() {
    assertThat(text(AlertmanagerJson.error(400, "<&>\u2028")))
        .isEqualTo("{\"code\":400,\"message\":\"\\u003c\\u0026\\u003e\\u2028\"}");
    assertThat(text(AlertmanagerJson.receivers(List.of("r<&>\u2028\b"))).strip())
        .isEqualTo("[{\"name\":\"r<&>\\u2028\\b\"}]");
    assertThat(text(AlertmanagerJson.write("bad matcher format: <>&")).strip())
        .isEqualTo("\"bad matcher format: <>&\"");
  }
}
