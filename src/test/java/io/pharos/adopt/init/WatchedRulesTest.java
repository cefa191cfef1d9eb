package io.pharos.adopt.init;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.adopt.init.ServiceFiles.PageTraits;
import io.pharos.ingest.exposition.Format;
import io.pharos.model.Labels;
import io.pharos.rules.test.PlainTexts;
import io.pharos.rules.test.RuleTest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The rules of `watched.yml`, as init writes them, pass unit tests of promtool's format here and
/// under promtool, and no rule with a wrong expression does.
class WatchedRulesTest {
  private static final Path TESTS = Path.of("src/test/resources/onboarding/watched");
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
  private static final Pattern LIMIT = Pattern.compile(" (>|<|==) ([\\d.]+)(?=( \\* 86400)?\\n)");
  private static final Pattern METRIC = Pattern.compile("\\b\\w+(?=\\{job=)");

  @TempDir Path folder;

  static List<String> programs() throws Exception {
    try (Stream<Path> files = Files.list(TESTS)) {
      return files
          .map(it -> it.getFileName().toString().replace("_test.yml", ""))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void rules_ofAProgram_passTheirTests(String program) throws Exception {
    assertThat(failures(program, rules(program))).isEmpty();
  }

  @Tag("peer")
  @ParameterizedTest
  @MethodSource("programs")
  void rules_ofAProgram_passTheirTestsUnderPromtool(String program) throws Exception {
    assumeTrue(Files.isExecutable(PROMTOOL), "promtool is not installed");
    String test = write(program, rules(program)).toString();
    Process process =
        new ProcessBuilder(PROMTOOL.toString(), "test", "rules", test)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  @ParameterizedTest
  @MethodSource("programs")
  void rules_withAWrongLimitComparisonOrMetric_failTheirTests(String program) throws Exception {
    String rules = rules(program);
    int watched = rules.indexOf("shop-watched");
    for (MatchResult limit : matches(LIMIT, rules, watched)) {
      String operator = limit.group(1);
      for (String number : wrong(limit.group(2))) {
        assertFails(program, rules, limit, " " + operator + " " + number);
      }
      String opposite = operator.equals(">") ? "<" : operator.equals("<") ? ">" : "!=";
      assertFails(program, rules, limit, " " + opposite + " " + limit.group(2));
    }
    for (MatchResult metric : matches(METRIC, rules, watched)) {
      assertFails(program, rules, metric, metric.group() + "_misspelt");
    }
  }

  /// All alerts that init writes, as templates. The value of ServiceNoTraffic is the rate before.
  @Test
  void summaries_ofAllAlerts_haveTheValueAndTheLimitAndFitAPhone() {
    String rules = ServiceFiles.resource("rules.yml") + ServiceFiles.resource("watched.yml");
    List<String> alerts =
        List.of(rules.split("- alert: ")).subList(1, rules.split("- alert: ").length);
    assertThat(alerts)
        .hasSizeGreaterThan(20)
        .filteredOn(alert -> !alert.startsWith("ServiceNoTraffic"))
        .allSatisfy(
            alert -> {
              String expression = alert.substring(0, alert.indexOf("for: "));
              Labels texts = annotations(alert);
              assertThat(PlainTexts.hasFigures(expression, texts)).as(alert).isTrue();
              assertThat(texts.get("summary").replaceAll("\\{\\{ [^}]*}}", "95.12%"))
                  .hasSizeLessThanOrEqualTo(90);
              assertThat(alert).containsIgnoringCase(" first ").contains("请先");
            });
  }

  private static Labels annotations(String alert) {
    Labels.Builder texts = Labels.builder();
    Pattern.compile("(?m)^          (\\w+): (['\"]?)(.*)\\2$")
        .matcher(alert)
        .results()
        .forEach(it -> texts.set(it.group(1), it.group(3)));
    return texts.build();
  }

  private static List<MatchResult> matches(Pattern pattern, String text, int from) {
    List<MatchResult> found = pattern.matcher(text).region(from, text.length()).results().toList();
    assertThat(found).isNotEmpty();
    return found;
  }

  private static List<String> wrong(String limit) {
    if (limit.equals("0")) {
      return List.of("2");
    }
    double number = Double.parseDouble(limit);
    return limit.contains(".")
        ? List.of(Double.toString(number * 0.8), Double.toString(number * 1.2))
        : List.of(Double.toString(number - 1), Double.toString(number + 1));
  }

  private void assertFails(String program, String rules, MatchResult place, String wrong)
      throws Exception {
    String changed = rules.substring(0, place.start()) + wrong + rules.substring(place.end());
    assertThat(failures(program, changed))
        .as("%s instead of %s", wrong, place.group())
        .isNotEmpty();
  }

  private List<?> failures(String program, String rules) throws Exception {
    return RuleTest.read(write(program, rules), Set.of()).run().failures();
  }

  private Path write(String program, String rules) throws Exception {
    Files.writeString(folder.resolve("shop.yml"), rules);
    return Files.writeString(folder.resolve("shop_test.yml"), test(program));
  }

  private static String test(String program) throws Exception {
    return Files.readString(TESTS.resolve(program + "_test.yml"));
  }

  /// Returns the rule file of a service whose page has the metrics that the test names.
  private String rules(String program) throws Exception {
    String marker = "# metrics: ";
    String page =
        test(program)
            .lines()
            .filter(line -> line.startsWith(marker))
            .flatMap(line -> Stream.of(line.substring(marker.length()).split(" ")))
            .map(metric -> metric + " 1\n")
            .collect(joining());
    byte[] body = page.getBytes(StandardCharsets.UTF_8);
    Optional<String> none = Optional.empty();
    Optional<Path> noFile = Optional.empty();
    var service =
        new NewService(
            folder,
            "shop",
            URI.create("http://127.0.0.1:1/metrics"),
            Optional.empty(),
            new NewService.Access(noFile, none, noFile, noFile),
            new NewService.Receivers(none, none, "127.0.0.1:2525", none, noFile, noFile),
            new NewService.Serving("127.0.0.1:9095", none, "zh", false),
            NamedMetrics.NONE);
    var survey = PageSurvey.of(body, body.length, Format.TEXT);
    return new ServiceFiles(
            service,
            Detection.find(survey, Convention.all(), Set.of("/metrics"), NamedMetrics.NONE),
            PageTraits.of(survey, true),
            Optional.empty())
        .rules();
  }
}
