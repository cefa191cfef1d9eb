package io.pharos.logql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.dashboards.DashboardFiles.Window;
import io.pharos.dashboards.PanelQuery;
import io.pharos.model.LabelMatcher;
import io.pharos.rules.RuleFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Checks every shipped LogQL query: in dashboards, rules, runbooks and other documents.
class ShippedLogqlTest {
  /// The labels that Alloy keeps, and those that Pharos and its tap push.
  private static final Path ALLOY = Path.of("deploy/alloy/config.alloy");

  private static final Pattern COMMAND = Pattern.compile("pharos logs '([^']+)'");
  private static final Pattern KEPT = Pattern.compile("label_keep \\{\\s+values = \\[([^]]+)]");

  /// @param where place of the query
  record Shipped(String where, String query) {}

  private static List<Shipped> queries() throws IOException {
    var queries = new ArrayList<Shipped>();
    PanelQuery.all(
            Path.of("dashboards"),
            new Window(Duration.ofSeconds(15), Duration.ofMinutes(1), Duration.ofHours(6)))
        .stream()
        .filter(it -> it.source().equals("loki"))
        .forEach(it -> queries.add(new Shipped(it.toString(), it.expanded())));
    for (Path file : RuleFile.find(Path.of("alert-rules"), List.of("loki/*.yml"))) {
      RuleFile.readLogRules(file)
          .groups()
          .forEach(
              group ->
                  group
                      .rules()
                      .forEach(
                          rule ->
                              queries.add(
                                  new Shipped(
                                      file + " " + rule.name(), rule.expression().text()))));
    }
    try (Stream<Path> pages = Files.walk(Path.of("docs"))) {
      for (Path page :
          Stream.concat(pages, Stream.of(Path.of("README.md")))
              .filter(it -> it.toString().endsWith(".md"))
              .toList()) {
        COMMAND
            .matcher(Files.readString(page))
            .results()
            .forEach(it -> queries.add(new Shipped(page.toString(), it.group(1))));
      }
    }
    return queries;
  }

  @Test
  void queries_areLogql_ofDashboardsRulesAndPages() throws IOException {
    List<Shipped> queries = queries();
    for (Shipped one : queries) {
      assertThat(LogqlQuery.parse(one.query).selectors()).as(one.where).isNotEmpty();
    }
    assertThat(queries).hasSizeGreaterThan(25);
    for (String source : List.of("pharos-logs", "pharos-data", "alert-rules", "docs/runbooks")) {
      assertThat(queries).as(source).anyMatch(it -> it.where.contains(source));
    }
  }

  @Tag("peer")
  @Test
  void queries_areLogqlToGrafanasGrammar() throws Exception {
    List<Shipped> queries = queries();
    List<String> verdicts = LogqlGrammar.verdicts(queries.stream().map(Shipped::query).toList());
    var wrong = new ArrayList<String>();
    for (int i = 0; i < queries.size(); i++) {
      if (!verdicts.get(i).equals("ok")) {
        wrong.add(verdicts.get(i) + " " + queries.get(i));
      }
    }
    assertThat(wrong).isEmpty();
  }

  /// A selector with an unknown label silently matches nothing.
  @Test
  void streams_areSelectedByLabelsThatTheyHave() throws IOException {
    MatchResult kept = KEPT.matcher(Files.readString(ALLOY)).results().findFirst().orElseThrow();
    Set<String> labels = new TreeSet<>(List.of(kept.group(1).replace("\"", "").split(", ")));
    assertThat(labels).containsExactlyInAnyOrder("job", "host", "level");
    for (Shipped one : queries()) {
      for (List<LabelMatcher> selector : LogqlQuery.parse(one.query).selectors()) {
        assertThat(selector).as(one.toString()).extracting(LabelMatcher::name).isSubsetOf(labels);
      }
    }
  }

  /// Results of rules have only the labels of streams and of their aggregation.
  @Test
  void rules_keepTheLabelsThatSayWhereItIs() throws IOException {
    for (Shipped one : queries()) {
      if (one.where.startsWith("alert-rules")) {
        assertThat(LogqlQuery.parse(one.query).labels())
            .as(one.where)
            .contains(Set.of("job", "host"));
      }
    }
  }
}
