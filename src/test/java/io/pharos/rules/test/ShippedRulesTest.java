package io.pharos.rules.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.Nightly;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.GroupSpec;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The rules in `alert-rules/`: their unit tests pass here and under promtool, and each alert has
/// the texts and links that a person on call needs.
class ShippedRulesTest {
  private static final Path RULES = Path.of("alert-rules");
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
  private static final Pattern ACTION = Pattern.compile("\\{\\{.*?}}");
  private static final Pattern WORD = Pattern.compile("[A-Za-z]{2,}");

  static List<Path> testFiles() {
    return RuleFile.find(RULES, List.of("tests/*.yml"));
  }

  static List<Path> ruleFiles() {
    return RuleFile.find(RULES, List.of("*.yml", "pharos/*.yml"));
  }

  static List<Path> logRuleFiles() {
    return RuleFile.find(RULES, List.of("loki/*.yml"));
  }

  static Stream<RuleSpec.Alerting> alerts() {
    return Stream.concat(
            RuleFile.readAll(ruleFiles(), ParserOptions.defaults()).stream(),
            logRuleFiles().stream().map(RuleFile::readLogRules))
        .flatMap(file -> file.groups().stream())
        .map(GroupSpec::rules)
        .flatMap(List::stream)
        .filter(RuleSpec.Alerting.class::isInstance)
        .map(RuleSpec.Alerting.class::cast);
  }

  @ParameterizedTest
  @MethodSource("testFiles")
  void unitTests_pass(Path file) {
    RuleTestReport report = RuleTest.read(file, Set.of()).run();

    assertThat(report.passed()).as(report.toString()).isTrue();
    assertThat(report.outcomes()).isNotEmpty();
  }

  static List<Path> logTestFiles() {
    return RuleFile.find(RULES, List.of("tests/loki/*.yml"));
  }

  /// promtool does not support LogQL rules.
  @ParameterizedTest
  @MethodSource("logTestFiles")
  void unitTestsOfLogRules_pass(Path file) {
    RuleTestReport report = RuleTest.read(file, Set.of()).run();

    assertThat(report.passed()).as(report.toString()).isTrue();
    assertThat(report.outcomes()).isNotEmpty();
  }

  @Test
  void everyRuleAboutLines_hasAUnitTestInWhichItFires() throws IOException {
    var tests = new StringBuilder();
    for (Path file : logTestFiles()) {
      tests.append(Files.readString(file));
    }
    assertThat(logRuleFiles().stream().map(RuleFile::readLogRules))
        .flatExtracting(RuleFile::groups)
        .flatExtracting(GroupSpec::rules)
        .hasSizeGreaterThanOrEqualTo(6)
        .allSatisfy(
            rule ->
                assertThat(tests.toString())
                    .contains("alertname=\"" + rule.name() + "\",alertstate=\"firing\""));
  }

  @Tag("nightly")
  @Tag("peer")
  @Test
  void unitTests_passUnderPromtool(@TempDir Path directory) throws Exception {
    assumeTrue(Files.isExecutable(PROMTOOL), "promtool is not installed");
    assertThat(promtool(directory, "check", "rules", ruleFiles())).isZero();
    // A whole day takes promtool half of its time; Pharos runs these tests above in any case. Only
    // Pharos holds the alerts of failing targets.
    List<Path> files =
        testFiles().stream()
            .filter(file -> Nightly.isOn() || !file.toString().endsWith("_day_test.yml"))
            .filter(file -> !file.toString().endsWith("_held_test.yml"))
            .toList();
    assertThat(promtool(directory, "test", "rules", files)).isZero();
  }

  private static int promtool(Path directory, String verb, String noun, List<Path> files)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>(List.of(PROMTOOL.toString(), verb, noun));
    files.forEach(file -> command.add(file.toString()));
    Path output = directory.resolve(verb + ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int exit = process.waitFor();
    assertThat(exit).as(Files.readString(output)).isZero();
    return exit;
  }

  @ParameterizedTest
  @MethodSource("ruleFiles")
  void ruleFiles_haveNoWarnings(Path file) {
    assertThat(RuleFile.read(file, ParserOptions.defaults()).warnings()).isEmpty();
  }

  /// A Prometheus with the shipped configuration can evaluate the files that it names. Only Pharos
  /// has probes, so missing probe results are fine there.
  @Test
  void ruleFiles_thatPrometheusReadsToo_askForNothingThatOnlyPharosHas() {
    assertThat(RuleFile.readAll(RuleFile.find(RULES, List.of("*.yml")), ParserOptions.defaults()))
        .flatExtracting(RuleFile::groups)
        .flatExtracting(GroupSpec::rules)
        .allSatisfy(
            rule -> assertThat(rule.expression().text()).doesNotContainPattern("\\bprobe[_:]"));
    assertThat(alerts().filter(alert -> alert.expression().text().contains("probe:")))
        .extracting(RuleSpec::name)
        .contains("ProbeFailing", "CertificateExpiring");
  }

  @Test
  void alerts_areThoseThatSomebodyWaitsFor() {
    assertThat(alerts().map(RuleSpec::name).distinct())
        .contains(
            "BackendDown",
            "BackendNoData",
            "BackendPanicked",
            "NginxErrors",
            "ProbeFailing",
            "HighErrorRate",
            "HighEnvelopeErrorRate",
            "HighLatencyP95",
            "ExporterDown",
            "GpuXidHardware",
            "CertificateExpiring",
            "SloBurnRateFast",
            "SloBurnRateSlow",
            "Watchdog")
        .hasSameSizeAs(alerts().toList());
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void alert_saysWhatItIsToWhomAndWhereToReadOn(RuleSpec.Alerting alert) throws IOException {
    assertThat(alert.name()).matches("([A-Z]+[a-z0-9]+)+").hasSizeLessThanOrEqualTo(40);
    assertThat(alert.labels().get("severity")).isIn("critical", "warning", "info");
    assertThat(alert.labels()).containsKey("service");
    // SummaryTest holds what a summary says. The message names the subject from the labels.
    assertThat(alert.annotations().get("summary"))
        .matches("[A-Z0-9].+\\.")
        .doesNotContainPattern("\\$labels\\.(?!xid)");
    assertThat(alert.annotations().get("description")).contains("{{").endsWith(".");
    assertThat(alert.annotations().get("runbook_url"))
        .isEqualTo("{{ $externalURL }}/runbooks/" + alert.name());
    Path runbook = Path.of("docs/runbooks", alert.name() + ".md");
    assertThat(runbook).exists();
    String text = Files.readString(runbook);
    assertThat(text)
        .startsWith(
            "# " + alert.name() + "\n\nSeverity: " + alert.labels().get("severity") + ". Team: ")
        .containsSubsequence("## Check first", "## Actions");
    assertThat(text.lines().count()).isBetween(15L, 45L);
  }

  /// Alerts that read logs. LogQL can't read recorded series, so such an expression is whole: it
  /// repeats the pipeline for the ratio and for the minimum, or samples the hours before.
  private static final Set<String> LONG_LOGQL = Set.of("LogsStopped", "NginxErrors", "NginxSlow");

  /// Series whose last value counts for more than the lookback, by the beginning of their names: a
  /// probe may run once a day and has no result during own trouble, and a GPU that has reported
  /// broken hardware may leave an exporter that still answers.
  private static final String LAST_KNOWN =
      "probe_|probe:duration:ratio15m|gpu:(hardware|degraded)_xid:seen";

  private static final Pattern HOLDING =
      Pattern.compile(
          "-1 \\* *(max|ALERTS)|0 \\* max by|last_over_time\\((?!" + LAST_KNOWN + ")[^()]*\\[26h]");

  /// Short enough to read: one idea, without the detours that a text needs to hold an alert while
  /// data is missing. The engine holds it.
  @Test
  void expressions_haveAtMostThreeLinesAndHoldNothingThemselves() {
    assertThat(Stream.concat(recordings(), alerts()))
        .hasSizeGreaterThan(200)
        .allSatisfy(
            rule -> {
              String text = rule.expression().text().strip();
              assertThat(text).as(rule.name()).doesNotContainPattern(HOLDING);
              if (!LONG_LOGQL.contains(rule.name())) {
                assertThat(text.lines()).as(rule.name()).hasSizeLessThanOrEqualTo(3);
                assertThat(text.lines())
                    .as(rule.name())
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
              }
            });
  }

  private static Stream<RuleSpec> recordings() {
    return RuleFile.readAll(ruleFiles(), ParserOptions.defaults()).stream()
        .flatMap(file -> file.groups().stream())
        .flatMap(group -> group.rules().stream())
        .filter(RuleSpec.Recording.class::isInstance);
  }

  /// Chinese texts use the same values as English ones, and format numbers alike.
  @ParameterizedTest
  @MethodSource("alerts")
  void alert_saysTheSameInChinese(RuleSpec.Alerting alert) {
    Map<String, String> texts = alert.annotations();
    assertThat(texts.get("title_zh")).containsPattern("\\p{IsHan}").doesNotContain("{{", "。");
    assertThat(texts.get("summary_zh")).containsPattern("\\p{IsHan}").endsWith("。");
    assertThat(texts.get("description_zh"))
        .endsWith("。")
        .doesNotContainPattern("\\p{IsHan} *[,:;?!()]|[,:;?!()] *\\p{IsHan}");
    for (String name : List.of("summary", "description", "value", "threshold")) {
      String text = texts.getOrDefault(name, "");
      String chinese = texts.getOrDefault(name + "_zh", text);
      assertThat(actions(chinese)).as(name).containsExactlyInAnyOrderElementsOf(actions(text));
      assertThat(WORD.matcher(ACTION.matcher(text).replaceAll("")).find())
          .as(name + " has words")
          .isEqualTo(!chinese.equals(text));
    }
  }

  private static List<String> actions(String text) {
    return ACTION.matcher(text).results().map(MatchResult::group).toList();
  }

  @Test
  void runbooks_belongToAnAlert() throws IOException {
    Set<String> names = new HashSet<>(alerts().map(RuleSpec::name).toList());
    // Pharos raises these itself, without a rule.
    names.addAll(Set.of("PharosInTrouble", "PharosNeedsCare"));
    try (Stream<Path> files = Files.list(Path.of("docs/runbooks"))) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".md", "")))
          .allSatisfy(name -> assertThat(names.contains(name) || name.equals("README")).isTrue());
    }
  }
}
