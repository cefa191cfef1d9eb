package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.NodePackages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The dashboards in other schemas.
class TranslationsTest {
  private static final Path FOLDER = Path.of("dashboards");
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void versionedFiles_areWhatGenerateWrites() {
    Map<String, String> stored = new TreeMap<>();
    for (String schema : Translations.FOLDERS) {
      for (Path file : DashboardExpressions.files(FOLDER.resolve(schema))) {
        stored.put(schema + "/" + file.getFileName(), text(file));
      }
    }
    Map<String, String> generated = new TreeMap<>();
    Translations.of(FOLDER).forEach((name, file) -> generated.put(name, file.text()));
    assertThat(stored)
        .as("pharos dashboards generate")
        .containsExactlyInAnyOrderEntriesOf(generated)
        .hasSize(18);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode classic() throws IOException {
    return (ObjectNode)
        JSON.readTree(
            """
            {"uid":"u","title":"D","graphTooltip":1,"refresh":"30s","time":{"from":"now-1h","to":"now"},
             "templating":{"list":[{"name":"job","type":"query","label":"Job","query":"label_values(up, job)",
               "datasource":{"type":"prometheus","uid":"p"},"refresh":2,"sort":1,"hide":2,"multi":true,"includeAll":true,
               "allValue":null,"current":{"text":["All"],"value":["$__all"]},"options":[]}]},
             "annotations":{"list":[{"name":"Deploys","enable":true,"datasource":{"type":"prometheus","uid":"p"},
               "expr":"x","step":"60s","titleFormat":"{{v}}","iconColor":"blue"}]},
             "panels":[
               {"id":1,"type":"text","title":"first","gridPos":{"x":0,"y":0,"w":24,"h":3},"options":{"content":"x"}},
               {"id":2,"type":"row","title":"Row","collapsed":true,"gridPos":{"x":0,"y":3,"w":24,"h":1},"panels":[
                 {"id":3,"type":"stat","title":"S","gridPos":{"x":6,"y":4,"w":6,"h":4},"timeFrom":"30d",
                  "datasource":{"type":"prometheus","uid":"p"},
                  "targets":[{"refId":"A","expr":"up","hide":true,"datasource":{"type":"loki","uid":"l"}}],
                  "transformations":[{"id":"merge","options":{}}],
                  "fieldConfig":{"defaults":{"unit":"s"},"overrides":[]},"options":{"colorMode":"value"}}]}]}
            """);
  }

  @Test
  void dashboard_inV2_hasElementsRowsAndVariables() throws Exception {
    JsonNode spec = GrafanaV2.of(classic()).path("spec");
    assertThat(spec.path("cursorSync").asText()).isEqualTo("Crosshair");
    JsonNode variable = spec.at("/variables/0/spec");
    assertThat(variable.at("/query/spec/__legacyStringValue").asText())
        .isEqualTo("label_values(up, job)");
    assertThat(variable.path("refresh").asText()).isEqualTo("onTimeRangeChanged");
    assertThat(variable.path("sort").asText()).isEqualTo("alphabeticalAsc");
    assertThat(variable.path("hide").asText()).isEqualTo("hideVariable");
    assertThat(variable.has("allValue")).isFalse();
    assertThat(spec.at("/annotations/0/spec/query/spec/expr").asText()).isEqualTo("x");
    assertThat(spec.at("/annotations/0/spec/legacyOptions/titleFormat").asText())
        .isEqualTo("{{v}}");

    JsonNode rows = spec.at("/layout/spec/rows");
    assertThat(rows).hasSize(2);
    assertThat(rows.at("/0/spec/hideHeader").asBoolean()).isTrue();
    assertThat(rows.at("/1/spec/collapse").asBoolean()).isTrue();
    JsonNode item = rows.at("/1/spec/layout/spec/items/0/spec");
    assertThat(item.path("y").asInt()).isZero();
    assertThat(item.path("x").asInt()).isEqualTo(6);

    JsonNode panel = spec.path("elements").path(item.at("/element/name").asText()).path("spec");
    assertThat(panel.at("/vizConfig/group").asText()).isEqualTo("stat");
    assertThat(panel.at("/vizConfig/spec/fieldConfig/defaults/unit").asText()).isEqualTo("s");
    JsonNode query = panel.at("/data/spec/queries/0/spec");
    assertThat(query.path("hidden").asBoolean()).isTrue();
    assertThat(query.at("/query/group").asText()).isEqualTo("loki");
    assertThat(query.at("/query/spec").toString()).isEqualTo("{\"expr\":\"up\"}");
    assertThat(panel.at("/data/spec/transformations/0/group").asText()).isEqualTo("merge");
    assertThat(panel.at("/data/spec/queryOptions/timeFrom").asText()).isEqualTo("30d");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'';                     iteration;        dashboard D has iteration",
        "/templating/list/0;     useTags;          variable job has useTags",
        "/annotations/list/0;    rawQuery;         annotation Deploys has rawQuery",
        "/panels/0;              libraryPanel;     panel first has libraryPanel",
        "/panels/1;              scopedVars;       row Row has scopedVars",
        "/panels/1/panels/0/transformations/0; filter; transformation merge has filter",
      })
  void whatHasNoTranslation_isRefusedWithItsPlace(String place, String key, String message)
      throws Exception {
    ObjectNode classic = classic();
    ((ObjectNode) classic.at(place)).put(key, "x");
    assertThatThrownBy(() -> GrafanaV2.of(classic))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void variables_ofUnknownTypes_andIdsGivenTwice_areRefused() throws Exception {
    ObjectNode adhoc = classic();
    ((ObjectNode) adhoc.at("/templating/list/0")).put("type", "adhoc");
    assertThatThrownBy(() -> GrafanaV2.of(adhoc)).hasMessageContaining("type adhoc");
    ObjectNode twice = classic();
    ((ObjectNode) twice.at("/panels/0")).put("id", 3);
    assertThatThrownBy(() -> GrafanaV2.of(twice)).hasMessageContaining("id 3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "'';                   graphTooltip; 3;  graphTooltip is 3, expected 0 to 2",
        "'';                   graphTooltip; -1; graphTooltip is -1, expected 0 to 2",
        "/templating/list/0;   hide;         9;  hide of variable job is 9, expected 0 to 2",
        "/templating/list/0;   sort;         9;  sort of variable job is 9, expected 0 to 8",
        "/templating/list/0;   refresh;      3;  refresh of variable job is 3, expected 0 to 2",
      })
  void choices_thatDoNotExist_areRefused(String place, String key, int value, String message)
      throws Exception {
    ObjectNode classic = classic();
    ((ObjectNode) classic.at(place.replace("'", ""))).put(key, value);
    assertThatThrownBy(() -> GrafanaV2.of(classic))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "custom;     'a,b';       CustomVariable;     /query;    'a,b'",
        "textbox;    'typed';     TextVariable;       /query;    'typed'",
        "constant;   'fixed';     ConstantVariable;   /query;    'fixed'",
        "datasource; 'loki';      DatasourceVariable; /pluginId; 'loki'",
        "query;      {query:'q'}; QueryVariable;      /query/spec/query; 'q'",
      })
  void variable_ofEachType_hasItsKindAndWhatItAsks(
      String type, String query, String kind, String place, String asked) throws Exception {
    ObjectNode classic = classic();
    ((ObjectNode) classic.at("/templating/list/0"))
        .put("type", type)
        .put("allValue", ".*")
        .set("query", Panels.json(query));
    JsonNode variable = GrafanaV2.of(classic).at("/spec/variables/0");
    assertThat(variable.path("kind").asText()).isEqualTo(kind);
    assertThat(variable.path("spec").at(place)).isEqualTo(Panels.json(asked));
    assertThat(variable.at("/spec/name").asText()).isEqualTo("job");
    boolean isTyped = type.equals("textbox") || type.equals("constant");
    assertThat(variable.at("/spec/allValue").asText()).isEqualTo(isTyped ? "" : ".*");
    assertThat(variable.at("/spec/multi").asBoolean()).isEqualTo(!isTyped);
  }

  @Test
  void whatIsRare_isTranslatedToo() throws Exception {
    ObjectNode classic = classic();
    classic.put("weekStart", "monday");
    classic.set("timepicker", Panels.json("{hidden:true,refresh_intervals:['1m','1h']}"));
    classic.set(
        "links", Panels.json("[{title:'L',type:'link',url:'http://x',tags:['t'],keepTime:true}]"));
    ObjectNode panel = (ObjectNode) classic.at("/panels/0");
    panel
        .put("transparent", true)
        .put("repeat", "job")
        .put("repeatDirection", "h")
        .put("maxPerRow", 4);
    panel.set("links", Panels.json("[{title:'P',url:'http://p',targetBlank:true}]"));
    panel.set("datasource", Panels.json("{type:'prometheus',uid:'own'}"));
    panel.set("targets", Panels.json("[{refId:'A',expr:'up'}]"));
    panel.set(
        "transformations", Panels.json("[{id:'limit',disabled:true,options:{limitField:3}}]"));
    ((ObjectNode) classic.at("/panels/1")).put("repeat", "job");
    ((ArrayNode) classic.at("/annotations/list"))
        .add(
            Panels.json(
                "{name:'Own',builtIn:1,type:'dashboard',enable:true,datasource:{type:'grafana',uid:'g'}}"));

    JsonNode spec = GrafanaV2.of(classic).path("spec");
    JsonNode time = spec.path("timeSettings");
    assertThat(time.path("weekStart").asText()).isEqualTo("monday");
    assertThat(time.path("hideTimepicker").asBoolean()).isTrue();
    assertThat(time.path("autoRefreshIntervals")).isEqualTo(Panels.json("['1m','1h']"));
    assertThat(spec.at("/links/0"))
        .isEqualTo(
            Panels.json(
                "{title:'L',type:'link',icon:'',tooltip:'',url:'http://x',tags:['t'],asDropdown:false,targetBlank:false,includeVars:false,keepTime:true}"));
    assertThat(spec.at("/annotations/1/spec/builtIn").asBoolean()).isTrue();
    assertThat(spec.at("/annotations/1/spec/legacyOptions"))
        .isEqualTo(Panels.json("{type:'dashboard'}"));
    assertThat(spec.at("/layout/spec/rows/1/spec/repeat"))
        .isEqualTo(Panels.json("{mode:'variable',value:'job'}"));
    assertThat(spec.at("/layout/spec/rows/0/spec/layout/spec/items/0/spec/repeat"))
        .isEqualTo(Panels.json("{mode:'variable',value:'job',direction:'h',maxPerRow:4}"));
    JsonNode translated = spec.at("/elements/panel-1/spec");
    assertThat(translated.path("transparent").asBoolean()).isTrue();
    assertThat(translated.path("links"))
        .isEqualTo(Panels.json("[{title:'P',url:'http://p',targetBlank:true}]"));
    assertThat(translated.at("/data/spec/queries/0/spec/query/datasource/name").asText())
        .isEqualTo("own");
    assertThat(translated.at("/data/spec/transformations/0/spec"))
        .isEqualTo(Panels.json("{options:{limitField:3},disabled:true}"));
  }

  @Test
  void generate_withoutADashboard_deletesItsTranslations(@TempDir Path folder) throws Exception {
    ObjectNode classic = classic();
    ((ObjectNode) classic.at("/panels/0/options")).put("mode", "markdown");
    ((ObjectNode) classic.at("/panels/1/panels/0/targets/0")).put("hide", false);
    Files.writeString(folder.resolve("one.json"), classic.toString());
    for (String schema : Translations.FOLDERS) {
      Files.createDirectories(folder.resolve(schema));
      Files.writeString(folder.resolve(schema + "/gone.json"), "{}");
    }
    assertThat(Translations.write(folder)).containsOnlyKeys("perses/one.json", "v2/one.json");
    for (String schema : Translations.FOLDERS) {
      assertThat(DashboardExpressions.files(folder.resolve(schema)))
          .extracting(file -> file.getFileName().toString())
          .containsExactly("one.json");
    }
  }

  /// Grafana's own types, as its package of them has them, say whether the resources are valid.
  @Test
  @Tag("peer")
  void translations_areValidByGrafanasOwnTypes(@TempDir Path folder) throws Exception {
    Path tools =
        NodePackages.in(
            "grafana-schema",
            "@grafana/schema@13.2.3",
            "ajv@8.20.0",
            "ts-json-schema-generator@2.4.0");
    Path wrong = folder.resolve("wrong.json");
    ObjectNode resource = GrafanaV2.of(classic());
    ((ObjectNode) resource.path("spec")).put("unheard", 1).remove("layout");
    Files.writeString(wrong, resource.toString());
    List<Path> right = new ArrayList<>(DashboardExpressions.files(FOLDER.resolve("v2")));
    List<String> command =
        new ArrayList<>(
            List.of(
                "node",
                "src/test/resources/io/pharos/dashboards/validate-v2.mjs",
                tools.toString(),
                wrong.toString()));
    right.forEach(file -> command.add(file.toString()));
    String answer = output(command);
    assertThat(answer.lines().findFirst().orElseThrow())
        .contains("must have required property 'layout'", "must NOT have additional properties");
    assertThat(answer.lines().skip(1))
        .containsExactlyElementsOf(right.stream().map(file -> "valid " + file).toList());
  }

  private static String output(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
