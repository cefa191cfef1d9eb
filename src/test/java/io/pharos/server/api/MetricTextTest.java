package io.pharos.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("deprecation") // Quarkus brings no other registry yet
class MetricTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "up 1.0 ~ up 1",
        "up{a=\"b c 1.0\",d=\"\\\" 2.0\"} 3.0 ~ up{a=\"b c 1.0\",d=\"\\\" 2.0\"} 3",
        "t 1.7640396E9 ~ t 1.7640396e+09",
        "t 0.25 1700000000000 ~ t 0.25 1700000000000",
        "t{le=\"1.0\"} 2.0 # {trace_id=\"x\"} 0.5 1.0 ~ t{le=\"1.0\"} 2 # {trace_id=\"x\"} 0.5 1.0",
        "t{le=\"+Inf\"} +Inf ~ t{le=\"+Inf\"} +Inf",
        "t NaN ~ t NaN",
        "t -0.0 ~ t -0",
        "t{a=\"1\",} 1.0 ~ t{a=\"1\"} 1",
        "# HELP t is 1.0 ~ # HELP t is 1.0",
        "# EOF ~ # EOF",
      })
  void number_isSpeltAsGoSpellsIt(String line, String expected) {
    assertThat(MetricsResource.MetricText.withPlainNumbers(line + "\n\n" + line))
        .isEqualTo(expected + "\n\n" + expected);
  }

  @Test
  void page_keepsEveryValueInBothFormats() {
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    fill(registry);
    for (String type :
        List.of(TextFormat.CONTENT_TYPE_004, TextFormat.CONTENT_TYPE_OPENMETRICS_100)) {
      String page = registry.scrape(type);
      String plain = MetricsResource.MetricText.withPlainNumbers(page);
      assertThat(values(plain)).isEqualTo(values(page)).isNotEmpty();
      assertThat(plain).contains("demo_things{kind=\"a b\"} 3\n").doesNotContain(".0\n");
      assertThat(plain.lines().filter(line -> line.startsWith("#")).toList())
          .isEqualTo(page.lines().filter(line -> line.startsWith("#")).toList());
    }
  }

  private static void fill(MeterRegistry registry) {
    registry.gauge("demo.things", List.of(io.micrometer.core.instrument.Tag.of("kind", "a b")), 3);
    registry.counter("demo.events").increment(1_234_567);
    registry.timer("demo.duration").record(Duration.ofMillis(1500));
  }

  private static List<Double> values(String page) {
    var values = new ArrayList<Double>();
    page.lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> values.add(Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))));
    return values;
  }
}
