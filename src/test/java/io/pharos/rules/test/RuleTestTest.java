package io.pharos.rules.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import io.pharos.rules.test.RuleTestReport.Failed;
import io.pharos.rules.test.RuleTestReport.Passed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuleTestTest {
  private static final String RULES =
      """
      groups:
      - name: second
        interval: 7h
        rules:
        - {record: 'b', expr: 'a + 1'}
      - name: first
        rules:
        - {record: 'a', expr: 'x * 2'}
        - alert: High
          expr: x > 5
          for: 1m
          labels: {severity: page}
          annotations: {text: '{{ $labels.job }} has {{ $value }} {{ $externalLabels.c }} {{ $externalURL }}'}
      """;

  @TempDir private Path directory;

  @BeforeEach
  void writeRules() throws IOException {
    Files.createDirectories(directory.resolve("rules"));
    Files.writeString(directory.resolve("rules/r.yml"), RULES);
  }

  private RuleTest test(String text) throws IOException {
    return RuleTest.read(Files.writeString(directory.resolve("t.yml"), text), Set.of());
  }

  private RuleTestReport run(String text) throws IOException {
    return test("rule_files: [rules/*.yml]\n" + text).run();
  }

  @Test
  void histograms_areComparedByTheirNotation() throws IOException {
    String input =
        """
        tests:
        - input_series:
          - {series: 'x{job="api"}', values: '{{count:2 sum:3 buckets:[2]}}x3'}
          promql_expr_test:
          - {expr: a, eval_time: 1m, exp_samples: [{labels: 'a{job="api"}', histogram: '{{count:4 sum:%s buckets:[4] counter_reset_hint:not_reset}}'}]}
        """;

    assertThat(run(input.formatted("6")).failures()).isEmpty();
    assertThat(run(input.formatted("7")).failures())
        .singleElement()
        .satisfies(
            failed ->
                assertThat(failed.toString())
                    .contains("- {__name__=\"a\", job=\"api\"} {{count:4 sum:7 ")
                    .contains("+ {__name__=\"a\", job=\"api\"} {{count:4 sum:6 "));
  }

  @Test
  void hysteresis_ofTheNamedFile_appliesToTheRules() throws IOException {
    Files.writeString(
        directory.resolve("pharos.yml"),
        """
        urgent: [severity="page"]
        hysteresis:
        - {matchers: ['alertname="High"'], fire_after: {at_least: 2, of: 3}, resolve_at: 3}
        - {matchers: ['alertname="Other"'], resolve_at: 1}
        """);
    String test =
        """
        %s
        tests:
        - input_series:
          - {series: x, values: '9 0 0 0 9 9 9 4 4 2'}
          promql_expr_test:
          - {expr: 'count(ALERTS{alertstate="firing"})', eval_time: 5m, exp_samples: []}
          - {expr: 'count(ALERTS{alertstate="firing"})', eval_time: 6m, exp_samples: [{value: 1}]}
          - {expr: 'count(ALERTS{alertstate="firing"})', eval_time: 8m, exp_samples: [{value: 1}]}
          - {expr: 'count(ALERTS{alertstate="firing"})', eval_time: 9m, exp_samples: []}
        """;

    assertThat(run(test.formatted("pharos_file: pharos.yml")).failures()).isEmpty();
    assertThat(run(test.formatted("")).failures()).isNotEmpty();
  }

  @Test
  void hysteresis_thatFitsNoRule_isRefusedWithItsPlace() throws IOException {
    Files.writeString(
        directory.resolve("pharos.yml"),
        """
        hysteresis:
        - {matchers: ['alertname="High"'], resolve_at: 7}
        """);

    assertThatThrownBy(() -> run("pharos_file: pharos.yml\ntests: []\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("pharos.yml:2")
        .hasMessageContaining("High");
  }

  @Test
  void alertsAndExpressions_asExpected_pass() throws IOException {
    RuleTestReport report =
        run(
            """
            group_eval_order: [first, second]
            tests:
            - interval: 30s
              input_series:
              - {series: 'x{job="api"}', values: '1 10x5 _x2 stale'}
              external_labels: {c: d}
              external_url: https://p
              alert_rule_test:
              - {eval_time: 1m, alertname: High}
              - eval_time: 2m59s
                alertname: High
                exp_alerts:
                - exp_labels: {severity: page, job: api}
                  exp_annotations: {text: api has 10 d https://p}
              promql_expr_test:
              - {expr: b, eval_time: 2m, exp_samples: [{labels: 'b{job="api"}', value: 21}]}
              - {expr: vector(7), exp_samples: [{value: 7}]}
              - {expr: 1 + 1, exp_samples: [{value: 2}]}
              - {expr: none, eval_time: 1m}
            """);

    assertThat(report.failures()).as(report.toString()).isEmpty();
    assertThat(report.passed()).isTrue();
    assertThat(report.outcomes())
        .hasSize(6)
        .allSatisfy(one -> assertThat(one).isInstanceOf(Passed.class));
    assertThat(report.toString()).contains("t.yml:10: passed: test 1: alert High at 1m");
  }

  @Test
  void alertThatDiffers_failsWithLineAndDifference() throws IOException {
    RuleTestReport report =
        run(
            """
            tests:
            - name: my test
              input_series: [{series: 'x{job="api"}', values: 9x9}]
              alert_rule_test:
              - eval_time: 5m
                alertname: High
                exp_alerts:
                - exp_labels: {severity: ticket, job: api}
            """);

    assertThat(report.passed()).isFalse();
    Failed failed = report.failures().getFirst();
    assertThat(failed.line()).isEqualTo(6);
    assertThat(failed.title()).isEqualTo("my test: alert High at 5m");
    assertThat(failed.detail())
        .contains("- labels {alertname=\"High\", job=\"api\", severity=\"ticket\"}")
        .contains("+ labels {alertname=\"High\", job=\"api\", severity=\"page\"}")
        .contains("+   annotations {text=\"api has 9  \"}");
    assertThat(report.toString()).contains("t.yml:6: FAILED: my test: alert High at 5m");
  }

  @Test
  void expressionThatDiffers_failsWithBothSides() throws IOException {
    RuleTestReport report =
        run(
            """
            tests:
            - input_series: [{series: 'x{job="api"}', values: '1'}, {series: 'x{job="b"}', values: '2'}]
              promql_expr_test:
              - {expr: x, exp_samples: [{labels: 'x{job="api"}', value: 1}, {labels: 'x{job="b"}', value: 3}]}
              - {expr: 'x[5m]'}
              - {expr: 'x ++'}
              - {expr: 'x', exp_samples: [{labels: 'x{job="api"}', value: 1}, {labels: 'x{job="b"}', value: .nan}]}
            """);

    assertThat(report.failures()).hasSize(4);
    assertThat(report.failures().get(0).detail())
        .isEqualTo(
            """
              {__name__="x", job="api"} 1
            - {__name__="x", job="b"} 3
            + {__name__="x", job="b"} 2
            """);
    assertThat(report.failures().get(1).detail()).contains("matrix");
    assertThat(report.failures().get(2).detail()).contains("parse error");
    assertThat(report.failures().get(3).detail()).contains("NaN");
  }

  @Test
  void values_areComparedExactlyOrToTheNeighbour() throws IOException {
    String tests =
        """
        tests:
        - input_series: [{series: x, values: '0.1'}]
          promql_expr_test:
          - {expr: x + 0.2, exp_samples: [{value: 0.3}]}
        """;

    assertThat(run(tests).passed()).isFalse();
    assertThat(run("fuzzy_compare: true\n" + tests).passed()).isTrue();
  }

  @Test
  void ruleThatFails_endsTheTest() throws IOException {
    Files.writeString(
        directory.resolve("rules/bad.yml"),
        "groups: [{name: bad, rules: [{record: r, expr: x, labels: {job: ''}}]}]");
    RuleTestReport report =
        run(
            """
            tests:
            - input_series: [{series: 'x{job="a"}', values: '_ 1x9'}, {series: 'x{job="b"}', values: '_ 1x9'}]
              promql_expr_test:
              - {expr: x, eval_time: 5m}
            """);

    assertThat(report.failures()).hasSize(1);
    assertThat(report.failures().getFirst().title()).isEqualTo("test 1: at 1m");
    assertThat(report.failures().getFirst().detail()).startsWith("rule r: vector contains metrics");
  }

  @Test
  void inputThatARuleWritesToo_isRefused() throws IOException {
    RuleTestReport report =
        run(
            """
            tests:
            - input_series: [{series: x, values: 1x9}, {series: a, values: '_ _ 7 7 7'}]
              promql_expr_test:
              - {expr: a, eval_time: 5m}
            """);

    assertThat(report.passed()).isFalse();
    assertThat(report.toString())
        .contains("rule a: 1 of 1 samples refused, the last: duplicate sample for timestamp");
  }

  @Test
  void startTimestamp_movesTheWholeTest() throws IOException {
    RuleTestReport report =
        run(
            """
            tests:
            - start_timestamp: 2026-01-01T00:00:00Z
              input_series: [{series: x, values: '1 stale'}]
              promql_expr_test:
              - {expr: timestamp(x), exp_samples: [{value: 1767225600}]}
              - {expr: x, eval_time: 1m}
            - start_timestamp: 1000.5
              promql_expr_test:
              - {expr: time(), eval_time: 1m, exp_samples: [{value: 1060.5}]}
            """);

    assertThat(report.failures()).as(report.toString()).isEmpty();
  }

  @Test
  void laterExpression_seesNoSamplesAfterTheLastTick() throws IOException {
    RuleTestReport report =
        run(
            """
            evaluation_interval: 2m
            tests:
            - interval: 1m
              input_series: [{series: x, values: 0+1x9}]
              promql_expr_test:
              - {expr: x, eval_time: 3m, exp_samples: [{labels: x, value: 2}]}
            """);

    assertThat(report.failures()).as(report.toString()).isEmpty();
  }

  @Test
  void badFiles_areRefusedWithPlaceAndValue() {
    assertRefused(
        "tests: [{alert_rule_test: [{eval_time: 1m}]}]", "1:28", "\"alertname\" is missing");
    assertRefused("tests: [{interval: soon}]", "1:20", "found \"soon\"");
    assertRefused("tset: []", "1", "unknown key \"tset\"");
    assertRefused("rule_files: [nothing*.yml]", "1:14", "no file matches \"nothing*.yml\"");
    assertRefused("group_eval_order: [a, a]", "1:23", "repeated: \"a\"");
    assertRefused("evaluation_interval: 0s", "1:22", "expected more than 0");
    assertRefused(
        "tests: [{input_series: [{series: 'x{', values: 1}]}]",
        "1:34",
        "expected a series such as");
    assertRefused(
        "tests: [{input_series: [{series: x, values: 1+2}]}]", "1:45", "unexpected \"1+2\"");
    assertRefused(
        "tests: [{input_series: [{series: x, values: '{{scheme:1}}'}]}]",
        "1:45",
        "unexpected key \"scheme\" in histogram");
    assertRefused(
        "tests: [{promql_expr_test: [{expr: x, exp_samples: [{labels: x, histogram: '7'}]}]}]",
        "1:76",
        "expected one histogram");
    assertRefused("tests: [{start_timestamp: noon}]", "1:27", "expected a time in RFC 3339");
    assertRefused(
        "tests: [{promql_expr_test: [{expr: x, exp_samples: [{value: much}]}]}]",
        "1:61",
        "expected a number, found \"much\"");
  }

  private void assertRefused(String text, String place, String reason) {
    assertThatThrownBy(() -> test(text))
        .as(text)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("t.yml:" + place)
        .hasMessageContaining(reason);
  }

  private RuleTestReport runLogs(String expression, String lines) throws IOException {
    Files.writeString(
        directory.resolve("rules/logs.txt"),
        """
        groups:
        - name: logs
          rules:
          - {record: 'errors', expr: '%s'}
        """
            .formatted(expression));
    return test("""
            log_rule_files: [rules/logs.txt]
            tests:
            - input_logs:
              - {stream: '{job="a",host="h"}', line: '{"code":5}', values: %s}
              - {stream: '{job="a",host="i"}', line: 'no JSON', values: '1x3'}
              promql_expr_test:
              - {expr: errors, eval_time: 2m, exp_samples: [{labels: 'errors{host="h"}', value: 6}]}
            """
            .formatted(lines))
        .run();
  }

  @Test
  void rulesAboutLines_areToldWhatTheLinesAre() throws IOException {
    String rule =
        "sum by (host) (count_over_time({job=\"a\"} | json code=\"code\" | __error__=\"\" | code >= 5 [2m]) > 1) * 2";
    assertThat(runLogs(rule, "'1 1 2'").failures()).isEmpty();
    assertThat(runLogs(rule, "'1 1 3'").failures())
        .singleElement()
        .asString()
        .contains("- {__name__=\"errors\", host=\"h\"} 6", "+ {__name__=\"errors\", host=\"h\"} 8");
  }

  @Test
  void rulesAboutLines_thatALokiWouldRefuse_orOnlyALokiCanAnswer_fail() throws IOException {
    assertThat(
            runLogs("sum(count_over_time({job=\"a\"} | json | code > 1 [2m]))", "'1'").failures())
        .singleElement()
        .asString()
        .contains("rule errors", "pipeline error: JSONParserErr in the line no JSON");
    assertThat(runLogs("sum(count_over_time({job=\"b\"} | logfmt [2m]))", "'1'").failures())
        .singleElement()
        .asString()
        .contains("rule errors", "does not support this: logfmt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'1.5'", "'-1'", "'10001'", "'NaN'", "'{{count:1}}'", "'stale'"})
  void numbersOfLines_thatAreNone_areRefused(String values) {
    assertThatThrownBy(() -> runLogs("sum(rate({job=\"a\"}[1m]))", values))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("t.yml:4")
        .hasMessageContaining("expected whole numbers of lines from 0 to 10000");
  }
}
