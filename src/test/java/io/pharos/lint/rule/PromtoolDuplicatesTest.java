package io.pharos.lint.rule;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.lint.Finding;
import io.pharos.lint.LintCheck;
import io.pharos.promql.parser.ParserOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// promtool's only lint of rules finds the same duplicates.
@Tag("peer")
class PromtoolDuplicatesTest {
  private static final String RULES =
      """
      groups:
        - name: g
          rules:
            - {alert: Down, expr: up == 0, labels: {severity: page}}
            - {alert: Down, expr: 'up{job="api"} == 0', labels: {severity: page}}
            - {alert: Down, expr: up == 0, labels: {severity: ticket}}
            - {record: 'a:b', expr: sum(up)}
            - {record: 'a:c', expr: sum(up)}
        - name: h
          rules:
            - {record: 'a:b', expr: sum(foo)}
            - {record: 'a:c', expr: sum(up), labels: {kind: k}}
      """;

  @Test
  void duplicates_areThoseOfPromtool(@TempDir Path folder) throws Exception {
    Path promtool = Path.of("/usr/bin/promtool");
    assumeTrue(Files.isExecutable(promtool), "promtool is not installed");
    Path file = Files.writeString(folder.resolve("rules.yml"), RULES);
    Process process =
        new ProcessBuilder(
                promtool.toString(), "check", "rules", "--lint=duplicate-rules", file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    var theirs = new TreeSet<String>();
    var metric = Pattern.compile("Metric: (\\S+)").matcher(output);
    while (metric.find()) {
      theirs.add(metric.group(1));
    }
    var context =
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
    var ours = new TreeSet<String>();
    List<String> lines = RULES.lines().toList();
    for (Finding finding :
        new RuleLint(context, new ParsedFileCache())
            .check(List.of(new RuleLint.Source("f", RULES)))) {
      if (finding.check() == LintCheck.RULE_DUPLICATE) {
        var name =
            Pattern.compile("(?:alert|record): '?([\\w:]+)").matcher(lines.get(finding.line() - 1));
        assertThat(name.find()).isTrue();
        ours.add(name.group(1));
      }
    }

    assertThat(theirs).as(output).isNotEmpty();
    assertThat(ours).isEqualTo(theirs);
  }
}
