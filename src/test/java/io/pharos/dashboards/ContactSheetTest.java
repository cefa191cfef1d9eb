package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.storage.InMemoryStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Panels and the pages that contain them.
class ContactSheetTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long NOW = 7_200_000;
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(NOW));

  private final InMemoryStorage storage = new InMemoryStorage();

  private void add(String name, double value, String... labels) {
    try (var appender = storage.appender()) {
      for (long at = NOW - 3_600_000; at <= NOW; at += 15_000) {
        appender.append(Labels.of(labels).with("__name__", name), at, value + at / 1e9);
      }
      appender.commit();
    }
  }

  private Evaluator engine() {
    return new Engine(
        storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
  }

  private static DashboardReading reading(Evaluator engine, Duration limit, InstantSource clock) {
    return new DashboardReading(
        new QuerySources(engine, Optional.empty(), () -> groups(engine)),
        NOW - 1_800_000,
        NOW,
        Duration.ofSeconds(15),
        clock,
        limit);
  }

  private PanelView view(String panel) throws IOException {
    DashboardReading reading = reading(engine(), Duration.ofMinutes(1), CLOCK);
    Variables none = reading.variables(JSON.createObjectNode(), VariableChoices.DEFAULT);
    return reading.view(JSON.readTree(panel), none.expansion(), List.of());
  }

  private static String panel(String type, String field, String more, String... targets) {
    var queries = new StringBuilder();
    for (String target : targets) {
      queries.append(queries.isEmpty() ? "" : ",").append(target);
    }
    return """
        {"type":"%s","title":"T","gridPos":{"w":4,"h":4,"x":0,"y":0},
         "datasource":{"type":"prometheus","uid":"x"},
         "fieldConfig":{"defaults":%s,"overrides":[]},"targets":[%s]%s}
        """
        .formatted(type, field, queries, more.isEmpty() ? "" : "," + more);
  }

  @Test
  void stat_aboveItsThreshold_hasItsColourUnitAndPast() throws Exception {
    add("errors", 0.25);
    var view =
        (PanelView.Readings)
            view(
                panel(
                    "stat",
                    """
                    {"unit":"percentunit","decimals":1,"color":{"mode":"thresholds"},
                     "thresholds":{"mode":"absolute","steps":[{"color":"green","value":null},{"color":"red","value":0.2}]}}
                    """,
                    "\"options\":{\"graphMode\":\"area\",\"reduceOptions\":{\"calcs\":[\"lastNotNull\"]}}",
                    "{\"refId\":\"A\",\"expr\":\"errors\",\"range\":true}"));
    PanelView.Reading reading = view.readings().getFirst();
    assertThat(reading.text() + reading.suffix()).isEqualTo("25.7%");
    assertThat(reading.color()).isEqualTo("red");
    assertThat(reading.spark()).hasSizeGreaterThan(100).doesNotContainNull();
  }

  @Test
  void lines_haveLegendThresholdsAndOneAxis() throws Exception {
    add("bytes", 3e6, "host", "a");
    add("bytes", 5e6, "host", "b");
    var view =
        (PanelView.Lines)
            view(
                panel(
                    "timeseries",
                    """
                    {"unit":"bytes","thresholds":{"mode":"absolute","steps":[{"color":"green","value":null},{"color":"red","value":8e6}]},
                     "color":{"mode":"palette-classic"},"custom":{"thresholdsStyle":{"mode":"line"}}}
                    """,
                    "\"options\":{\"legend\":{\"calcs\":[\"max\"]}}",
                    "{\"refId\":\"A\",\"expr\":\"bytes\",\"legendFormat\":\"on {{host}}\"}"));
    assertThat(view.lines())
        .extracting(PanelView.Line::name, line -> line.figures().getFirst())
        .containsExactly(tuple("on a", "2.86 MiB"), tuple("on b", "4.77 MiB"));
    assertThat(view.left().suffix()).isEqualTo("MiB");
    assertThat(view.legend().columns()).containsExactly("Max");
    assertThat(view.bounds())
        .singleElement()
        .satisfies(bound -> assertThat(bound.value()).isEqualTo(8e6));
    assertThat(view.lines().getFirst().values()).hasSize(view.points()).doesNotContainNull();
  }

  @Test
  void table_ofTwoQueries_isMergedRenamedAndSorted() throws Exception {
    add("rate", 1, "path", "/a");
    add("rate", 2, "path", "/b");
    add("share", 0.5, "path", "/b");
    var view =
        (PanelView.Table)
            view(
                panel(
                    "table",
                    "{\"unit\":\"none\",\"decimals\":0}",
                    """
                    "options":{"sortBy":[{"displayName":"Rate","desc":true}]},
                    "transformations":[{"id":"merge","options":{}},{"id":"organize","options":{
                      "excludeByName":{"Time":true,"__name__":true},"renameByName":{"path":"Path","Value #A":"Rate","Value #B":"Share"}}}]
                    """,
                    "{\"refId\":\"A\",\"expr\":\"sum by (path) (rate)\",\"instant\":true,\"format\":\"table\"}",
                    "{\"refId\":\"B\",\"expr\":\"sum by (path) (share)\",\"instant\":true,\"format\":\"table\"}"));
    assertThat(view.columns())
        .extracting(PanelView.Column::name)
        .containsExactly("Path", "Rate", "Share");
    assertThat(view.rows().stream().map(row -> row.stream().map(PanelView.Cell::text).toList()))
        .containsExactly(List.of("/b", "2", "1"), List.of("/a", "1", ""));
  }

  @Test
  void heat_ofCumulativeBuckets_countsEachForItself() throws Exception {
    add("h_bucket", 3, "le", "0.1");
    add("h_bucket", 10, "le", "+Inf");
    var view =
        (PanelView.Heat)
            view(
                panel(
                    "heatmap",
                    "{\"unit\":\"none\",\"decimals\":0}",
                    "\"options\":{\"yAxis\":{\"unit\":\"s\"}}",
                    "{\"refId\":\"A\",\"expr\":\"sum by (le) (h_bucket)\",\"format\":\"heatmap\"}"));
    assertThat(view.buckets()).containsExactly("100 ms", "∞");
    assertThat(view.counts().get(1).getFirst()).isEqualTo(7);
    assertThat(view.most()).isEqualTo("7");
  }

  @Test
  void states_thatLookAlike_areOne() throws Exception {
    try (var appender = storage.appender()) {
      for (long at = NOW - 1_800_000; at <= NOW; at += 15_000) {
        appender.append(Labels.of("__name__", "state"), at, at < NOW - 900_000 ? 0 : 1);
      }
      appender.commit();
    }
    var view =
        (PanelView.States)
            view(
                panel(
                    "state-timeline",
                    """
                    {"mappings":[{"type":"value","options":{"1":{"text":"up","color":"green"},"0":{"text":"down","color":"red"}}}]}
                    """,
                    "",
                    "{\"refId\":\"A\",\"expr\":\"state\"}"));
    assertThat(view.rows().getFirst().states())
        .extracting(PanelView.State::text, PanelView.State::color)
        .containsExactly(tuple("down", "red"), tuple("up", "green"));
  }

  @Test
  void gauge_isBetweenItsBounds() throws Exception {
    add("share", 0.25);
    var view =
        (PanelView.Readings)
            view(
                panel(
                    "bargauge",
                    "{\"unit\":\"percentunit\",\"min\":0,\"max\":0.5}",
                    "",
                    "{\"refId\":\"A\",\"expr\":\"share\"}"));
    assertThat(view.layout()).isEqualTo("bars");
    assertThat(view.readings().getFirst().share()).isBetween(0.5, 0.52);
  }

  @Test
  void panel_withoutData_saysWhatItSaysThen() throws Exception {
    assertThat(
            view(
                panel(
                    "timeseries",
                    "{\"noValue\":\"no requests\"}",
                    "",
                    "{\"refId\":\"A\",\"expr\":\"nothing\"}")))
        .isEqualTo(new PanelView.Empty("no requests"));
  }

  @Test
  void panel_thatCannotBeDrawn_saysWhy() throws Exception {
    add("x", 1);
    String target = "{\"refId\":\"A\",\"expr\":\"x\"}";
    assertThat(view(panel("geomap", "{}", "", target)))
        .isEqualTo(new PanelView.Undrawn("Panels of type geomap are not supported."));
    assertThat(view(panel("table", "{}", "\"transformations\":[{\"id\":\"unheard\"}]", target)))
        .isEqualTo(new PanelView.Undrawn("The transformation unheard is not supported."));
    assertThat(view(panel("stat", "{}", "", "{\"refId\":\"A\",\"expr\":\"sum(\"}")))
        .isInstanceOfSatisfying(
            PanelView.Undrawn.class, it -> assertThat(it.reason()).contains("parse error"));
    assertThat(
            view(
                panel(
                    "stat",
                    "{}",
                    "",
                    "{\"refId\":\"A\",\"expr\":\"{a=\\\"b\\\"}\",\"datasource\":{\"type\":\"loki\"}}")))
        .isInstanceOfSatisfying(
            PanelView.Undrawn.class, it -> assertThat(it.reason()).contains("needs a Loki"));
  }

  /// The groups of the server that runs the queries, which has none or is unreachable.
  private static JsonNode groups(Evaluator engine) {
    var _ = engine.instant("vector(1)", NOW);
    return Panels.json("[]");
  }

  /// If a server is unreachable, each panel shows the reason, and the pages are written.
  @Test
  void pages_withoutASource_sayInEachPanelThatThereIsNone(@TempDir Path folder) throws Exception {
    Evaluator away =
        _ -> {
          throw new QueryException(Kind.UNAVAILABLE, "http://away can't be reached </script>");
        };
    var sheet = new ContactSheet(reading(away, Duration.ofMinutes(1), CLOCK), "http://away");
    List<ContactSheet.Outcome> outcomes = sheet.write(Path.of("dashboards"), folder);
    assertThat(outcomes).hasSameSizeAs(DashboardFiles.files(Path.of("dashboards")));
    for (ContactSheet.Outcome outcome : outcomes) {
      assertThat(outcome.empty()).isZero();
      JsonNode page = data(outcome.file());
      assertThat(page.findValuesAsText("reason")).hasSameSizeAs(outcome.reasons());
    }
    assertThat(data(folder.resolve("index.html")).path("dashboards")).hasSize(outcomes.size());
  }

  /// The data of a page, which no text from a server can terminate.
  private static JsonNode data(Path file) throws IOException {
    String page = Files.readString(file);
    assertThat(page).contains("script-src 'sha256-").doesNotContain("src=", "@DATA@");
    String begin = "<script type=\"application/json\" id=\"sheet\">";
    int from = page.indexOf(begin) + begin.length();
    return JSON.readTree(page.substring(from, page.indexOf("</script>", from)));
  }

  @Test
  void panels_afterTheDeadline_areNotAsked() throws Exception {
    var clock =
        new InstantSource() {
          private long now = NOW;

          @Override
          public Instant instant() {
            return Instant.ofEpochMilli(now);
          }
        };
    DashboardReading reading = reading(engine(), Duration.ofSeconds(10), clock);
    clock.now += 11_000;
    PanelView view =
        reading.view(
            JSON.readTree(panel("stat", "{}", "", "{\"refId\":\"A\",\"expr\":\"x\"}")),
            reading.variables(JSON.createObjectNode(), VariableChoices.DEFAULT).expansion(),
            List.of());
    assertThat(view)
        .isInstanceOfSatisfying(
            PanelView.Undrawn.class, it -> assertThat(it.reason()).contains("time"));
  }

  @Test
  void rowsAndPanels_thatRepeat_areThereForEachValue(@TempDir Path folder) throws Exception {
    add("up", 1, "host", "a");
    add("up", 1, "host", "b");
    Files.writeString(
        folder.resolve("repeat.json"),
        """
        {"uid":"repeat","title":"R","templating":{"list":[{"name":"host","type":"query","query":"label_values(up, host)",
          "multi":true,"includeAll":true,"allValue":null,"current":{"value":["$__all"]}}]},
         "panels":[
          {"type":"row","title":"Host $host","repeat":"host","gridPos":{"x":0,"y":0,"w":24,"h":1},"collapsed":true,"panels":[
            {"id":1,"type":"stat","title":"$host","gridPos":{"x":0,"y":1,"w":6,"h":4},"targets":[{"refId":"A",
             "datasource":{"type":"prometheus"},"expr":"count(up{host=~\\"$host\\"})"}]}]},
          {"id":2,"type":"stat","title":"again $host","repeat":"host","maxPerRow":2,"gridPos":{"x":0,"y":2,"w":24,"h":4},
           "targets":[{"refId":"A","datasource":{"type":"prometheus"},"expr":"count(up{host=~\\"$host\\"})"}]}]}
        """);
    new ContactSheet(reading(engine(), Duration.ofMinutes(1), CLOCK), "x")
        .write(folder, folder.resolve("out"));
    JsonNode page = data(folder.resolve("out/repeat.html"));
    assertThat(page.path("sections").findValuesAsText("title"))
        .containsExactly("Host a", "a", "Host b", "b", "", "again a", "again b");
    assertThat(page.path("sections").findValuesAsText("text")).containsOnly("1");
    assertThat(page.at("/sections/2/panels/1/x").asInt()).isEqualTo(12);
  }
}
