package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.dashboards.DashboardFiles.Window;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.InstantVector;
import io.pharos.storage.InMemoryStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/// The rules of dashboard-linter by name, and our own. Exceptions are in `dashboards/.lint`.
class DashboardLintTest {
  private static final long NOW = 3_600_000;
  private static final Path FOLDER = Path.of("dashboards");

  /* Placeholder for the selected value of a label. */
  private static final String CHOSEN = "chosen_";

  private static final Set<String> WITHOUT_TARGETS = Set.of("row", "text", "alertGroups");
  private static final Set<String> JUDGED =
      Set.of("stat", "table", "timeseries", "gauge", "state-timeline", "heatmap");
  private static final Set<String> UNITS =
      Set.of(
          "none",
          "short",
          "percent",
          "percentunit",
          "bytes",
          "decbytes",
          "bits",
          "Bps",
          "bps",
          "s",
          "ms",
          "m",
          "reqps",
          "ops",
          "celsius",
          "watt",
          "kwatth",
          "hertz");

  /* Grafana's own "ops/s" and "c/s" say neither what is counted nor how often for a rare event. */
  private static final Pattern OWN_UNIT = Pattern.compile("suffix:[a-z]*/(s|min)");

  /* Texts that only repeat that there is no value. */
  private static final Pattern NO_REASON =
      Pattern.compile("no (data|value)|none|down|n/a|not (scraped|known( yet)?|exported)");

  private static final Pattern STRING = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([a-zA-Z_]+)");
  private static final Pattern LINK = Pattern.compile("^/d/([A-Za-z0-9_-]+)(?:\\?(.*))?$");

  private static final List<JsonNode> DASHBOARDS =
      DashboardFiles.files(FOLDER).stream().map(DashboardFiles::read).toList();
  private static final Map<String, Map<String, Object>> EXCLUSIONS = exclusions();

  static List<JsonNode> dashboards() {
    return DASHBOARDS;
  }

  static List<PanelQuery> queries() {
    return PanelQuery.all(
        FOLDER,
        new Window(Duration.ofSeconds(10), Duration.ofSeconds(15), Duration.ofHours(1)),
        (_, label) -> List.of(CHOSEN + label));
  }

  static Stream<PanelQuery> prometheusQueries() {
    return queries().stream().filter(query -> query.source().equals("prometheus"));
  }

  static Stream<PanelQuery> lokiQueries() {
    return queries().stream().filter(query -> query.source().equals("loki"));
  }

  @Test
  void dashboards_areAllOfThem_withUniqueUidsAndTitles() {
    assertThat(dashboards().stream().map(it -> it.path("uid").asText()))
        .containsExactly(
            "pharos-alerts",
            "pharos-data",
            "pharos-deploys",
            "pharos-gpu-fleet",
            "pharos-logs",
            "pharos-nodes",
            "pharos-self",
            "pharos-service",
            "pharos-slo");
    assertThat(dashboards().stream().map(it -> it.path("title").asText())).doesNotHaveDuplicates();
  }

  @Test
  void files_areNamedByUid_smallAndClassic() throws IOException {
    for (Path file : DashboardFiles.files(FOLDER)) {
      JsonNode dashboard = DashboardFiles.read(file);
      assertThat(file.getFileName()).hasToString(dashboard.path("uid").asText() + ".json");
      assertThat(Files.size(file)).isLessThan(1 << 20);
      assertThat(dashboard.has("id")).as("id").isFalse();
      assertThat(dashboard.has("apiVersion") || dashboard.has("__inputs")).isFalse();
      assertThat(dashboard.path("schemaVersion").asInt()).isEqualTo(39);
      assertThat(dashboard.path("uid").asText()).matches("[A-Za-z0-9_-]{8,40}");
      assertThat(dashboard.path("description").asText()).isNotBlank();
      assertThat(dashboard.path("editable").asBoolean(true)).as("uneditable-dashboard").isFalse();
      assertThat(dashboard.path("timezone").asText()).isEqualTo("browser");
      assertThat(dashboard.path("graphTooltip").asInt()).as("shared crosshair").isEqualTo(1);
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void panels_haveUniqueIds_andDoNotOverlap(JsonNode dashboard) {
    List<JsonNode> panels = PanelQuery.panels(dashboard);
    assertThat(panels.stream().map(panel -> panel.path("id").asInt())).doesNotHaveDuplicates();
    assertNoOverlap(dashboard.path("panels"));
    dashboard.path("panels").forEach(row -> assertNoOverlap(row.path("panels")));
    assertThat(
            StreamSupport.stream(dashboard.path("panels").spliterator(), false)
                .filter(panel -> !panel.path("type").asText().equals("row"))
                .count())
        .as("panels that are open")
        .isLessThanOrEqualTo(22);
  }

  private static void assertNoOverlap(JsonNode panels) {
    var cells = new HashSet<String>();
    for (JsonNode panel : panels) {
      JsonNode at = panel.path("gridPos");
      assertThat(at.path("x").asInt() + at.path("w").asInt()).isLessThanOrEqualTo(24);
      for (int x = at.path("x").asInt(); x < at.path("x").asInt() + at.path("w").asInt(); x++) {
        for (int y = at.path("y").asInt(); y < at.path("y").asInt() + at.path("h").asInt(); y++) {
          assertThat(cells.add(x + "/" + y))
              .as(panel.path("title") + " at " + x + "/" + y)
              .isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void panels_areDescribedMeasuredAndFed(JsonNode dashboard) {
    for (JsonNode panel : PanelQuery.panels(dashboard)) {
      String type = panel.path("type").asText();
      String where = dashboard.path("uid").asText() + ": " + panel.path("title").asText();
      assertThat(type).as(where).isNotIn("graph", "singlestat");
      assertThat(panel.path("title").asText()).as(where).isNotBlank();
      if (!type.equals("row")) {
        assertThat(panel.path("description").asText()).as(where + " description").isNotBlank();
      }
      if (!WITHOUT_TARGETS.contains(type)) {
        assertThat(panel.path("targets").size()).as(where + " panel-no-targets-rule").isPositive();
        assertThat(panel.path("datasource").path("uid").asText())
            .as(where + " panel-datasource-rule")
            .matches("\\$\\{[a-z]+_datasource}");
        assertThat(
                StreamSupport.stream(panel.path("targets").spliterator(), false)
                    .map(target -> target.path("refId").asText()))
            .as(where)
            .doesNotHaveDuplicates();
      }
      if (JUDGED.contains(type)) {
        JsonNode defaults = panel.path("fieldConfig").path("defaults");
        String unit = defaults.path("unit").asText();
        assertThat(UNITS.contains(unit) || OWN_UNIT.matcher(unit).matches())
            .as(where + " panel-units-rule: " + unit)
            .isTrue();
        assertThat(defaults.path("noValue").asText())
            .as(where + ": says why there is no value")
            .isNotBlank()
            .doesNotMatch(NO_REASON);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void variables_areNamedByTheRules_definedAndUsed(JsonNode dashboard) {
    Map<String, JsonNode> variables = variables(dashboard);
    String first = dashboard.path("templating").path("list").path(0).path("name").asText();
    assertThat(first).as("template-datasource-rule").endsWith("_datasource");
    for (JsonNode variable : variables.values()) {
      String name = variable.path("name").asText();
      assertThat(variable.path("label").asText()).isNotBlank();
      if (variable.path("type").asText().equals("datasource")) {
        String kind = variable.path("query").asText();
        assertThat(name).isEqualTo(kind + "_datasource");
        assertThat(variable.path("label").asText()).isEqualToIgnoringCase(kind + " data source");
      } else if (variable.path("type").asText().equals("query")) {
        assertThat(variable.path("refresh").asInt())
            .as("template-on-time-change-reload-rule")
            .isEqualTo(2);
        assertThat(variable.path("query").asText())
            .as("template-label-promql-rule")
            .matches("label_values\\(.+\\)");
      }
    }
    for (String name : List.of("job", "instance")) {
      if (first.equals("prometheus_datasource")
          && !excluded("target-" + name + "-rule", dashboard, "")) {
        JsonNode variable = variables.get(name);
        assertThat(variable).as(name).isNotNull();
        assertThat(variable.path("label").asText()).isEqualToIgnoringCase(name);
        assertThat(variable.path("multi").asBoolean()).isTrue();
        assertThat(variable.path("includeAll").asBoolean()).isTrue();
        assertThat(variable.path("allValue").isNull())
            .as("all " + name + "s are those of the list, not every one that there is")
            .isTrue();
        assertThat(variable.path("datasource").path("uid").asText())
            .isEqualTo("${prometheus_datasource}");
      }
    }
    Set<String> used =
        VARIABLE
            .matcher(dashboard.toString())
            .results()
            .map(match -> match.group(1))
            .filter(name -> !name.startsWith("__"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(used).isEqualTo(variables.keySet());
  }

  private static Map<String, JsonNode> variables(JsonNode dashboard) {
    var variables = new TreeMap<String, JsonNode>();
    dashboard
        .path("templating")
        .path("list")
        .forEach(variable -> variables.put(variable.path("name").asText(), variable));
    return variables;
  }

  @ParameterizedTest
  @MethodSource("prometheusQueries")
  void promql_isParsed_selectsByVariables_andRatesByTheirInterval(PanelQuery query) {
    assertThat(query.expanded()).doesNotContainPattern("\\$\\{?[a-z_]");
    Expr parsed = PromqlParser.parse(query.expanded());
    JsonNode dashboard = dashboard(query.dashboard());
    for (String label : List.of("job", "instance")) {
      if (!excluded("target-" + label + "-rule", dashboard, query.panel())) {
        assertThat(parsed.selectors())
            .as("target-" + label + "-rule: " + query.raw())
            .allMatch(
                selector ->
                    selector.matchers().stream()
                        .anyMatch(
                            matcher ->
                                matcher.name().equals(label)
                                    && matcher.type() == LabelMatcher.Type.REGEX
                                    && matcher.value().contains(CHOSEN + label)));
      }
    }
    Set<Expr.VectorSelector> ranges =
        parsed.stream()
            .filter(Expr.MatrixSelector.class::isInstance)
            .map(range -> ((Expr.MatrixSelector) range).selector())
            .collect(Collectors.toSet());
    if (!excluded("target-counter-agg-rule", dashboard, query.panel())) {
      assertThat(parsed.selectors().filter(selector -> !ranges.contains(selector)))
          .as("target-counter-agg-rule: " + query.raw())
          .noneMatch(selector -> selector.name().endsWith("_total"));
    }
    Matcher rates = Pattern.compile("\\bi?rate\\(").matcher(query.raw());
    while (rates.find()) {
      assertThat(query.raw().substring(rates.end()))
          .as("target-rate-interval-rule: " + query.raw())
          .matches("(?s)[A-Za-z_]+(\\{.*?})?\\[\\$__rate_interval].*");
    }
  }

  private static boolean balanced(String expression) {
    String text = STRING.matcher(expression).replaceAll("");
    var open = new ArrayList<Character>();
    for (char c : text.toCharArray()) {
      switch (c) {
        case '(', '[', '{' -> open.add(c);
        case ')', ']', '}' -> {
          char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
          if (open.isEmpty() || open.removeLast() != wanted) {
            return false;
          }
        }
        default -> {
          // Not a bracket.
        }
      }
    }
    return open.isEmpty();
  }

  @ParameterizedTest
  @MethodSource("lokiQueries")
  void logql_selectsByLabels_andUsesAutomaticRanges(PanelQuery query) {
    JsonNode dashboard = dashboard(query.dashboard());
    if (!excluded("target-logql-job-rule", dashboard, query.panel())) {
      assertThat(query.raw()).contains("{job=~\"$job\"");
    }
    assertThat(balanced(query.expanded())).as(query.expanded()).isTrue();
    if (!excluded("target-logql-auto-rule", dashboard, query.panel())) {
      Pattern.compile("\\[([^]]+)]")
          .matcher(query.raw())
          .results()
          .forEach(
              range ->
                  assertThat(range.group(1))
                      .as("target-logql-auto-rule")
                      .isIn("$__auto", "$__range"));
    }
    if (query.raw().contains("| json")) {
      assertThat(query.raw()).containsPattern("__error__!?=\"\"");
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void links_leadSomewhere(JsonNode dashboard) {
    for (JsonNode link : dashboard.path("links")) {
      assertThat(link.path("keepTime").asBoolean()).isTrue();
      assertThat(link.path("includeVars").asBoolean()).as("keeps the variables").isTrue();
      assertThat(
              dashboards().stream()
                  .allMatch(
                      other ->
                          other
                              .path("tags")
                              .toString()
                              .contains(link.path("tags").path(0).toString())))
          .isTrue();
    }
    for (JsonNode url : dashboard.findValues("url")) {
      Matcher link = LINK.matcher(url.asText());
      if (link.matches()) {
        assertThat(url.asText()).contains("${__url_time_range}");
        assertThat(url.asText())
            .as("keeps the choices, or at least the data source")
            .containsPattern("\\$\\{(__all_variables|prometheus_datasource:queryparam)}");
        Map<String, JsonNode> variables = variables(dashboard(link.group(1)));
        Pattern.compile("var-([a-z_]+)=")
            .matcher(link.group(2))
            .results()
            .forEach(variable -> assertThat(variables).containsKey(variable.group(1)));
      }
    }
  }

  /// Links to Pharos start with an address from its metrics: an address typed in by one user would
  /// be wrong for others.
  @ParameterizedTest
  @MethodSource("dashboards")
  void links_toPharos_areNotTypedIn(JsonNode dashboard) {
    Map<String, JsonNode> variables = variables(dashboard);
    for (JsonNode url : dashboard.findValues("url")) {
      Matcher start = VARIABLE.matcher(url.asText());
      if (start.lookingAt()) {
        JsonNode variable = variables.get(start.group(1));
        assertThat(variable.path("type").asText()).as(url.asText()).isEqualTo("query");
        assertThat(variable.path("query").asText())
            .isEqualTo("label_values(pharos_external_url_info, url)");
      }
    }
  }

  /// The target of the metric has a `service` too, which is Pharos here.
  @ParameterizedTest
  @MethodSource("dashboards")
  void annotations_ofDeploys_nameTheServiceThatWasDeployed(JsonNode dashboard) {
    for (JsonNode annotation : dashboard.path("annotations").path("list")) {
      if (annotation.path("name").asText().equals("Deploys")) {
        assertThat(annotation.path("titleFormat").asText()).isEqualTo("{{deployed}} {{version}}");
        assertThat(annotation.path("tagKeys").asText()).startsWith("deployed,");
        assertThat(deployed(annotation, "service", "pharos", "exported_service", "shop"))
            .isEqualTo("shop");
        assertThat(deployed(annotation, "service", "shop")).isEqualTo("shop");
      }
    }
  }

  private static String deployed(JsonNode annotation, String... labels) {
    var storage = new InMemoryStorage();
    add(storage, NOW, Labels.of(labels).with("__name__", "pharos_deployment_info"), 1);
    return vector(storage, annotation.path("expr").asText()).labels(0).get("deployed");
  }

  private static void add(InMemoryStorage storage, long at, Labels labels, double value) {
    try (var appender = storage.appender()) {
      appender.append(labels, at, value);
      appender.commit();
    }
  }

  private static InstantVector vector(InMemoryStorage storage, String expression) {
    var engine =
        new Engine(storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
    return (InstantVector) engine.instant(expression, NOW).value();
  }

  /// An exporter of another job exposes metrics of its client library too.
  @Test
  void panelsOfTheBackend_atAll_leaveOtherExportersOut() {
    var storage = new InMemoryStorage();
    for (long at = NOW - 120_000; at <= NOW; at += 10_000) {
      for (String job : List.of("backend", "node-exporter")) {
        for (String name :
            List.of(
                "up",
                "process_cpu_seconds_total",
                "process_resident_memory_bytes",
                "go_memstats_heap_inuse_bytes",
                "go_goroutines")) {
          add(
              storage,
              at,
              Labels.of("__name__", name, "job", job, "instance", job + ":1"),
              at / 1e6);
        }
      }
      add(
          storage,
          at,
          Labels.of("__name__", "http_requests_total", "job", "backend", "instance", "backend:1"),
          at / 1e6);
    }
    DashboardFiles.LabelValues known =
        (selector, label) -> {
          InstantVector found = vector(storage, "group by (" + label + ") (" + selector + ")");
          return IntStream.range(0, found.size())
              .mapToObj(i -> found.labels(i).get(label))
              .toList();
        };
    var window = new Window(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofMinutes(5));
    var filled = new TreeSet<String>();
    for (PanelQuery query : PanelQuery.all(FOLDER, window, known)) {
      if (query.dashboard().equals("pharos-service") && query.raw().contains("by (instance)")) {
        InstantVector found = vector(storage, query.expanded());
        for (int i = 0; i < found.size(); i++) {
          assertThat(found.labels(i).get("instance")).as(query.toString()).isEqualTo("backend:1");
          filled.add(query.panel());
        }
      }
    }
    assertThat(filled).containsExactly("CPU", "Goroutines", "Memory");
  }

  /// Alerts on objectives, on certificates and on missing data have no job.
  @Test
  void alertsFiring_countAlertsWithoutAJob() {
    var storage = new InMemoryStorage();
    Labels firing = Labels.of("__name__", "ALERTS", "alertstate", "firing");
    add(storage, NOW, firing.with("alertname", "HasNoJob"), 1);
    add(storage, NOW, firing.with("alertname", "OfThisJob").with("job", CHOSEN + "job"), 1);
    add(storage, NOW, firing.with("alertname", "OfAnother").with("job", "another"), 1);
    var counted = new TreeSet<String>();
    for (PanelQuery query : queries()) {
      if (query.panel().equals("Alerts firing") && query.raw().contains("$job")) {
        assertThat(vector(storage, query.expanded()).value(0)).as(query.toString()).isEqualTo(2);
        counted.add(query.dashboard());
      }
    }
    assertThat(counted).containsExactly("pharos-data", "pharos-nodes", "pharos-service");
  }

  /// The annotations on the time axis are the alerts that are counted.
  @ParameterizedTest
  @MethodSource("dashboards")
  void annotationsOfAlerts_withAJob_includeAlertsWithoutOne(JsonNode dashboard) {
    for (JsonNode annotation : dashboard.path("annotations").path("list")) {
      String query = annotation.path("expr").asText();
      if (query.contains("ALERTS{") && query.contains("$job")) {
        assertThat(query).contains("|\"");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void annotations_areDeploysAndAlerts(JsonNode dashboard) {
    var names = new ArrayList<String>();
    for (JsonNode annotation : dashboard.path("annotations").path("list")) {
      if (!annotation.has("builtIn")) {
        names.add(annotation.path("name").asText());
        assertThat(annotation.path("datasource").path("uid").asText())
            .isEqualTo("${prometheus_datasource}");
        assertThat(annotation.path("titleFormat").asText()).contains("{{");
      }
    }
    assertThat(names).containsExactly("Deploys", "Alerts");
  }

  @Test
  void emptyWhenHealthy_namesQueriesThatExist() throws IOException {
    Set<String> known =
        queries().stream()
            .map(query -> query.dashboard() + "," + query.panelId() + "," + query.refId())
            .collect(Collectors.toSet());
    try (var lines = getClass().getResourceAsStream("empty-when-healthy.csv")) {
      new String(lines.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .forEach(
              line -> {
                String[] cells = line.split(",", -1);
                assertThat(cells).as(line).hasSize(5);
                assertThat(known).contains(cells[0] + "," + cells[1] + "," + cells[2]);
                assertThat(cells[3]).as("what fills it").isNotBlank();
                assertThat(cells[4]).as("reason").isNotBlank();
              });
    }
  }

  @Test
  void provisioning_hasTheThreeDataSourcesAndTheFolder() throws IOException {
    Path provisioning = FOLDER.resolve("provisioning");
    Map<String, Object> sources =
        new Yaml().load(Files.readString(provisioning.resolve("datasources/pharos.yml")));
    var uids = new TreeMap<String, Object>();
    for (Object source : (List<?>) sources.get("datasources")) {
      uids.put(((Map<?, ?>) source).get("type").toString(), ((Map<?, ?>) source).get("uid"));
      if (((Map<?, ?>) source).get("type").equals("alertmanager")) {
        assertThat(((Map<?, ?>) source).get("jsonData"))
            .hasToString("{implementation=prometheus, handleGrafanaManagedAlerts=false}");
      }
    }
    assertThat(uids)
        .containsEntry("prometheus", "pharos-prometheus")
        .containsEntry("loki", "pharos-loki")
        .containsEntry("alertmanager", "pharos-alertmanager");
    Map<String, Object> dashboards =
        new Yaml().load(Files.readString(provisioning.resolve("dashboards/pharos.yml")));
    Map<?, ?> provider = (Map<?, ?>) ((List<?>) dashboards.get("providers")).getFirst();
    assertThat(provider.get("type")).isEqualTo("file");
    assertThat(provider.get("allowUiUpdates")).isEqualTo(false);
    assertThat(provider.get("folderUid")).isEqualTo("pharos");
  }

  private static JsonNode dashboard(String uid) {
    return dashboards().stream()
        .filter(it -> it.path("uid").asText().equals(uid))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no dashboard has the uid " + uid));
  }

  private static Map<String, Map<String, Object>> exclusions() {
    try {
      Map<String, Map<String, Map<String, Object>>> lint =
          new Yaml().load(Files.readString(FOLDER.resolve(".lint")));
      return lint.get("exclusions");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean excluded(String rule, JsonNode dashboard, String panel) {
    Map<String, Object> exclusion = EXCLUSIONS.get(rule);
    if (exclusion == null) {
      return false;
    }
    assertThat(exclusion.get("reason").toString()).isNotBlank();
    return ((List<?>) exclusion.get("entries"))
        .stream()
            .map(entry -> (Map<?, ?>) entry)
            .filter(entry -> dashboard.path("title").asText().equals(entry.get("dashboard")))
            .anyMatch(entry -> !entry.containsKey("panel") || panel.equals(entry.get("panel")));
  }
}
