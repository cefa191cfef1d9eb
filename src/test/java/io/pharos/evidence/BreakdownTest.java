package io.pharos.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BreakdownTest {
  private static final Instant NOW = Instant.parse("2026-11-29T03:00:00Z");
  private static final String RATIO =
      "sum(rate(http_total{status=~\"5..\"}[5m])) / sum(rate(http_total[5m])) > 0.05";

  private final InMemoryStorage storage = new InMemoryStorage();
  private final Engine engine =
      new Engine(storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());

  /// Adds a counter with a sample each minute of two hours, which grows by `before` a minute in the
  /// first hour and by `after` in the second.
  private void counter(double before, double after, String... labels) {
    try (Appender appender = storage.appender()) {
      double value = 0;
      for (int i = 0; i <= 120; i++) {
        value += i <= 60 ? before : after;
        appender.append(Labels.of(labels), NOW.minusSeconds(7200 - 60 * i).toEpochMilli(), value);
      }
      appender.commit();
    }
  }

  private void requests(String path, String instance, double good, double bad) {
    counter(
        good, good, "__name__", "http_total", "path", path, "instance", instance, "status", "200");
    counter(0, bad, "__name__", "http_total", "path", path, "instance", instance, "status", "500");
  }

  private List<Breakdown.Part> parts(String expression, Labels alert) {
    return new Breakdown(engine, _ -> Optional.empty())
        .of(expression, alert, NOW.minusSeconds(5400).toEpochMilli(), NOW.toEpochMilli());
  }

  @Test
  void parts_failuresOnOnePath_nameThePathAndNotTheBusyInstance() {
    requests("/orders", "a:1", 60, 60);
    requests("/orders", "b:1", 60, 60);
    requests("/users", "a:1", 600, 1);
    requests("/users", "b:1", 600, 1);
    List<Breakdown.Part> parts = parts(RATIO, Labels.empty());
    assertThat(parts).hasSize(1);
    Breakdown.Part part = parts.getFirst();
    assertThat(part.label()).isEqualTo("path");
    assertThat(part.value()).isEqualTo("/orders");
    assertThat(part.share()).isCloseTo(0.5, within(0.01));
    assertThat(part.restShare()).isLessThan(0.01);
    assertThat(part.part()).isGreaterThan(0.95);
  }

  @Test
  void parts_failuresEverywhereAlike_areNone() {
    requests("/orders", "a:1", 60, 20);
    requests("/users", "b:1", 600, 200);
    assertThat(parts(RATIO, Labels.empty())).isEmpty();
  }

  @Test
  void parts_recordedRatio_looksIntoTheRecordingRules() {
    requests("/orders", "a:1", 60, 60);
    requests("/users", "a:1", 600, 0);
    Map<String, String> recorded =
        Map.of(
            "errors:ratio", "errors:rate / requests:rate",
            "errors:rate", "sum(rate(http_total{status=~\"5..\"}[5m]))",
            "requests:rate", "sum(rate(http_total[5m]))");
    List<Breakdown.Part> parts =
        new Breakdown(engine, metric -> Optional.ofNullable(recorded.get(metric)))
            .of("errors:ratio > 0.05", Labels.empty(), 0, NOW.toEpochMilli());
    assertThat(parts).extracting(Breakdown.Part::value).contains("/orders");
  }

  @Test
  void parts_ruleThatRecordsItself_ends() {
    assertThat(
            new Breakdown(engine, _ -> Optional.of("loop + loop"))
                .of("loop > 1", Labels.empty(), 0, NOW.toEpochMilli()))
        .isEmpty();
  }

  @Test
  void parts_counterWithoutTotal_isComparedWithTheTimeBefore() {
    counter(10, 10, "__name__", "fails_total", "queue", "mail");
    counter(10, 90, "__name__", "fails_total", "queue", "billing");
    List<Breakdown.Part> parts = parts("rate(fails_total[5m]) > 1", Labels.empty());
    assertThat(parts).extracting(Breakdown.Part::value).containsExactly("billing");
    assertThat(parts.getFirst().part()).isCloseTo(0.9, within(0.01));
    assertThat(parts.getFirst().partBefore()).isCloseTo(0.5, within(0.01));
    assertThat(parts.getFirst().share()).isNaN();
  }

  @Test
  void parts_seriesThatContradictTheAlert_doNotCount() {
    requests("/orders", "a:1", 60, 60);
    requests("/users", "a:1", 600, 0);
    requests("/other", "b:1", 60, 600);
    assertThat(parts(RATIO, Labels.of("alertname", "Errors", "instance", "a:1")))
        .extracting(Breakdown.Part::value)
        .containsExactly("/orders");
  }

  @Test
  void parts_expressionWithoutCounterOrThatCannotBeParsed_areNone() {
    assertThat(parts("up == 0", Labels.empty())).isEmpty();
    assertThat(parts("sum(", Labels.empty())).isEmpty();
  }
}
