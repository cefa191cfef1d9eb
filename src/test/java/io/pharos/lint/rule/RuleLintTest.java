package io.pharos.lint.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.Channels;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.lint.LintCheck;
import io.pharos.promql.parser.ParserOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One rule file for each check, with the expected findings at its end: lines with `# expect: `
/// followed by line, severity, check and the beginning of the message.
class RuleLintTest {
  private static final Path FILES = Path.of("src/test/resources/lint");
  private static final String EXPECT = "# expect: ";
  private static final LintContext CONTEXT = context(Optional.empty());

  /* Files about routes have their own configuration, so that the other files need not fit it. */
  private static LintContext contextOf(Path file) {
    Path own = FILES.resolve("context").resolve(file.getFileName());
    return Files.exists(own) ? context(Optional.of(Channels.load(own))) : CONTEXT;
  }

  private static LintContext context(Optional<AlertmanagerConfig> notifications) {
    return new LintContext(
        Optional.of(PrometheusConfig.read(FILES.resolve("context/prometheus.yml"))),
        notifications,
        ParserOptions.defaults(),
        Duration.ofDays(15),
        Instant.parse("2026-01-01T00:00:00Z"),
        List.of(),
        /* complete= */ true,
        LabelValues.parse("values.yml", "http_requests_total:\n  status: ['200', '204', '404']\n")
            .with(
                List.of(
                    new LabelValues.Entry(
                        "pharos_tap_*",
                        "path",
                        List.of("/api/v1/machines", "unknown"),
                        "routes.yml"))),
        Optional.empty(),
        Set.of());
  }

  private static Stream<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      return files.filter(file -> file.toString().endsWith(".yml")).sorted().toList().stream();
    }
  }

  private static List<String> findings(LintContext context, String text) {
    return new RuleLint(context, new ParsedFileCache())
        .check(List.of(new RuleLint.Source("f", text))).stream()
            .map(finding -> finding.toString().substring("f:".length()))
            .toList();
  }

  @ParameterizedTest
  @MethodSource("files")
  void file_givesTheFindingsAtItsEnd(Path file) throws IOException {
    String text = Files.readString(file);
    List<String> expected =
        text.lines()
            .filter(line -> line.startsWith(EXPECT))
            .map(line -> line.substring(EXPECT.length()))
            .toList();
    List<String> found = findings(contextOf(file), text);

    assertThat(expected).as("findings that %s expects", file).isNotEmpty();
    assertThat(found).as(String.join("\n", found)).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.get(i)).startsWith(expected.get(i));
    }
  }

  @Test
  void everyCheck_hasAFileOfItsNameThatExpectsIt() throws IOException {
    for (LintCheck check : Stream.of(LintCheck.values()).filter(LintCheck::isAboutRules).toList()) {
      Path file = FILES.resolve(check.id().replace('/', '-') + ".yml");
      assertThat(Files.readString(file)).contains("[" + check.id() + "]");
    }
  }

  @Test
  void check_severalFiles_areOneSetOfRules() {
    var one =
        new RuleLint.Source("one", "groups: [{name: g, rules: [{record: 'a:b', expr: sum(up)}]}]");
    var two =
        new RuleLint.Source(
            "two",
            """
            groups:
            - name: g
              rules:
              - alert: Known
                expr: a:b > 5
              - record: a:b
                expr: sum(up)
            """);

    assertThat(new RuleLint(CONTEXT, new ParsedFileCache()).check(List.of(one, two)))
        .extracting(Object::toString)
        .containsExactly(
            "two:6: warning [rule/duplicate] the rule at one:1 has the same name and labels, and the same"
                + " expression");
  }

  @Test
  void check_withoutConfiguration_leavesOutWhatNeedsIt() {
    var bare =
        new LintContext(
            Optional.empty(),
            Optional.empty(),
            ParserOptions.defaults(),
            Duration.ofDays(15),
            Instant.EPOCH,
            List.of(),
            true,
            LabelValues.NONE,
            Optional.empty(),
            Set.of());

    assertThat(
            findings(
                bare,
                """
                groups:
                - name: g
                  rules:
                  - alert: Down
                    expr: absent(up{job="nobody"})
                    labels: {cluster: x}
                    annotations: {text: '{{ $externalLabels.nothing }}'}
                  - alert: Rate
                    expr: rate(a_total[1s]) > 1
                """))
        .isEmpty();
  }

  @Test
  void externalLabels_areOnNoSeriesHere_unlessATargetHasThem() {
    Path file = FILES.resolve("remotegpu/prometheus.yml");
    var context =
        new LintContext(
            Optional.of(PrometheusConfig.read(file)),
            Optional.empty(),
            ParserOptions.defaults(),
            Duration.ofDays(15),
            Instant.EPOCH,
            List.of(),
            true,
            LabelValues.NONE,
            Optional.empty(),
            Set.of());

    assertThat(
            findings(
                context,
                """
                groups:
                - name: g
                  rules:
                  - alert: External
                    expr: up{cluster="remotegpu"} == 0
                  - alert: OfATarget
                    expr: up{host="management"} == 1
                  - alert: OfAnExporter
                    expr: node_load1{environment=~"prod.*"} > 5
                  - alert: OfAProgram
                    expr: queue_length{environment="production"} > 5
                  - alert: Without
                    expr: up{cluster!="other"} == 0
                """))
        .satisfiesExactly(
            one ->
                assertThat(one)
                    .startsWith(
                        "5: warning [promql/value] up{cluster=\"remotegpu\"} selects nothing: cluster"
                            + " is an external label"),
            two ->
                assertThat(two).startsWith("9: warning [promql/value] node_load1{environment=~"));
  }

  @Test
  void nobodyToTell_isNoReasonToTellOfEachAlert() {
    var context =
        new LintContext(
            Optional.of(PrometheusConfig.EMPTY),
            Optional.of(LintContext.withoutReceivers()),
            ParserOptions.defaults(),
            Duration.ofDays(15),
            Instant.EPOCH,
            List.of(),
            true,
            LabelValues.NONE,
            Optional.empty(),
            Set.of());

    assertThat(
            findings(
                context,
                """
                groups:
                - name: g
                  rules:
                  - {alert: Down, expr: up == 0, labels: {severity: critical}}
                """))
        .isEmpty();
  }

  @Test
  void documentation_namesEveryCheck() throws IOException {
    String text =
        Files.readString(Path.of("docs/lint.md")) + Files.readString(Path.of("docs/check.md"));
    var missing = new ArrayList<String>();
    for (LintCheck check : LintCheck.values()) {
      if (!text.contains("`" + check.id() + "`")) {
        missing.add(check.id());
      }
    }
    assertThat(missing).isEmpty();
  }

  /// LogQL rules pass the checks that do not need a PromQL expression.
  @Test
  void rulesAboutLines_areLookedAtToo() {
    String text =
        """
        groups:
          - name: g
            rules:
              - alert: Always
                expr: sum by (job) (count_over_time({job="a"}[5m]))
                annotations: {summary: 'On {{ $labels.host }}.'}
              - alert: Good
                expr: sum by (job) (count_over_time({job="a"}[5m])) > 0
                annotations: {summary: 'Of {{ $labels.job }}.'}
              - record: job:lines:count
                expr: sum by (job) (count_over_time({job="a"}[5m]))
        """;
    String reader =
        """
        groups:
          - name: r
            rules:
              - alert: FewLines
                expr: job:lines:count{job="a"} < 5
                annotations: {summary: Few lines.}
        """;
    assertThat(
            new RuleLint(CONTEXT, new ParsedFileCache())
                    .check(
                        List.of(
                            new RuleLint.Source("l", text, true), new RuleLint.Source("r", reader)))
                    .stream()
                    .map(Object::toString))
        .containsExactly(
            "l:5: warning [alerts/comparison] the expression has no condition: the alert fires for"
                + " every series, whatever its value; add a comparison",
            "l:6: warning [alerts/template] $labels.host is empty: the aggregation removes the label");
  }
}
