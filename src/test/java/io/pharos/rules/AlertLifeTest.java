package io.pharos.rules;

import static io.pharos.rules.RuleBench.A;
import static io.pharos.rules.RuleBench.B;
import static io.pharos.rules.RuleBench.alerting;
import static io.pharos.rules.RuleBench.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.promql.parser.ParserOptions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The life cycle of an alert. Numbers in test names refer to the rules of Prometheus' state
/// machine.
class AlertLifeTest {
  private final RuleBench bench = new RuleBench();

  private static Instant time(String text) {
    return Instant.ofEpochMilli(PromDuration.parseMillis(text));
  }

  @Test
  void twoAlerts_thatAnExternalLabelMakesTheSame_areEvaluated() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1, A.with("cluster", "test"), 2);
    RuleBench.at(group, "1m");
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
    assertThat(alerting(group).alerts()).hasSize(2);
    assertThat(alerting(group).courses()).hasSize(1);
  }

  @Test
  void point1_ruleNotEvaluated_isUnknownAndThenInactive() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");

    assertThat(alerting(group).state()).isEqualTo(AlertState.UNKNOWN);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.UNKNOWN);

    at(group, "1m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
  }

  @Test
  void point1_stateOfTheRule_isTheHighestOfItsAlerts() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, for: 1m}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.evaluator.give("x", A, 1, B, 1);
    at(group, "1m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).alerts())
        .extracting(AlertSnapshot::state)
        .containsExactly(AlertState.FIRING, AlertState.PENDING);
  }

  @Test
  void point1_identity_isQueryLabelsUnderRuleLabelsAndAlertname() {
    RuleGroup group =
        bench.group("- {alert: Up, expr: x, labels: {job: api, instance: '', alertname: no}}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");

    assertThat(alerting(group).alerts().getFirst().labels())
        .isEqualTo(Labels.of("alertname", "Up", "job", "api"));
  }

  @Test
  void point1_sameLabelsTwice_failTheRuleAndTouchNothing() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, labels: {instance: ''}}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.sent();
    bench.evaluator.give("x", A, 1, B, 2);
    at(group, "5m");

    assertThat(alerting(group).evaluation().lastError())
        .startsWith("vector contains metrics with the same labelset after applying alert labels");
    assertThat(alerting(group).alerts()).hasSize(1);
    assertThat(bench.sent()).isEmpty();
  }

  @Test
  void point2_knownAlert_takesNewValueAndAnnotationsAndKeepsItsTime() {
    RuleGroup group =
        bench.group("- {alert: Up, expr: x, for: 5m, annotations: {text: 'is {{ $value }}'}}");
    bench.evaluator.give("x", A, 1);
    at(group, "1m");
    bench.evaluator.give("x", A, 2);
    at(group, "2m");

    AlertSnapshot alert = alerting(group).alerts().getFirst();
    assertThat(alert.value()).isEqualTo(2);
    assertThat(alert.annotations()).isEqualTo(Labels.of("text", "is 2"));
    assertThat(alert.activeAt()).isEqualTo(time("1m"));
  }

  @Test
  void point2_resolvedAlertThatReturns_isANewOneAndSentAtOnce() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.evaluator.give("x");
    at(group, "15s");
    bench.sent();
    bench.evaluator.give("x", A, 1);
    at(group, "30s");

    List<Alert> sent = bench.sent();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().startsAt()).isEqualTo(time("30s"));
    assertThat(sent.getFirst().endsAt()).isAfter(time("30s"));
    assertThat(alerting(group).alerts().getFirst().activeAt()).isEqualTo(time("30s"));
  }

  @Test
  void point3_forZero_firesAtOnce() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(bench.sent()).hasSize(1);
  }

  @Test
  void point3_forElapsedExactly_firesInThatEvaluation() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, for: 2m}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    at(group, "1m59s");
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    at(group, "2m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).alerts().getFirst().firedAt()).isEqualTo(time("2m"));
  }

  @Test
  void point4_pendingThatVanishes_isForgottenAndNothingIsSent() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, for: 2m}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.evaluator.give("x");
    at(group, "1m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
    assertThat(bench.sent()).isEmpty();
    bench.evaluator.give("x", A, 1);
    at(group, "3m");
    assertThat(alerting(group).alerts().getFirst().activeAt()).isEqualTo(time("3m"));
  }

  @Test
  void point4_firingThatVanishes_isResolvedAndToldForFifteenMinutes() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.sent();
    bench.evaluator.give("x");
    at(group, "1m");

    List<Alert> first = bench.sent();
    assertThat(first).hasSize(1);
    assertThat(first.getFirst().endsAt()).isEqualTo(time("1m"));
    assertThat(alerting(group).alerts()).isEmpty();

    at(group, "16m");
    assertThat(bench.sent()).extracting(Alert::endsAt).containsExactly(time("1m"));
    at(group, "16m1s");
    assertThat(bench.sent()).isEmpty();
    at(group, "30m");
    assertThat(bench.sent()).isEmpty();
  }

  @Test
  void point4_keepFiringFor_firesOnWithTheLastValueUntilItIsOver() {
    RuleGroup group =
        bench.group(
            "- {alert: Up, expr: x, keep_firing_for: 2m, annotations: {v: '{{ $value }}'}}");
    bench.evaluator.give("x", A, 7);
    at(group, "0s");
    bench.evaluator.give("x");
    at(group, "1m");

    AlertSnapshot alert = alerting(group).alerts().getFirst();
    assertThat(alert.state()).isEqualTo(AlertState.FIRING);
    assertThat(alert.keepFiringSince()).isEqualTo(time("1m"));
    assertThat(alert.annotations()).isEqualTo(Labels.of("v", "7"));

    at(group, "2m59s");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    at(group, "3m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
  }

  @Test
  void point4_keepFiringFor_beginsAnewWhenTheConditionReturns() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, keep_firing_for: 2m}");
    bench.evaluator.give("x", A, 7);
    at(group, "0s");
    bench.evaluator.give("x");
    at(group, "1m");
    bench.evaluator.give("x", A, 8);
    at(group, "2m");
    assertThat(alerting(group).alerts().getFirst().keepFiringSince()).isNull();
    assertThat(alerting(group).alerts().getFirst().activeAt()).isEqualTo(time("0s"));

    bench.evaluator.give("x");
    at(group, "4m");
    at(group, "5m59s");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void point5_pending_isNeverSent() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, for: 1h}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    at(group, "59m");

    assertThat(bench.sent()).isEmpty();
  }

  @Test
  void point5_firing_isSentAgainOnlyAfterTheResendDelayHasFullyPassed() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    assertThat(bench.sent()).hasSize(1);
    at(group, "1m");
    assertThat(bench.sent()).isEmpty();
    at(group, "2m");
    assertThat(bench.sent()).hasSize(1);
  }

  @Test
  void point5_firing_isValidForFourTimesTheLongerOfIntervalAndResendDelay() {
    bench.evaluator.give("x", A, 1);
    at(bench.group("- {alert: Up, expr: x, for: 1m}"), "0s");
    var slow =
        new RuleGroup(
            "g.yml",
            RuleBench.spec("- {alert: Up, expr: x}"),
            RuleBench.settings("5m"),
            bench.context,
            false);
    at(slow, "10m");

    Alert sent = bench.sent().getFirst();
    assertThat(sent.startsAt()).isEqualTo(time("10m"));
    assertThat(sent.endsAt()).isEqualTo(time("30m"));

    RuleGroup quick = bench.group("- {alert: Up, expr: x}");
    at(quick, "10m");
    assertThat(bench.sent().getFirst().endsAt()).isEqualTo(time("14m"));
  }

  @Test
  void point5_resolve_isSentAtOnceWhateverTheResendDelay() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.sent();
    bench.evaluator.give("x");
    at(group, "15s");

    assertThat(bench.sent()).extracting(Alert::endsAt).containsExactly(time("15s"));
  }

  @Test
  void point6_queryError_freezesTheAlertsAndResolvesNothing() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}\n- {alert: Other, expr: y}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.sent();
    bench.evaluator.fail("x", "the store is away");
    bench.evaluator.give("y", B, 1);
    at(group, "1m");

    RuleSnapshot.Alerting rule = alerting(group);
    assertThat(rule.evaluation().health()).isEqualTo(RuleHealth.ERR);
    assertThat(rule.evaluation().lastError()).isEqualTo("the store is away");
    assertThat(rule.state()).isEqualTo(AlertState.FIRING);
    assertThat(rule.alerts()).hasSize(1);
    assertThat(bench.sent()).extracting(Alert::name).containsExactly("Other");
    assertThat(bench.stored("ALERTS"))
        .contains("{alertname=\"Up\", alertstate=\"firing\", instance=\"a\"} 1@0s");

    bench.evaluator.give("x", A, 1);
    at(group, "2m");
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
    assertThat(alerting(group).alerts().getFirst().activeAt()).isEqualTo(time("0s"));
  }

  @Test
  void point6_queryErrorThatLasts_renewsWhatFiresSoThatNoReceiverEndsIt() {
    RuleGroup group =
        bench.group(
            "- {alert: Up, expr: x, annotations: {v: '{{ $value }}'}}\n"
                + "- {alert: Waits, expr: y, for: 1h}\n"
                + "- {alert: Gone, expr: z}");
    bench.evaluator.give("x", A, 1);
    bench.evaluator.give("y", A, 1);
    bench.evaluator.give("z", A, 1);
    at(group, "0s");
    bench.evaluator.give("z");
    at(group, "1m");
    bench.sent();
    bench.evaluator.fail("x", "the store is away");
    bench.evaluator.fail("y", "the store is away");
    bench.evaluator.fail("z", "the store is away");

    for (int minute = 2; minute <= 60; minute++) {
      bench.scheduler.set(time(minute + "m30s"));
      at(group, minute + "m");
      List<Alert> sent = bench.sent();
      if (minute % 2 == 1) {
        assertThat(sent).isEmpty(); // the resend delay
        continue;
      }
      assertThat(sent).extracting(Alert::name).containsExactly("Up");
      assertThat(sent.getFirst().startsAt()).isEqualTo(time("0s"));
      assertThat(sent.getFirst().annotations()).isEqualTo(Labels.of("v", "1"));
      assertThat(sent.getFirst().endsAt()).isEqualTo(time(minute + 4 + "m30s"));
    }
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void point6_unexpectedException_renewsWhatFiresToo() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.sent();
    bench.evaluator.answer(
        "x",
        _ -> {
          throw new IllegalStateException("a bug");
        });
    at(group, "2m");

    assertThat(bench.sent()).extracting(Alert::endsAt).containsExactly(time("6m"));
  }

  @Test
  void point6_unexpectedException_isAnErrorOfThatRuleAlone() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}\n- {alert: Other, expr: y}");
    bench.evaluator.answer(
        "x",
        _ -> {
          throw new IllegalStateException("a bug");
        });
    bench.evaluator.give("y", B, 1);
    at(group, "0s");

    assertThat(alerting(group).evaluation().lastError()).contains("a bug");
    assertThat(bench.sent()).hasSize(1);
    assertThat(
            bench
                .registry
                .get("prometheus.rule.evaluation.failures")
                .tag("rule_group", "g.yml;g")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void point7_pendingAndFiring_areWrittenAsAlertsAndForState() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, for: 1m, labels: {severity: page}}");
    bench.evaluator.give("x", A, 1);
    at(group, "90s500ms");
    at(group, "3m");

    assertThat(bench.stored("ALERTS"))
        .containsExactly(
            "{alertname=\"Up\", alertstate=\"firing\", instance=\"a\", severity=\"page\"} 1@3m",
            "{alertname=\"Up\", alertstate=\"pending\", instance=\"a\", severity=\"page\"}"
                + " 1@1m30s500ms stale@3m");
    assertThat(bench.stored("ALERTS_FOR_STATE"))
        .containsExactly(
            "{alertname=\"Up\", instance=\"a\", severity=\"page\"} 90@1m30s500ms 90@3m");
  }

  @Test
  void point7_keepFiring_isWrittenToo() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, keep_firing_for: 5m}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.evaluator.give("x");
    at(group, "1m");

    assertThat(bench.stored("ALERTS"))
        .containsExactly("{alertname=\"Up\", alertstate=\"firing\", instance=\"a\"} 1@0s 1@1m");
  }

  @Test
  void point7_rawRuleLabels_standUnderThoseOfTheAlert() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, labels: {team: '{{ $labels.team }}'}}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");

    assertThat(bench.stored("ALERTS_FOR_STATE"))
        .containsExactly("{alertname=\"Up\", instance=\"a\", team=\"{{ $labels.team }}\"} 0@0s");
  }

  @Test
  void point8_seriesOfAResolvedAlert_endAndStayEnded() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.evaluator.give("x");
    at(group, "1m");
    at(group, "2m");

    assertThat(bench.stored("ALERTS_FOR_STATE"))
        .containsExactly("{alertname=\"Up\", instance=\"a\"} 0@0s stale@1m");
  }

  @Test
  void point8_erroredEvaluation_marksNothingStale() {
    RuleGroup group = bench.group("- {record: r, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.evaluator.fail("x", "no");
    at(group, "1m");
    assertThat(bench.stored("r")).containsExactly("{instance=\"a\"} 1@0s");
    bench.evaluator.give("x");
    at(group, "2m");

    assertThat(bench.stored("r")).containsExactly("{instance=\"a\"} 1@0s stale@2m");
  }

  @Test
  void point9_limitExceeded_dropsAllAlertsWithoutResolveOrStaleMarker() {
    var limited =
        RuleFile.parse(
                "g.yml",
                "groups: [{name: g, limit: 1, rules: [{alert: Up, expr: x}]}]",
                ParserOptions.defaults())
            .groups()
            .getFirst();
    var group = new RuleGroup("g.yml", limited, bench.settings, bench.context, false);
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    bench.sent();
    bench.evaluator.give("x", A, 1, B, 1);
    at(group, "1m");

    assertThat(alerting(group).evaluation().lastError())
        .isEqualTo("exceeded limit of 1 with 2 alerts");
    assertThat(alerting(group).alerts()).isEmpty();
    assertThat(bench.sent()).isEmpty();
    assertThat(bench.stored("ALERTS"))
        .containsExactly("{alertname=\"Up\", alertstate=\"firing\", instance=\"a\"} 1@0s");
  }

  @Test
  void course_beginsWithTheConditionAndKeepsTheWorstValueUntilTheEnd() {
    String expression = "x > 0.1";
    RuleGroup group =
        bench.group(
            "- {alert: Up, expr: '"
                + expression
                + "', for: 1m, annotations: {value: '{{ $value }}'}}");
    int minute = 1;
    for (double value : new double[] {0.3, 0.5, 0.2}) {
      bench.evaluator.give(expression, A, value);
      at(group, minute++ + "m");
    }
    Labels sent = bench.sent().getFirst().labels();
    assertThat(alerting(group).courses())
        .containsExactly(
            Map.entry(sent, new AlertCourse(time("1m"), null, Labels.of("value", "0.5"))));

    bench.evaluator.give(expression);
    at(group, "4m");
    assertThat(alerting(group).courses())
        .containsExactly(
            Map.entry(sent, new AlertCourse(time("1m"), time("4m"), Labels.of("value", "0.5"))));
  }

  /// With `==` no value is worse than another.
  @Test
  void course_ofARuleWithoutADirection_hasNoWorstValue() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, annotations: {value: '{{ $value }}'}}");
    bench.evaluator.give("x", A, 1);
    at(group, "1m");
    assertThat(alerting(group).courses().values())
        .containsExactly(new AlertCourse(time("1m"), null, Labels.empty()));
  }
}
