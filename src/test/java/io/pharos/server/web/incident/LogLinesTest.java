package io.pharos.server.web.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.dashboards.DashboardFiles.LabelValues;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.dashboards.PanelView.LogLine;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogLinesTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant NOW = START.plus(Duration.ofMinutes(10));

  /// @param query the one that selects lines
  private record Loki(String query, List<String> lines, List<String> asked)
      implements QuerySources.Logs {
    @Override
    public Evaluator metrics() {
      throw new UnsupportedOperationException();
    }

    @Override
    public LabelValues labels() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<LogLine> lines(String text, long from, long until, int limit) {
      asked.add(text + " " + Instant.ofEpochMilli(from) + " " + Instant.ofEpochMilli(until));
      return text.equals(query)
          ? IntStream.range(0, Math.min(limit, lines.size()))
              .mapToObj(i -> new LogLine(until - 1 - i, "error", lines.get(i)))
              .toList()
          : List.of();
    }
  }

  private final List<String> asked = new ArrayList<>();

  private LogLines read(String query, List<String> lines, Labels labels) {
    return LogLines.of(new Loki(query, lines, asked), labels, START, NOW);
  }

  @Test
  void queries_ofAnInstance_beginWithTheNarrowest() {
    assertThat(LogLines.queries(Labels.of("job", "api", "instance", "10.0.0.7:8080")))
        .containsExactly(
            "{job=\"api\", instance=\"10.0.0.7:8080\"}",
            "{job=\"api\", host=\"10.0.0.7\"}",
            "{job=\"api\"}",
            "{service_name=\"api\"}",
            "{instance=\"10.0.0.7:8080\"}",
            "{host=\"10.0.0.7\"}");
  }

  @Test
  void queries_hostileValue_staysAValue() {
    assertThat(LogLines.queries(Labels.of("job", "a\"} or {x=\"")).iterator().next())
        .isEqualTo("{job=\"a\\\"} or {x=\\\"\"}");
  }

  @Test
  void of_firstStreamWithLines_isShown_theOldestFirst() {
    LogLines read =
        read("{job=\"api\"}", List.of("second", "first"), Labels.of("job", "api", "host", "a"));

    assertThat(read.lines()).extracting(LogLines.Line::text).containsExactly("first", "second");
    assertThat(read.query()).isEqualTo("{job=\"api\"}");
    assertThat(read.sentence()).isEmpty();
    assertThat(asked)
        .containsExactly(
            "{job=\"api\", host=\"a\"} 2026-03-01T11:55:00Z 2026-03-01T12:01:00.001Z",
            "{job=\"api\"} 2026-03-01T11:55:00Z 2026-03-01T12:01:00.001Z");
  }

  @Test
  void of_manyLongLines_areCut() {
    String line = "x".repeat(10_000);

    LogLines read =
        read(
            "{job=\"api\"}",
            IntStream.range(0, 500).mapToObj(_ -> line).toList(),
            Labels.of("job", "api"));

    assertThat(read.lines()).hasSize(LogLines.MAX_LINES);
    assertThat(read.lines()).allSatisfy(it -> assertThat(it.text()).hasSizeLessThan(400));
  }

  @Test
  void of_noLines_saysWhereItLooked() {
    assertThat(read("none", List.of(), Labels.of("job", "api")).sentence())
        .isEqualTo(
            "Loki has no lines from 5 min before the start to 1 min after it for {job=\"api\"}, {service_name=\"api\"}.");
    assertThat(read("none", List.of(), Labels.of("alertname", "X")).sentence())
        .isEqualTo(
            "The alert has no label that names a log stream: job, service, instance or host.");
  }
}
