package io.pharos.server.web.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.QueryException;
import io.pharos.server.web.query.GraphPanels.Screen;
import io.pharos.server.web.query.GraphRequest.Display;
import io.pharos.server.web.query.GraphRequest.Panel;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraphPanelsTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  private final InMemoryStorage storage = new InMemoryStorage();
  private final GraphPanels panels =
      new GraphPanels(
          new Engine(
              storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry()));

  /// Adds a sample for each minute of the last hour, rising from 0 to 60 times `slope`.
  private void series(double slope, String... labels) {
    try (Appender appender = storage.appender()) {
      for (int i = 0; i <= 60; i++) {
        appender.append(
            Labels.of(labels), NOW.minusSeconds(3600 - 60 * i).toEpochMilli(), i * slope);
      }
      appender.commit();
    }
  }

  private static Panel panel(String expression, @Nullable Duration step) {
    return new Panel(
        0,
        expression,
        Duration.ofHours(1),
        null,
        null,
        step,
        Display.LINES,
        false,
        null,
        null,
        List.of());
  }

  private GraphPanels.View view(String expression) {
    return panels.view(panel(expression, null), NOW, Screen.LARGE);
  }

  private static JsonNode json(GraphPanels.Plot plot) throws Exception {
    return new ObjectMapper().readTree(plot.chart().json());
  }

  @Test
  void view_comparison_drawsTheApproachAndSaysWhoMeetsIt() throws Exception {
    series(1, "__name__", "load", "host", "a");
    series(0.5, "__name__", "load", "host", "b");
    var view = view("load{host=~'a|b'} > 40");
    assertThat(view.result()).isEqualTo("The expression has 1 value.");
    var plot = view.plots().getFirst();
    assertThat(plot.bounds()).isEqualTo("> 40");
    JsonNode chart = json(plot);
    assertThat(chart.at("/bounds/0/value").asDouble()).isEqualTo(40);
    assertThat(chart.path("lines")).hasSize(2);
    assertThat(chart.at("/lines/0/name").asText()).isEqualTo("{host=\"a\"}");
    JsonNode values = chart.at("/lines/0/values");
    assertThat(values).hasSize(chart.path("points").asInt());
    assertThat(values.get(0).asDouble()).isZero();
    assertThat(values.get(values.size() - 1).asDouble()).isEqualTo(60);
    assertThat(plot.rows())
        .extracting(GraphPanels.Row::value, GraphPanels.Row::meets, GraphPanels.Row::line)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("60", "yes", 0),
            org.assertj.core.groups.Tuple.tuple("30", "no", 1));
  }

  @Test
  void view_comparisonThatNothingMeets_saysThatTheSeriesAreThere() {
    series(1, "__name__", "load");
    var view = view("load > 100");
    assertThat(view.result()).contains("the condition does not hold");
    assertThat(view.plots().getFirst().rows()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          nothing{job="x"} > 1 | No series matches nothing{job="x"} in this time range.
          load / nothing | No series matches nothing in this time range.
          load * (load < 0) | a filter or vector matching in the expression removes all
          absent(load) | absent() has no result, because the series exist.
          """)
  void view_withoutSeries_saysWhy(String expression, String why) {
    series(1, "__name__", "load");
    var plot = view(expression).plots().getFirst();
    assertThat(plot.chart()).isNull();
    assertThat(plot.empty()).contains(why);
  }

  @Test
  void view_syntaxError_isShownAtItsPlace() {
    var failure = view("load + * 2").failure();
    assertThat(failure).isNotNull();
    assertThat(failure.message()).contains("1:8: parse error");
    assertThat(failure.before()).isEqualTo("load + ");
    assertThat(failure.rest()).isEqualTo("* 2");
  }

  @Test
  void view_ofAnEngineThatIsAway_isUnknownAndNotEmpty() {
    var away =
        new GraphPanels(
            _ -> {
              throw new QueryException(QueryException.Kind.UNAVAILABLE, "refused");
            });
    var view = away.view(panel("up", null), NOW, Screen.LARGE);
    assertThat(view.failure().message()).contains("unknown", "refused");
    assertThat(view.plots()).isEmpty();
  }

  @Test
  void view_manySeries_drawsThoseNearestToTheThresholdAndTellsHowManyAreLeftOut() throws Exception {
    for (int i = 0; i < 40; i++) {
      series(i, "__name__", "load", "host", "h" + i);
    }
    var plot = view("load > 1000").plots().getFirst();
    assertThat(json(plot).path("lines")).hasSize(30);
    assertThat(json(plot).at("/lines/0/name").asText()).isEqualTo("{host=\"h39\"}");
    assertThat(plot.notes().getFirst())
        .contains("30 of 40", "beyond the threshold", "topk() to draw others");
    var small = panels.view(panel("load", null), NOW, Screen.PHONE).plots().getFirst();
    assertThat(json(small).path("lines")).hasSize(10);
    assertThat(json(small).path("points").asInt()).isLessThanOrEqualTo(181);
  }

  @Test
  void view_stepThatGivesTooManyPoints_isWidenedAndSaidSo() throws Exception {
    series(1, "__name__", "load");
    var week =
        new Panel(
            0,
            "load",
            Duration.ofDays(7),
            null,
            null,
            Duration.ofSeconds(1),
            Display.LINES,
            false,
            null,
            null,
            List.of());
    var view = panels.view(week, NOW, Screen.LARGE);
    assertThat(json(view.plots().getFirst()).path("points").asInt()).isLessThanOrEqualTo(11_000);
    assertThat(view.notes().getFirst()).contains("11000 points");
  }

  @Test
  void view_endInTheFuture_endsNowAndBeginsWhereAsked() {
    var later =
        new Panel(
            0,
            "1",
            Duration.ofHours(3),
            NOW.plusSeconds(3600),
            null,
            null,
            Display.LINES,
            false,
            null,
            null,
            List.of());
    var view = panels.view(later, NOW, Screen.LARGE);
    assertThat(view.end()).isEqualTo(NOW);
    assertThat(view.from()).isEqualTo(NOW.minusSeconds(2 * 3600));
    assertThat(view.notes()).isEmpty();
  }

  @Test
  void view_otherTypes_areShownInTheirWay() throws Exception {
    series(1, "__name__", "load");
    assertThat(view("load[5m]").plots().getFirst().rows().getFirst().value())
        .isEqualTo("5 samples, the last 60");
    assertThat(view("'x'").result()).contains("'x'");
    assertThat(json(view("1 + 1").plots().getFirst()).at("/lines/0/values/0").asInt()).isEqualTo(2);
    var limits = json(view("load > 2 * avg_over_time(load[10m])").plots().getFirst());
    assertThat(limits.at("/lines/1/limit").asBoolean()).isTrue();
  }
}
