package io.pharos.dashboards;

import static java.util.Comparator.comparingInt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.NodePackages;
import io.pharos.logql.LogqlQuery;
import io.pharos.promql.parser.PromqlParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The dashboards for Perses.
class PersesTest {
  private static final Path FOLDER = Path.of("dashboards");

  /// What Perses draws of each type of Grafana's.
  private static final Map<String, String> PLUGINS =
      Map.of(
          "timeseries", "TimeSeriesChart",
          "stat", "StatChart",
          "state-timeline", "StatusHistoryChart",
          "table", "Table",
          "text", "Markdown",
          "logs", "LogsTable",
          "heatmap", "TimeSeriesChart",
          "alertGroups", "AlertTable");

  private static List<JsonNode> all() {
    return DashboardExpressions.files(FOLDER).stream().map(DashboardExpressions::read).toList();
  }

  private static Stream<JsonNode> dashboards() {
    return all().stream();
  }

  private static JsonNode spec(JsonNode classic) {
    return Perses.of(classic, all()).resource().path("spec");
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyPanel_hasItsPlugin_itsQueries_andItsPlace(JsonNode classic) {
    JsonNode spec = spec(classic);
    Map<String, JsonNode> places = new LinkedHashMap<>();
    List<String> rows = new ArrayList<>();
    for (JsonNode layout : spec.path("layouts")) {
      layout.at("/spec/display/title").asText("").lines().forEach(rows::add);
      for (JsonNode item : layout.at("/spec/items")) {
        places.put(item.at("/content/$ref").asText().replace("#/spec/panels/", ""), item);
      }
    }
    int panels = 0;
    for (JsonNode panel : DashboardExpressions.panels(classic)) {
      String title = panel.path("title").asText();
      if (panel.path("type").asText().equals("row")) {
        assertThat(rows).contains(title);
        continue;
      }
      panels++;
      String name = "panel-" + panel.path("id").asInt();
      JsonNode perses = spec.path("panels").path(name).path("spec");
      assertThat(perses.at("/display/name").asText()).isEqualTo(title);
      assertThat(perses.at("/display/description").asText())
          .startsWith(panel.path("description").asText())
          .contains(panel.at("/fieldConfig/defaults/noValue").asText());
      assertThat(perses.at("/plugin/kind").asText())
          .as(title)
          .isEqualTo(PLUGINS.get(panel.path("type").asText()));
      assertThat(queries(perses.path("queries"), "/spec/plugin/spec/query"))
          .as(title)
          .containsExactlyElementsOf(queries(panel.path("targets"), "/expr"));
      JsonNode place = places.get(name);
      assertThat(place.path("x")).isEqualTo(panel.at("/gridPos/x"));
      assertThat(place.path("width")).isEqualTo(panel.at("/gridPos/w"));
      assertThat(place.path("height")).isEqualTo(panel.at("/gridPos/h"));
      assertThat(perses.path("links").size()).isGreaterThanOrEqualTo(panel.path("links").size());
    }
    assertThat(spec.path("panels")).hasSize(panels);
    assertThat(places).hasSize(panels);
  }

  private static List<String> queries(JsonNode targets, String place) {
    List<String> queries = new ArrayList<>();
    for (JsonNode target : targets) {
      if (!target.path("kind").asText().equals("AlertsQuery")) {
        queries.add(target.at(place).asText().replace("$__auto", "$log_window"));
      }
    }
    return queries;
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyVariable_isThere_andEveryQueryKnowsItsVariables(JsonNode classic) {
    Set<String> defined = new TreeSet<>();
    JsonNode spec = spec(classic);
    spec.path("variables").forEach(it -> defined.add(it.at("/spec/name").asText()));
    for (JsonNode variable : classic.at("/templating/list")) {
      boolean isOtherSource =
          variable.path("type").asText().equals("datasource")
              && !variable.path("query").asText().equals("prometheus");
      assertThat(defined.contains(variable.path("name").asText())).isNotEqualTo(isOtherSource);
    }
    String text = spec.path("panels").toString() + spec.path("annotations");
    for (int at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at + 1)) {
      int end = at + 1 + (text.charAt(at + 1) == '{' ? 1 : 0);
      int begin = end;
      while (Character.isJavaIdentifierPart(text.charAt(end)) && text.charAt(end) != '$') {
        end++;
      }
      String name = text.substring(begin, end);
      if (!name.isEmpty() && !name.startsWith("__") && !Character.isDigit(name.charAt(0))) {
        if (!name.equals("ref")) {
          assertThat(defined).contains(name);
        }
      }
    }
  }

  /// What Perses puts in the place of a name, wherever it stands in a text, the longest name first.
  private static String replaced(String text, JsonNode spec) {
    Map<String, String> builtIn =
        Map.of(
            "$__rate_interval", "4m",
            "$__interval", "1m",
            "$__range", "1h",
            "$__range_s", "3600");
    List<String> names = new ArrayList<>(builtIn.keySet());
    spec.path("variables").forEach(it -> names.add("$" + it.at("/spec/name").asText()));
    names.sort(comparingInt(String::length).reversed());
    String replaced = text;
    for (String name : names) {
      replaced = replaced.replace(name, builtIn.getOrDefault(name, value(spec, name)));
    }
    return replaced;
  }

  private static String value(JsonNode spec, String name) {
    for (JsonNode variable : spec.path("variables")) {
      if (name.equals("$" + variable.at("/spec/name").asText())
          && variable.path("kind").asText().equals("TextVariable")) {
        return variable.at("/spec/value").asText();
      }
    }
    return "(a|b)";
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyQuery_isOne_onceItsVariablesAreReplaced(JsonNode classic) {
    JsonNode spec = spec(classic);
    int queries = 0;
    for (JsonNode panel : spec.path("panels")) {
      for (JsonNode query : panel.at("/spec/queries")) {
        JsonNode plugin = query.at("/spec/plugin");
        String text = replaced(plugin.at("/spec/query").asText(), spec);
        switch (plugin.path("kind").asText()) {
          case "PrometheusTimeSeriesQuery" -> assertThat(PromqlParser.parse(text)).isNotNull();
          case "LokiTimeSeriesQuery" ->
              assertThat(LogqlQuery.parse(text).gives()).isEqualTo(LogqlQuery.Gives.NUMBERS);
          case "LokiLogQuery" ->
              assertThat(LogqlQuery.parse(text).gives()).isEqualTo(LogqlQuery.Gives.LINES);
          case "AlertManagerAlertsQuery" -> assertThat(text).isEmpty();
          default -> throw new AssertionError(plugin.toString());
        }
        queries++;
      }
    }
    assertThat(queries).isGreaterThan(10);
    for (JsonNode annotation : spec.path("annotations")) {
      assertThat(PromqlParser.parse(replaced(annotation.at("/plugin/spec/expr").asText(), spec)))
          .isNotNull();
    }
    for (JsonNode matcher : spec.path("variables").findValues("matchers")) {
      assertThat(PromqlParser.parse(replaced(matcher.path(0).asText(), spec))).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyLink_leadsToADashboard_withVariablesThatItHas(JsonNode classic) {
    Map<String, String> known = new LinkedHashMap<>();
    all().forEach(it -> known.put(it.path("uid").asText(), spec(it).path("variables").toString()));
    List<String> urls = new ArrayList<>();
    spec(classic).findValuesAsText("url").forEach(urls::add);
    assertThat(urls).hasSizeGreaterThanOrEqualTo(8);
    for (String url : urls) {
      String prefix = "/projects/$__project/dashboards/";
      assertThat(url).doesNotContain("/d/", "__value", "__field", "__url_time_range");
      if (!url.startsWith(prefix)) {
        assertThat(url).startsWith("${pharos_url}/");
        continue;
      }
      String[] parts = url.substring(prefix.length()).split("[?&]", -1);
      assertThat(known).containsKey(parts[0]);
      for (int i = 1; i < parts.length; i++) {
        String name = parts[i].substring(0, parts[i].indexOf('='));
        if (name.startsWith("var-")) {
          assertThat(known.get(parts[0])).contains('"' + name.substring(4) + '"');
        } else {
          assertThat(name).isIn("start", "end");
        }
      }
    }
  }

  @Test
  void whatPersesHasNoPlaceFor_isToldWithItsPlace() {
    List<String> omitted = new ArrayList<>();
    all().forEach(it -> omitted.addAll(Perses.of(it, all()).omitted()));
    assertThat(omitted)
        .contains(
            "variable loki_datasource: without a choice: queries ask the project's default loki",
            "panel Latency: without exemplars",
            "panel Timeline: without the colors of its thresholds, which a status history does not have",
            "panel Rate by status class: without the color of lines like ^5xx$",
            "panel Hosts: without the second link of host, Its log lines",
            "panel Failed by day: without a time range of its own: choose 30d above",
            "panel Power: without the link Its host of each line: the panel's goes to all that are chosen",
            "panel Failing routes: without the link Log lines of each line");
  }

  private static ObjectNode classic() {
    return (ObjectNode)
        Panels.json(
            """
            {uid:'u',title:'D',refresh:'30s',time:{from:'now-1h',to:'now'},tags:['t'],
             links:[{type:'dashboards',title:'Others',tags:['t'],keepTime:true,includeVars:true}],
             templating:{list:[
               {name:'ds',type:'datasource',query:'prometheus'},
               {name:'job',type:'query',label:'Job',query:'label_values(up{a="b"}, job)',sort:1,hide:0,multi:true,
                includeAll:true,allValue:'.+',datasource:{type:'prometheus',uid:'${ds}'},current:{value:['$__all']}},
               {name:'filter',type:'textbox',query:'x'}]},
             annotations:{list:[{name:'Deploys',enable:true,datasource:{type:'prometheus',uid:'${ds}'},
               expr:'x',step:'60s',titleFormat:'{{v}}',iconColor:'blue'}]},
             panels:[
               {id:1,type:'timeseries',title:'Lines',gridPos:{x:0,y:0,w:24,h:3},interval:'5m',
                datasource:{type:'prometheus',uid:'${ds}'},options:{legend:{displayMode:'table',placement:'right',calcs:['mean']}},
                targets:[{refId:'A',expr:'rate(x{job=~"$job"}[$__rate_interval])',legendFormat:'{{job}}'}],
                fieldConfig:{defaults:{unit:'watt',max:5,custom:{fillOpacity:20,lineWidth:9,stacking:{mode:'normal'},
                  thresholdsStyle:{mode:'line'}},thresholds:{steps:[{color:'green',value:null},{color:'red',value:3}]},
                  links:[{title:'Of it',url:'/d/o?var-job=${__field.labels.job}&${__all_variables}'}]},overrides:[]}},
               {id:2,type:'row',title:'Row',collapsed:true,gridPos:{x:0,y:3,w:24,h:1},panels:[
                 {id:3,type:'stat',title:'S',gridPos:{x:6,y:4,w:6,h:4},datasource:{type:'prometheus',uid:'p'},
                  targets:[{refId:'A',expr:'up'}],options:{graphMode:'none',reduceOptions:{calcs:['max']}},
                  fieldConfig:{defaults:{unit:'Bps',decimals:1,noValue:'none',thresholds:{steps:[{color:'blue'}]},
                    mappings:[{type:'value',options:{'0':{text:'down',color:'red'}}}]}}},
                 {id:4,type:'table',title:'T',gridPos:{x:0,y:8,w:6,h:4},datasource:{type:'prometheus',uid:'p'},
                  targets:[{refId:'A',expr:'a'},{refId:'B',expr:'b'}],options:{sortBy:[{displayName:'Second',desc:true}]},
                  transformations:[{id:'merge'},{id:'organize',options:{indexByName:{'Value #B':1,host:0},
                    renameByName:{'Value #B':'Second'},excludeByName:{Time:true}}}],
                  fieldConfig:{defaults:{unit:'s'},overrides:[{matcher:{id:'byName',options:'Second'},properties:[
                    {id:'unit',value:'hertz'},
                    {id:'thresholds',value:{steps:[{color:'green'},{color:'orange',value:1},{color:'red',value:2}]}},
                    {id:'links',value:[{title:'L',url:'/d/o?var-job=${__value.raw}&var-none=1',targetBlank:true},
                      {title:'M',url:'http://m'}]}]}]}}]}]}
            """);
  }

  private static Perses.Translated translated(JsonNode classic) {
    JsonNode other =
        Panels.json(
            "{uid:'o',title:'Other',tags:['t'],templating:{list:[{name:'job',type:'query'}]}}");
    return Perses.of(classic, List.of(classic, other));
  }

  @Test
  void dashboard_forPerses_hasVariablesAnnotationsAndLinks() {
    JsonNode resource = translated(classic()).resource();
    assertThat(resource.path("metadata")).isEqualTo(Panels.json("{name:'u',project:'pharos'}"));
    JsonNode spec = resource.path("spec");
    assertThat(spec.path("duration").asText()).isEqualTo("1h");
    assertThat(spec.path("refreshInterval").asText()).isEqualTo("30s");
    assertThat(spec.at("/variables/0/spec/plugin"))
        .isEqualTo(
            Panels.json(
                "{kind:'DatasourceVariable',spec:{datasourcePluginKind:'PrometheusDatasource'}}"));
    assertThat(spec.at("/variables/1/spec"))
        .isEqualTo(
            Panels.json(
                """
                {name:'job',display:{name:'Job',hidden:false},allowMultiple:true,allowAllValue:true,
                 customAllValue:'.+',defaultValue:['$__all'],sort:'alphabetical-asc',
                 plugin:{kind:'PrometheusLabelValuesVariable',
                  spec:{datasource:'$ds',labelName:'job',matchers:['up{a="b"}']}}}
                """));
    assertThat(spec.at("/variables/2"))
        .isEqualTo(
            Panels.json(
                "{kind:'TextVariable',spec:{name:'filter',display:{name:'filter',hidden:false},value:'x',constant:false}}"));
    assertThat(spec.path("annotations"))
        .isEqualTo(
            Panels.json(
                "[{display:{name:'Deploys',color:'#1e88e5'},plugin:{kind:'PrometheusPromQLAnnotation',spec:{datasource:'$ds',expr:'x',title:'{{v}}'}}}]"));
    assertThat(spec.at("/links/0/url").asText())
        .isEqualTo(
            "/projects/$__project/dashboards/o?start=$__from&end=$__to&var-job=${job:percentencode}");
    assertThat(spec.path("links")).hasSize(1);
    assertThat(spec.at("/layouts/0/spec").has("display")).isFalse();
    assertThat(spec.at("/layouts/1/spec/display"))
        .isEqualTo(Panels.json("{title:'Row',collapse:{open:false}}"));
    assertThat(spec.at("/layouts/1/spec/items/0"))
        .isEqualTo(
            Panels.json("{x:6,y:0,width:6,height:4,content:{'$ref':'#/spec/panels/panel-3'}}"));
  }

  @Test
  void panels_forPerses_haveUnitsThresholdsLegendsAndLinks() {
    Perses.Translated translated = translated(classic());
    JsonNode panels = translated.resource().at("/spec/panels");
    assertThat(panels.at("/panel-1/spec/plugin/spec"))
        .isEqualTo(
            Panels.json(
                """
                {legend:{position:'right',mode:'table',values:['mean']},
                 yAxis:{format:{unit:'decimal',shortValues:true},label:'W',max:5},
                 thresholds:{mode:'absolute',defaultColor:'#4caf50',steps:[{color:'#e53935',value:3}]},
                 visual:{display:'line',lineWidth:3.0,areaOpacity:0.2,connectNulls:false,stack:'all'}}
                """));
    assertThat(panels.at("/panel-1/spec/queries/0"))
        .isEqualTo(
            Panels.json(
                """
                {kind:'TimeSeriesQuery',spec:{plugin:{kind:'PrometheusTimeSeriesQuery',spec:{datasource:'$ds',
                 query:'rate(x{job=~"$job"}[$__rate_interval])',seriesNameFormat:'{{job}}',minStep:'5m'}}}}
                """));
    assertThat(panels.at("/panel-1/spec/links/0/url").asText())
        .isEqualTo("/projects/$__project/dashboards/o?var-job=${job:percentencode}");
    assertThat(panels.at("/panel-3/spec/plugin/spec"))
        .isEqualTo(
            Panels.json(
                """
                {calculation:'max',format:{unit:'bytes/sec',decimalPlaces:1,shortValues:true},
                 thresholds:{mode:'absolute',defaultColor:'#1e88e5',steps:[]},
                 mappings:[{kind:'Value',spec:{value:'0',result:{value:'down',color:'#e53935'}}}]}
                """));
    assertThat(panels.at("/panel-3/spec/display/description").asText())
        .isEqualTo("Nothing here means: none.");
    assertThat(panels.at("/panel-3/spec/queries/0/spec/plugin/spec/datasource"))
        .isEqualTo(Panels.json("{kind:'PrometheusDatasource',name:'p'}"));
    assertThat(panels.at("/panel-4/spec/plugin/spec"))
        .isEqualTo(
            Panels.json(
                """
                {density:'compact',transforms:[{kind:'MergeSeries',spec:{}}],columnSettings:[
                 {name:'host'},
                 {name:'value #2',header:'Second (Hz)',format:{unit:'decimal',shortValues:true},
                  dataLink:{url:'/projects/$__project/dashboards/o?var-job=${__data.fields["value #2"]}',title:'L',openNewTab:true},
                  sort:'desc'},
                 {name:'timestamp',hide:true}]}
                """));
    assertThat(translated.omitted())
        .containsExactly(
            "panel Lines: without the link Of it of each line: the panel's goes to all that are chosen",
            "panel T: without the colors of Second: Perses shows a number that it colors without its unit",
            "panel T: without the second link of value #2, M");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "'';                         iteration;   1;             dashboard D has iteration",
        "/templating/list/1;         type;        'adhoc';       variable job is of type adhoc",
        "/templating/list/1;         query;       'metrics(x)';  variable job asks metrics(x), expected label_values",
        "/templating/list/1;         regex;       '/a/';         variable job has the regex",
        "/templating/list/1;         sort;        9;             variable job has the sort 9, expected 0 to 6",
        "/annotations/list/0;        rawQuery;    1;             annotation Deploys has rawQuery",
        "/annotations/list/0;        iconColor;   'mauve';       annotation Deploys has the color mauve",
        "/time;                      to;          'now-5m';      the time is",
        "/panels/0;                  type;        'canvas';      panel Lines is of type canvas",
        "/panels/0;                  repeat;      'job';         panel Lines has repeat",
        "/panels/0;                  id;          3;             two panels have the id 3",
        "/panels/0/options;          zoom;        1;             panel Lines's options has zoom",
        "/panels/0/fieldConfig/defaults; unit;    'fathoms';     panel Lines has the unit fathoms",
        "/panels/0/fieldConfig/defaults; fieldMinMax; 1;         panel Lines's fields has fieldMinMax",
        "/panels/0/fieldConfig/defaults/custom; barAlignment; 0; panel Lines's lines has barAlignment",
        "/panels/0/targets/0;        intervalFactor; 1;          panel Lines's query has intervalFactor",
        "/panels/0/targets/0;        hide;        true;          panel Lines has a hidden query",
        "/panels/0/targets/0;        expr;        'x[$__foo]';   panel Lines asks with $__foo",
        "/panels/0/targets/0;        expr;        'x{a=~${job:pipe}}'; panel Lines asks with ${job:pipe}",
        "/panels/0/fieldConfig/defaults/links/0; url; '/d/o?viewPanel=1'; panel Lines has a link to /d/o?viewPanel=1 with viewPanel=1",
        "/panels/0/datasource;       type;        'tempo';       panel Lines asks a tempo",
        "/panels/1;                  scopedVars;  1;             row Row has scopedVars",
        "/panels/1/panels/0/options/reduceOptions; calcs; ['p99']; panel S has the calculation p99",
        "/panels/1/panels/0/options/reduceOptions; fields; '/x/'; panel S shows single values or fields",
        "/panels/1/panels/0/fieldConfig/defaults/thresholds; mode; 'percentage'; panel S has thresholds of mode",
        "/panels/1/panels/0/fieldConfig/defaults/mappings/0; type; 'regex'; panel S has a mapping of type regex",
        "/panels/1/panels/1/transformations/0; id; 'reduce';     panel T has the transformation reduce",
        "/panels/1/panels/1/transformations/0; disabled; true;   panel T has several queries and merges none",
        "/panels/1/panels/1/options; footer;      {show:true};   panel T has a footer or no header",
        "/panels/1/panels/1/fieldConfig/overrides/0/matcher; id; 'byType'; panel T has an override byType",
        "/panels/1/panels/1/fieldConfig/overrides/0/properties/0; id; 'custom.width'; panel T overrides custom.width",
      })
  void whatHasNoTranslation_isRefusedWithItsPlace(
      String place, String key, String value, String message) {
    ObjectNode classic = classic();
    ((ObjectNode) classic.at(place.replace("'", ""))).set(key, Panels.json(value));
    assertThatThrownBy(() -> translated(classic))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void texts_mayBeEmpty_constantsMayNot() {
    ObjectNode classic = classic();
    ObjectNode variable = (ObjectNode) classic.at("/templating/list/2");
    variable.put("query", "");
    assertThat(translated(classic).resource().at("/spec/variables/2/spec/value").asText("none"))
        .isEmpty();
    variable.put("type", "constant");
    assertThatThrownBy(() -> translated(classic))
        .hasMessage("variable filter is an empty constant, which Perses refuses");
  }

  @Test
  void logs_alerts_buckets_andTimelines_haveTheirPlugins() {
    ObjectNode classic = classic();
    ArrayNode panels = (ArrayNode) classic.path("panels");
    panels.removeAll();
    String at = "gridPos:{x:0,y:0,w:1,h:1}";
    String loki = "datasource:{type:'loki',uid:'${l}'}";
    panels.add(
        Panels.json(
            "{id:1,type:'logs',title:'L',%s,%s,options:{showTime:true,wrapLogMessage:true,sortOrder:'Ascending'},targets:[{expr:'{a=\"b\"}'}]}"
                .formatted(at, loki)));
    panels.add(
        Panels.json(
            "{id:2,type:'stat',title:'W',%s,%s,targets:[{expr:'rate({a=\"b\"}[$__auto])'}]}"
                .formatted(at, loki)));
    panels.add(Panels.json("{id:3,type:'alertGroups',title:'A',%s}".formatted(at)));
    panels.add(
        Panels.json(
            "{id:4,type:'state-timeline',title:'H',%s,fieldConfig:{defaults:{mappings:[{type:'value',options:{'1':{text:'up'}}}]}}}"
                .formatted(at)));
    panels.add(
        Panels.json(
            "{id:5,type:'heatmap',title:'B',%s,options:{calculate:false},fieldConfig:{defaults:{unit:'short'}}}"
                .formatted(at)));
    Perses.Translated translated = translated(classic);
    JsonNode spec = translated.resource().path("spec");
    assertThat(spec.at("/panels/panel-1/spec/plugin"))
        .isEqualTo(
            Panels.json("{kind:'LogsTable',spec:{time:true,wrap:true,enableDetails:false}}"));
    assertThat(spec.at("/panels/panel-1/spec/queries/0"))
        .isEqualTo(
            Panels.json(
                "{kind:'LogQuery',spec:{plugin:{kind:'LokiLogQuery',spec:{query:'{a=\"b\"}',direction:'forward'}}}}"));
    assertThat(spec.at("/panels/panel-2/spec/queries/0/spec/plugin/spec"))
        .isEqualTo(Panels.json("{query:'rate({a=\"b\"}[$log_window])'}"));
    assertThat(spec.at("/variables/3/spec/name").asText()).isEqualTo("log_window");
    assertThat(spec.at("/panels/panel-3/spec/queries/0/spec/plugin/kind").asText())
        .isEqualTo("AlertManagerAlertsQuery");
    assertThat(spec.at("/panels/panel-4/spec/plugin/spec/mappings/0/spec/result"))
        .isEqualTo(Panels.json("{value:'up'}"));
    assertThat(spec.at("/panels/panel-5/spec/plugin/kind").asText()).isEqualTo("TimeSeriesChart");
    assertThat(translated.omitted())
        .containsExactly(
            "panel A: without the groups of notifications: alerts are grouped by their names",
            "panel B: without its colors: each bucket is a line, of all that took no longer");
  }

  /// Perses' own types, as its packages have them, say whether the dashboards are valid.
  @Test
  @Tag("peer")
  void dashboards_areValidByPersesOwnTypes(@TempDir Path folder) throws Exception {
    Path tools = NodePackages.in("perses-types", "typescript@5.9.2");
    NodePackages.unpack(
        tools,
        "@perses-dev/core@0.53.0-beta.4",
        "@perses-dev/plugin-system@0.53.0-rc.2",
        "@perses-dev/components@0.53.0-rc.2",
        "@perses-dev/prometheus-plugin@0.53.4",
        "@perses-dev/loki-plugin@0.2.0",
        "@perses-dev/markdown-plugin@0.9.1",
        "@perses-dev/stat-chart-plugin@0.10.0",
        "@perses-dev/status-history-chart-plugin@0.9.1",
        "@perses-dev/table-plugin@0.8.1",
        "@perses-dev/timeseries-chart-plugin@0.10.2");
    ObjectNode resource = translated(classic()).resource();
    String right = resource.toString();
    List<String> wrong =
        List.of(
            right.replace("\"calculation\"", "\"unheard\":1,\"calculation\""),
            right.replace("bytes/sec", "fathoms"),
            right.replace("\"MergeSeries\"", "\"MergeAll\""),
            right.replace("alphabetical-asc", "by-name"),
            right.replace("\"layouts\"", "\"places\""));
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "node",
            "src/test/resources/io/pharos/dashboards/validate-perses.mjs",
            tools.toString()));
    List<Path> checked = new ArrayList<>();
    for (String text : wrong) {
      checked.add(Files.writeString(folder.resolve("wrong-" + checked.size() + ".json"), text));
    }
    checked.addAll(DashboardExpressions.files(FOLDER.resolve("perses")));
    checked.forEach(file -> command.add(file.toString()));
    List<String> answer = output(command).lines().toList();
    assertThat(answer).hasSize(wrong.size() + 9);
    assertThat(answer.get(0)).contains("\"unheard\"' does not exist");
    assertThat(answer.get(1)).contains("fathoms");
    assertThat(answer.get(2)).contains("MergeAll");
    assertThat(answer.get(3)).contains("by-name");
    assertThat(answer.get(4)).contains("places");
    assertThat(answer.subList(wrong.size(), answer.size()))
        .containsExactlyElementsOf(
            checked.stream().skip(wrong.size()).map(file -> "valid " + file).toList());
  }

  private static String output(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
