package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.observe.FiringAlerts.Answer;
import io.pharos.promql.value.QueryStats;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.hysteresis.Hysteresis;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// What a gate learns of the alerts while some rules cannot be evaluated, as after a start.
class RuleAlertsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Predicate<Map<String, String>> CRITICAL =
      labels -> labels.getOrDefault("severity", "critical").equals("critical");

  private final List<RuleSnapshot> rules = new ArrayList<>();

  private static RuleSnapshot.Evaluation evaluated(boolean fails) {
    return new RuleSnapshot.Evaluation(
        fails ? RuleHealth.ERR : RuleHealth.OK,
        fails ? "Pharos has run only since 11:59" : "",
        List.of(),
        Duration.ZERO,
        NOW,
        QueryStats.NONE);
  }

  private void alert(String name, String query, String severity, boolean fails) {
    rules.add(
        new RuleSnapshot.Alerting(
            name,
            query,
            false,
            new TreeMap<>(Map.of("severity", severity)),
            evaluated(fails),
            AlertState.INACTIVE,
            Duration.ZERO,
            Duration.ZERO,
            new TreeMap<>(),
            List.of(),
            Hysteresis.NONE,
            "",
            Map.of()));
  }

  private void recording(String name, String query, boolean fails) {
    rules.add(new RuleSnapshot.Recording(name, query, false, new TreeMap<>(), evaluated(fails)));
  }

  private Answer answer() {
    var group =
        new GroupSnapshot(
            "g", "f.yml", Duration.ofSeconds(15), Duration.ZERO, 0, rules, Duration.ZERO, NOW);
    return new RuleAlerts(() -> List.of(group), _ -> false).read(NOW, CRITICAL);
  }

  @Test
  void ruleOfOtherAlerts_mayFail() {
    alert("BackendDown", "up == 0", "critical", false);
    alert("TapUpstreamErrors", "rate(errors[5m]) > 0.05", "warning", true);
    recording("gpu:busy:count", "count(gpu)", true);
    assertThat(answer()).isEqualTo(new Answer.Known(2, NOW, List.of()));
  }

  @Test
  void ruleThatMatters_mustBeEvaluated() {
    alert("BackendDown", "up == 0", "critical", true);
    assertThat(answer())
        .isEqualTo(
            new Answer.Unknown(
                "rule BackendDown can't be evaluated (/rules): Pharos has run only since 11:59"));
  }

  @Test
  void ruleWhoseSeverityIsATemplate_mustBeEvaluated() {
    alert("BackendDown", "up == 0", "{{ $labels.severity }}", true);
    assertThat(answer()).isInstanceOf(Answer.Unknown.class);
  }

  @Test
  void recordingRuleThatARuleThatMattersReads_mustBeEvaluated() {
    alert("ErrorRate", "job:errors:ratio > 0.1", "critical", false);
    recording("job:errors:ratio", "job:errors:rate / job:requests:rate", false);
    recording("job:errors:rate", "rate(errors[5m])", true);
    assertThat(answer())
        .isInstanceOfSatisfying(
            Answer.Unknown.class, it -> assertThat(it.reason()).contains("job:errors:rate"));
  }

  @Test
  void recordingRule_ofARuleThatReadsWithoutAName_mustBeEvaluated() {
    alert("ErrorRate", "sum({job=\"api\"}) > 0.1", "critical", false);
    recording("job:errors:rate", "rate(errors[5m])", true);
    assertThat(answer()).isInstanceOf(Answer.Unknown.class);
  }

  @Test
  void recordingRule_ofARuleThatReadsNamesByPattern_mustBeEvaluated() {
    alert("ErrorRate", "{__name__=~\"job:.*\"} > 0.1", "critical", false);
    recording("job:errors:rate", "rate(errors[5m])", true);
    assertThat(answer()).isInstanceOf(Answer.Unknown.class);
  }
}
