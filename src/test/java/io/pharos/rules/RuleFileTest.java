package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pharos.config.yaml.ConfigException;
import io.pharos.promql.parser.ParserOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Point 20: rule files are read strictly.
class RuleFileTest {
  private static final Path FILES = Path.of("src/test/resources/rules");

  static List<Path> badFiles() {
    return RuleFile.find(FILES, List.of("*.bad.yml"));
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void point20_badFile_isRefusedWithEveryProblemAndItsPlace(Path file) throws IOException {
    List<String> expected =
        Files.readString(file)
            .lines()
            .filter(line -> line.startsWith("# expect: "))
            .map(line -> file + ":" + line.substring("# expect: ".length()))
            .toList();

    var refusal =
        catchThrowableOfType(
            ConfigException.class, () -> RuleFile.read(file, ParserOptions.defaults()));

    assertThat(refusal).isNotNull();
    assertThat(expected).isNotEmpty();
    assertThat(expected)
        .allSatisfy(
            start ->
                assertThat(refusal.problems())
                    .as(start)
                    .anySatisfy(problem -> assertThat(problem.toString()).startsWith(start)));
  }

  @Test
  void point20_goodFile_isReadWhole() {
    RuleFile file = RuleFile.read(FILES.resolve("everything.good.yml"), ParserOptions.defaults());

    GroupSpec group = file.groups().getFirst();
    assertThat(group.name()).isEqualTo("a");
    assertThat(group.interval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(group.queryOffset()).isEqualTo(Duration.ofSeconds(10));
    assertThat(group.limit()).isEqualTo(7);
    assertThat(group.labels()).containsEntry("team", "infra").containsEntry("gone", "");
    assertThat(group.rules().getFirst())
        .isInstanceOfSatisfying(
            RuleSpec.Recording.class,
            rule -> {
              assertThat(rule.name()).isEqualTo("job:up:sum");
              assertThat(rule.labels()).containsEntry("source", "rule");
            });
    assertThat(group.rules().getLast())
        .isInstanceOfSatisfying(
            RuleSpec.Alerting.class,
            rule -> {
              assertThat(rule.holdFor()).isEqualTo(Duration.ofMinutes(90));
              assertThat(rule.keepFiringFor()).isEqualTo(Duration.ofMinutes(5));
              assertThat(rule.labels()).containsEntry("source", "rule");
              assertThat(rule.annotations()).containsKey("summary");
              assertThat(rule.expression().text()).isEqualTo("up\n  == 1\n");
            });
    assertThat(file.groups().getLast().rules()).isEmpty();
    assertThat(file.warnings()).isEmpty();
  }

  @Test
  void point20_whatGoTakesForAbsent_isAccepted() {
    RuleFile file =
        RuleFile.parse(
            "f.yml",
            """
            groups:
            - name: g
              interval: 0s
              limit: -1
              rules:
              - {record: r, expr: 1, for: 0s, keep_firing_for: 0, annotations: {}}
            """,
            ParserOptions.defaults());

    assertThat(file.groups().getFirst())
        .isEqualTo(
            new GroupSpec(
                "g",
                null,
                null,
                0,
                new java.util.TreeMap<>(),
                List.of(file.groups().getFirst().rules().getFirst())));
    assertThat(file.warnings())
        .extracting(Object::toString)
        .containsExactly(
            "f.yml:4:10: group \"g\": limit: a negative limit means no limit, found -1");
  }

  @Test
  void point20_anchorsAndMergeKeys_areAllowed() {
    RuleFile file =
        RuleFile.parse(
            "f.yml",
            """
            groups:
            - name: g
              interval: 100ms
              rules:
              - &down {alert: Down, expr: up == 0, for: 5m, labels: &labels {severity: page}}
              - <<: *down
                alert: DownToo
                labels:
                  <<: [*labels, {team: x, severity: no}]
                  service: a
            """,
            ParserOptions.defaults());
    var second = (RuleSpec.Alerting) file.groups().getFirst().rules().get(1);

    assertThat(file.groups().getFirst().interval()).isEqualTo(Duration.ofMillis(100));
    assertThat(second.name()).isEqualTo("DownToo");
    assertThat(second.holdFor()).isEqualTo(Duration.ofMinutes(5));
    assertThat(second.labels())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("severity", "page", "team", "x", "service", "a"));
  }

  @Test
  void point20_mergeThatIsNoMappingOrHasItselfInIt_isRefused() {
    assertThatThrownBy(
            () -> RuleFile.parse("f.yml", "groups: [{<<: 5, name: g}]", ParserOptions.defaults()))
        .hasMessageContaining("<<: expected a mapping or a list of mappings");
    assertThatThrownBy(
            () ->
                RuleFile.parse("f.yml", "groups: [&a {name: g, <<: *a}]", ParserOptions.defaults()))
        .hasMessageContaining("merges more than");
  }

  @Test
  void point20_furtherDocuments_areIgnoredWithAWarning() {
    RuleFile file =
        RuleFile.parse(
            "f.yml",
            "groups: [{name: a, rules: []}]\n---\ngroups: [{name: b}]\n",
            ParserOptions.defaults());

    assertThat(file.groups()).extracting(GroupSpec::name).containsExactly("a");
    assertThat(file.warnings()).hasSize(1);
    assertThat(file.warnings().getFirst().toString())
        .startsWith("f.yml:3:1: this YAML document is ignored");
  }

  @Test
  void point20_emptyFile_hasNoGroups() {
    assertThat(RuleFile.parse("f.yml", "", ParserOptions.defaults()).groups()).isEmpty();
    assertThat(RuleFile.parse("f.yml", "# nothing\n", ParserOptions.defaults()).groups()).isEmpty();
    assertThat(RuleFile.parse("f.yml", "groups:\n", ParserOptions.defaults()).groups()).isEmpty();
  }

  @Test
  void readAll_reportsTheProblemsOfAllFilesAndReadsNone(@TempDir Path directory)
      throws IOException {
    Path first = Files.writeString(directory.resolve("a.yml"), "groups: [{name: ''}]");
    Path second = Files.writeString(directory.resolve("b.yml"), "groups: 5");
    Path missing = directory.resolve("c.yml");

    assertThatThrownBy(
            () -> RuleFile.readAll(List.of(first, second, missing), ParserOptions.defaults()))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems()).hasSize(3))
        .hasMessageContaining("c.yml: can't be read");
  }

  @Test
  void find_knowsPatternsInEveryPartOfThePath(@TempDir Path directory) throws IOException {
    for (String name : List.of("a/one.yml", "a/two.yml", "b/one.yml", "b/{x}.yml", "c.txt")) {
      Path file = directory.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "");
    }

    assertThat(RuleFile.find(directory, List.of("*/one.yml", "a/*", "missing/*", "none.yml")))
        .extracting(path -> directory.relativize(path).toString())
        .containsExactly("a/one.yml", "a/two.yml", "b/one.yml");
    assertThat(RuleFile.find(directory, List.of("b/{*.yml", directory + "/c.[a-t]xt"))).hasSize(2);
  }

  @Test
  void specs_refuseNonsense() {
    assertThatThrownBy(
            () -> new GroupSpec("g", null, null, -1, new java.util.TreeMap<>(), List.of()))
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> RuleBench.settings("0s"))
        .hasMessageContaining("a millisecond or more");
  }
}
