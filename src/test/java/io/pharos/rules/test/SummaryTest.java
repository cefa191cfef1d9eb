package io.pharos.rules.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.yaml.YamlFile;
import io.pharos.model.Labels;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The texts of the shipped alerts as a person gets them: rendered by the unit tests of the rules,
/// which pass ([ShippedRulesTest]). A summary says what is wrong, the value and the limit, and is
/// short enough for a phone. A description says what to do or to look at first.
class SummaryTest {
  /// Summaries without the value or the limit of their expression, and why.
  private static final Map<String, String> WITHOUT_FIGURES =
      Map.of(
          "CronMissed", "the job is overdue, or no longer reports at all",
          "GpuMemoryFault", "either of two faults, which a number does not tell apart",
          "GpuRowsRemapped", "rows were remapped, or a reset is pending",
          "PharosCallbacksWait", "callbacks wait for some seconds, or some were given up",
          "PharosLoopStandsStill", "each task has a limit of its own",
          "PrometheusNoAlertmanager", "there are none",
          "ProbesMissing", "the limit says which probes count, not what is wrong",
          "RuleEvaluationFailing", "rules about logs have another limit than the others");

  private static final Map<String, Set<Labels>> RENDERED = new HashMap<>();

  @BeforeAll
  static void readTests() {
    RuleFile.find(Path.of("alert-rules"), List.of("tests/*.yml", "tests/loki/*.yml")).stream()
        .map(file -> TestSpecReader.read(file, YamlFile.read(file)))
        .flatMap(spec -> spec.groups().stream())
        .flatMap(group -> group.alerts().stream())
        .forEach(
            alert ->
                alert.expected().stream()
                    .map(TestSpec.ExpectedAlert::annotations)
                    .forEach(
                        RENDERED.computeIfAbsent(alert.alertName(), _ -> new LinkedHashSet<>())
                            ::add));
  }

  static Stream<RuleSpec.Alerting> alerts() {
    return ShippedRulesTest.alerts();
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void summary_rendered_saysWhatIsWrongTheValueAndTheLimit(RuleSpec.Alerting alert) {
    assertThat(RENDERED.get(alert.name()))
        .as("unit tests with texts of %s", alert.name())
        .isNotEmpty();
    assertThat(problems(alert))
        .as("%s: %s", alert.name(), RENDERED.get(alert.name()))
        .isEqualTo(WITHOUT_FIGURES.containsKey(alert.name()) ? List.of("figures") : List.of());
  }

  /// Returns what the rendered texts of an alert lack.
  private static List<String> problems(RuleSpec.Alerting alert) {
    var problems = new LinkedHashSet<String>();
    for (Labels texts : RENDERED.get(alert.name())) {
      if (texts.get("summary").length() > 90 || texts.get("summary_zh").length() > 50) {
        problems.add("short: " + texts.get("summary") + texts.get("summary_zh"));
      }
      if (!PlainTexts.hasFigures(alert.expression().text(), texts)) {
        problems.add("figures");
      }
    }
    return List.copyOf(problems);
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void description_rendered_saysWhatToDoFirst(RuleSpec.Alerting alert) {
    if (!alert.name().equals("Watchdog")) { // always fires
      assertThat(RENDERED.get(alert.name()))
          .allSatisfy(
              texts -> {
                assertThat(texts.get("description"))
                    .containsIgnoringCase("first ")
                    .hasSizeLessThanOrEqualTo(230);
                assertThat(texts.get("description_zh"))
                    .contains("请先")
                    .hasSizeLessThanOrEqualTo(130);
              });
    }
  }

  @Test
  void exceptions_areShippedAlerts() {
    assertThat(new ArrayList<>(WITHOUT_FIGURES.keySet()))
        .isSubsetOf(alerts().map(RuleSpec::name).toList());
  }
}
