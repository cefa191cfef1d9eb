package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.PromqlParser;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/// Alerts and panels refer to each other: each alert links to the panel about its metric, and the
/// panel draws the alert's threshold and links to its runbook.
class DashboardAlertsTest {
  private static final Path FOLDER = Path.of("dashboards");
  private static final Path RULES = Path.of("alert-rules");
  private static final Path RUNBOOKS = Path.of("docs", "runbooks");
  private static final String RUNBOOK = "${pharos_url}/runbooks/";
  private static final Pattern LINK = Pattern.compile("^/d/([A-Za-z0-9_-]+)(?:\\?(.*))?$");

  private static final Map<String, JsonNode> DASHBOARDS =
      DashboardFiles.files(FOLDER).stream()
          .map(DashboardFiles::read)
          .collect(Collectors.toMap(it -> it.path("uid").asText(), it -> it));

  /// An alert of the rule files.
  ///
  /// @param url its `dashboard_url`; empty for none
  record Alert(String name, String expression, String url) {}

  /// A row of panels.tsv.
  ///
  /// @param threshold empty if the alert does not compare the panel's value with a fixed number
  record Row(String alert, String url, String threshold) {}

  private static final Map<String, Alert> ALERTS = alerts();
  private static final List<Row> ROWS = rows();

  private static Map<String, Alert> alerts() {
    var alerts = new TreeMap<String, Alert>();
    try (Stream<Path> files = Files.walk(RULES)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".yml")).toList()) {
        if (file.startsWith(RULES.resolve("tests"))) {
          continue;
        }
        Map<String, Object> root = new Yaml().load(Files.readString(file));
        for (Object group : (List<?>) root.get("groups")) {
          for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
            Object name = ((Map<?, ?>) rule).get("alert");
            if (name != null) {
              Map<?, ?> annotations = (Map<?, ?>) ((Map<?, ?>) rule).get("annotations");
              alerts.put(
                  name.toString(),
                  new Alert(
                      name.toString(),
                      ((Map<?, ?>) rule).get("expr").toString(),
                      text(annotations, "dashboard_url")));
            }
          }
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return alerts;
  }

  private static String text(Map<?, ?> map, String key) {
    Object value = map.get(key);
    return value == null ? "" : value.toString();
  }

  private static List<Row> rows() {
    try {
      return Files.readAllLines(FOLDER.resolve("panels.tsv")).stream()
          .filter(line -> !line.startsWith("#") && !line.startsWith("alert\t"))
          .map(line -> line.split("\t", -1))
          .map(cells -> new Row(cells[0], cells[1], cells[2]))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<Row> panels() {
    return ROWS;
  }

  @Test
  void everyAlert_hasAPanel_andEveryRowAnAlert() {
    assertThat(ROWS.stream().map(Row::alert))
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(ALERTS.keySet());
  }

  /// The dashboard, the panel and the variables of the link exist. Grafana silently ignores unknown
  /// ones.
  private static void assertResolves(String url) {
    MatchResult link = LINK.matcher(url).results().findFirst().orElseThrow();
    JsonNode dashboard = DASHBOARDS.get(link.group(1));
    assertThat(dashboard).as(url).isNotNull();
    for (String pair : String.valueOf(link.group(2)).split("&")) {
      String[] parts = URLDecoder.decode(pair, StandardCharsets.UTF_8).split("=", 2);
      if (parts[0].equals("viewPanel")) {
        assertThat(panel(dashboard, Integer.parseInt(parts[1]))).as(url).isNotNull();
      } else if (parts[0].startsWith("var-")) {
        assertThat(variables(dashboard)).as(url).contains(parts[0].substring(4));
      } else {
        assertThat(pair).as(url).isEqualTo("null");
      }
    }
  }

  private static JsonNode panel(JsonNode dashboard, int id) {
    return PanelQuery.panels(dashboard).stream()
        .filter(it -> it.path("id").asInt() == id && !it.path("type").asText().equals("row"))
        .findFirst()
        .orElse(null);
  }

  private static JsonNode panel(String url) {
    MatchResult link = LINK.matcher(url).results().findFirst().orElseThrow();
    MatchResult id =
        Pattern.compile("viewPanel=([0-9]+)").matcher(url).results().findFirst().orElseThrow();
    return panel(DASHBOARDS.get(link.group(1)), Integer.parseInt(id.group(1)));
  }

  private static Set<String> variables(JsonNode dashboard) {
    var names = new TreeSet<String>();
    dashboard.at("/templating/list").forEach(variable -> names.add(variable.path("name").asText()));
    return names;
  }

  @ParameterizedTest
  @MethodSource("panels")
  void panelOfAnAlert_exists_andLeadsToItsRunbook(Row row) {
    assertResolves(row.url());
    JsonNode panel = panel(row.url());
    assertThat(panel.path("links").findValuesAsText("url"))
        .as(panel.path("title").asText())
        .contains(RUNBOOK + row.alert());
  }

  @ParameterizedTest
  @MethodSource("panels")
  void linkOfARule_isThatOfItsRow(Row row) {
    assertThat(ALERTS.get(row.alert()).url()).isEqualTo(row.url());
  }

  @ParameterizedTest
  @MethodSource("panels")
  void thresholdOfAnAlert_isDrawnByItsPanel(Row row) {
    if (row.threshold().isEmpty()) {
      return;
    }
    double threshold = Double.parseDouble(row.threshold());
    assertThat(comparisons(ALERTS.get(row.alert()).expression())).contains(threshold);
    assertThat(thresholds(panel(row.url()))).contains(threshold);
  }

  /// A panel about an alert with a threshold draws the alert's threshold.
  @Test
  void alertsNamedByPanels_existWithThatThreshold() {
    Pattern named =
        Pattern.compile("\\b([A-Z]\\w+) (?:above|from|below) ([0-9.]+) ?(%|s\\b|°C|for)");
    int drawn = 0;
    for (JsonNode dashboard : DASHBOARDS.values()) {
      for (JsonNode panel : PanelQuery.panels(dashboard)) {
        for (MatchResult match :
            named.matcher(panel.path("description").asText()).results().toList()) {
          Alert alert = ALERTS.get(match.group(1));
          assertThat(alert).as(match.group()).isNotNull();
          double value =
              Double.parseDouble(match.group(2)) / (match.group(3).equals("%") ? 100 : 1);
          assertThat(comparisons(alert.expression())).as(alert.name()).contains(value);
          assertThat(thresholds(panel)).as(panel.path("title").asText()).contains(value);
          drawn++;
        }
      }
    }
    assertThat(drawn).isGreaterThan(10);
  }

  /// Alerts in a panel's description are also in its links.
  @Test
  void alertsNamedByPanels_areThoseOfTheirRunbooks() {
    Pattern name = Pattern.compile("\\b(?:[A-Z][a-z0-9]+){2,}\\b");
    for (JsonNode dashboard : DASHBOARDS.values()) {
      for (JsonNode panel : PanelQuery.panels(dashboard)) {
        var named = new TreeSet<String>();
        name.matcher(panel.path("description").asText())
            .results()
            .map(MatchResult::group)
            .filter(ALERTS::containsKey)
            .forEach(named::add);
        assertThat(panel.path("links").findValuesAsText("url"))
            .as(dashboard.path("uid").asText() + ": " + panel.path("title").asText())
            .containsAll(named.stream().map(RUNBOOK::concat).toList());
      }
    }
  }

  @Test
  void linksToRunbooks_leadToOnes() {
    int checked = 0;
    for (JsonNode dashboard : DASHBOARDS.values()) {
      for (JsonNode panel : PanelQuery.panels(dashboard)) {
        for (String url : panel.path("links").findValuesAsText("url")) {
          assertThat(url).startsWith(RUNBOOK);
          assertThat(RUNBOOKS.resolve(url.substring(RUNBOOK.length()) + ".md")).exists();
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThanOrEqualTo(ROWS.size());
  }

  private static List<Double> thresholds(JsonNode panel) {
    return StreamSupport.stream(
            panel.at("/fieldConfig/defaults/thresholds/steps").spliterator(), false)
        .filter(step -> step.path("value").isNumber())
        .map(step -> step.path("value").asDouble())
        .toList();
  }

  /// The fixed numbers in comparisons of an expression, with `21 * 86400` calculated.
  private static List<Double> comparisons(String expression) {
    var numbers = new ArrayList<Double>();
    PromqlParser.parse(expression).stream()
        .filter(Expr.Binary.class::isInstance)
        .map(Expr.Binary.class::cast)
        .filter(binary -> binary.op().isComparison())
        .forEach(
            binary -> {
              for (Expr side : List.of(binary.left(), binary.right())) {
                double number = number(side);
                if (!Double.isNaN(number)) {
                  numbers.add(number);
                }
              }
            });
    return numbers;
  }

  /// The number on a side of a comparison; NaN if it is not a number.
  private static double number(Expr side) {
    return switch (side.unwrapped()) {
      case Expr.NumberLiteral literal -> literal.value();
      case Expr.Binary product ->
          product.op().symbol().equals("*")
              ? number(product.left()) * number(product.right())
              : Double.NaN;
      default -> Double.NaN;
    };
  }
}
