package io.pharos.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.logql.LineEvaluation.Lines;
import io.pharos.model.Labels;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineEvaluationTest {
  private static final long MINUTE = 60_000;
  private static final Labels WEB = Labels.of("job", "nginx", "host", "w1");
  private static final Labels API = Labels.of("job", "api", "host", "a1", "level", "info");

  /// One line per minute from 1m to 5m, and one line that is not JSON.
  private static final List<Lines> LINES =
      List.of(
          new Lines(WEB, MINUTE, "{\"status\":\"200\",\"t\":\"0.5\",\"uri\":\"/a\"}", 4),
          new Lines(WEB, 2 * MINUTE, "{\"status\":502,\"t\":\"2\",\"uri\":\"/b\"}", 2),
          new Lines(WEB, 3 * MINUTE, "no JSON é", 1),
          new Lines(WEB, 4 * MINUTE, "{\"status\":\"-\",\"uri\":\"/c\"}", 1),
          new Lines(API, 5 * MINUTE, "{\"level\":\"warn\",\"msg\":\"panic recovered\"}", 3));

  private static Map<String, Double> value(String query, long minutes) {
    List<LineRange> ranges = LogqlQuery.parse(query).ranges();
    assertThat(ranges).hasSize(1);
    var results = new TreeMap<String, Double>();
    LineEvaluation.of(ranges.getFirst(), LINES, minutes * MINUTE)
        .forEach((labels, value) -> results.put(labels.toString(), value));
    return results;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "count_over_time({job=\"nginx\"}[5m]); 5; 8",
        "count_over_time({job=\"nginx\"}[1m]); 5; -1",
        "count_over_time({job=\"nginx\"}[1m]); 4; 1",
        "count_over_time({job=\"nginx\"}[3m]); 4; 4",
        "count_over_time({job=\"nginx\"}[1m] offset 3m); 4; 4",
        "count_over_time({job=\"nginx\"}[1m] offset -1m); 3; 1",
        "count_over_time({job=\"nginx\"} |= \"/a\" or \"/b\" [5m]); 5; 6",
        "count_over_time({job=\"nginx\"} != \"/a\" [5m]); 5; 4",
        "count_over_time({job=\"nginx\"} |~ \"(?i)NO json\" [5m]); 5; 1",
        "count_over_time({job=\"nginx\"} !~ \"^no\" |= \"uri\" [5m]); 5; 7",
        "count_over_time({job=\"nginx\"}[5m] |= \"/b\"); 5; 2",
        "rate({job=\"nginx\"}[4m]); 4; 0.03333333333333333",
        "bytes_over_time({job=\"nginx\"} |= \"no\" [5m]); 5; 10",
        "bytes_rate({job=\"nginx\"} |= \"no\" [5m]); 5; 0.03333333333333333",
      })
  void lines_areSelectedByTimeAndText(String query, long at, double expected) {
    Map<String, Double> got = value(query, at);
    if (expected < 0) {
      assertThat(got).isEmpty();
    } else {
      assertThat(got).containsExactly(Map.entry(WEB.toString(), expected));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "| json s=\"status\" | __error__=\"\" | s!=\"-\" | s >= 500; 502; 2",
        "| json s=\"status\" | s = 200 | __error__=\"\"; 200; 4",
        "| json s=\"status\" | __error__=\"\" | s != 502, s > 0 | __error__=\"\"; 200; 4",
        "| json s=\"status\" | s=~\"5..\" | __error__=\"\"; 502; 2",
      })
  void labels_areTakenOutOfJson_andFiltered(String pipeline, String status, double expected) {
    String query = "count_over_time({job=\"nginx\"} " + pipeline + " [5m])";
    assertThat(value(query, 5))
        .containsExactly(
            Map.entry(Labels.of("job", "nginx", "host", "w1", "s", status).toString(), expected));
  }

  @Test
  void values_areGroupedAndJudgedAsNumbers() {
    String lines = "{job=\"nginx\"} | json t=\"t\" | unwrap t | __error__=\"\" [5m]) by (host)";
    String host = Labels.of("host", "w1").toString();
    assertThat(value("quantile_over_time(0.5, " + lines, 5)).containsExactly(Map.entry(host, 0.5));
    assertThat(value("quantile_over_time(0.9, " + lines, 5)).containsExactly(Map.entry(host, 2.0));
    assertThat(value("quantile_over_time(0.7, " + lines, 5).get(host)).isEqualTo(1.25, within());
    assertThat(value("max_over_time(" + lines, 5)).containsExactly(Map.entry(host, 2.0));
    assertThat(value("min_over_time(" + lines, 5)).containsExactly(Map.entry(host, 0.5));
    assertThat(value("avg_over_time(" + lines, 5)).containsExactly(Map.entry(host, 1.0));
    assertThat(value("quantile_over_time(1.5, " + lines, 5))
        .containsExactly(Map.entry(host, Double.POSITIVE_INFINITY));
    assertThat(
            value(
                "sum_over_time({job=\"nginx\"} | json t=\"t\" | unwrap t | __error__=\"\" [5m])",
                5))
        .containsExactly(Map.entry(WEB.toString(), 6.0));
  }

  private static Offset<Double> within() {
    return Offset.offset(1e-9);
  }

  @Test
  void labels_thatAStreamHasToo_getAnotherName() {
    assertThat(value("count_over_time({job=\"api\"} | json [5m])", 5))
        .containsExactly(
            Map.entry(
                API.with("level_extracted", "warn").with("msg", "panic recovered").toString(),
                3.0));
  }

  @Test
  void errors_thatNoFilterTookAway_areRefused() {
    assertThatThrownBy(() -> value("count_over_time({job=\"nginx\"} | json [5m])", 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("pipeline error: JSONParserErr in the line no JSON");
    assertThatThrownBy(
            () ->
                value(
                    "count_over_time({job=\"nginx\"} | json s=\"status\" | __error__=\"\" | s > 1 [5m])",
                    5))
        .hasMessageStartingWith("pipeline error: LabelFilterErr in the line");
    assertThatThrownBy(
            () ->
                value(
                    "sum_over_time({job=\"nginx\"} | json u=\"uri\" | unwrap u | __error__!=\"\" [5m])",
                    5))
        .hasMessageStartingWith("pipeline error: SampleExtractionErr in the line");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "count_over_time({job=\"nginx\"} | logfmt [5m]); logfmt",
        "count_over_time({job=\"nginx\"} | pattern \"<a> <b>\" [5m]); pattern",
        "count_over_time({job=\"nginx\"} |> \"<_> JSON\" [5m]); |>",
        "count_over_time({job=\"nginx\"} |= ip(\"10.0.0.0/8\") [5m]); ip",
        "count_over_time({job=\"nginx\"} | json s=\"a.b\" [5m]); json with a path",
        "count_over_time({job=\"nginx\"} | (host=\"a\" or host=\"b\") [5m]); label filters in brackets",
        "count_over_time({job=\"nginx\"} | host=\"a\" or job=\"b\" [5m]); or between label filters",
        "count_over_time({job=\"nginx\"} | host > 5s [5m]); a comparison with 5s",
        "count_over_time({job=\"nginx\"} | host = ip(\"10.0.0.1\") [5m]); ip",
        "sum_over_time({job=\"nginx\"} | unwrap duration(host) [5m]); unwrap duration(…)",
        "max_over_time({job=\"nginx\"} | unwrap host | __error__=\"\" [5m]) without (job); without",
        "absent_over_time({job=\"nginx\"}[5m]); absent_over_time",
        "count_over_time({job=\"nginx\"}[5us]); the duration 5us",
      })
  void whatOnlyALokiCanDo_isRefusedByName(String query, String name) {
    var line = new Lines(WEB, 5 * MINUTE, "1", 1);
    LineRange range = LogqlQuery.parse(query).ranges().getFirst();
    assertThatThrownBy(() -> LineEvaluation.of(range, List.of(line), 5 * MINUTE))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(name);
    assertThatThrownBy(() -> LineEvaluation.of(range, List.of(), 5 * MINUTE))
        .as("without lines too")
        .hasMessage(name);
  }
}
