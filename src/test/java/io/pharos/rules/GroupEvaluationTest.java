package io.pharos.rules;

import static io.pharos.rules.RuleBench.A;
import static io.pharos.rules.RuleBench.B;
import static io.pharos.rules.RuleBench.alerting;
import static io.pharos.rules.RuleBench.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.alert.Alert;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Evaluation of groups. Numbers in test names refer to the rules of Prometheus' semantics.
class GroupEvaluationTest {
  private static final Histogram HISTOGRAM =
      new Histogram(
          ResetHint.UNKNOWN,
          0,
          0,
          0,
          3,
          4,
          new Buckets(List.of(new BucketSpan(0, 1)), new double[] {3}),
          Buckets.none(),
          new double[0]);

  private final RuleBench bench = new RuleBench();

  private static GroupSpec spec(String group) {
    return RuleFile.parse("g.yml", "groups: [" + group + "]", ParserOptions.defaults())
        .groups()
        .getFirst();
  }

  private RuleGroup group(GroupSpec spec) {
    return new RuleGroup("g.yml", spec, bench.settings, bench.context, false);
  }

  /// The engine caches a thousand parsed texts; larger groups must not be parsed every time.
  @Test
  void moreRulesThanTheEngineKeepsTexts_areAskedByTheirTrees() {
    var rules = new StringBuilder();
    for (int i = 0; i < 1_500; i++) {
      rules.append("{record: r%d, expr: x%d + 1},".formatted(i, i));
    }
    GroupSpec spec = spec("{name: g, rules: [" + rules + "]}");
    RuleGroup group = group(spec);
    at(group, "0s");
    at(group, "1m");

    assertThat(bench.evaluator.asked).hasSize(3_000);
    for (int i = 0; i < 3_000; i++) {
      int at = i;
      assertThat(spec.rules().get(i % 1_500).expression())
          .isInstanceOfSatisfying(
              RuleExpression.OfSamples.class,
              it -> assertThat(bench.evaluator.asked.get(at).tree()).containsSame(it.tree()));
    }
  }

  @Test
  void point9_recordingLimitExceeded_writesNothing() {
    RuleGroup group = group(spec("{name: g, limit: 1, rules: [{record: r, expr: x}]}"));
    bench.evaluator.give("x", A, 1, B, 2);
    at(group, "0s");

    assertThat(group.snapshot().rules().getFirst().evaluation().lastError())
        .isEqualTo("exceeded limit of 1 with 2 series");
    assertThat(bench.stored("r")).isEmpty();
  }

  @Test
  void point9_recordingLimitReached_isNotExceeded() {
    RuleGroup group = group(spec("{name: g, limit: 2, rules: [{record: r, expr: x}]}"));
    bench.evaluator.give("x", A, 1, B, 2);
    at(group, "0s");

    assertThat(bench.stored("r")).hasSize(2);
  }

  @Test
  void point13_queryOffset_movesQueryAndSamplesButNotTheAlert() {
    RuleGroup group =
        group(
            spec(
                "{name: g, query_offset: 30s, rules: [{alert: Up, expr: x}, {record: r, expr: y}]}"));
    bench.evaluator.give("x", A, 1);
    bench.evaluator.give("y", A, 2);
    at(group, "5m");

    assertThat(bench.evaluator.askedAt).containsOnly(Duration.ofSeconds(270).toMillis());
    assertThat(bench.stored("ALERTS"))
        .containsExactly("{alertname=\"Up\", alertstate=\"firing\", instance=\"a\"} 1@4m30s");
    assertThat(bench.stored("ALERTS_FOR_STATE"))
        .containsExactly("{alertname=\"Up\", instance=\"a\"} 300@4m30s");
    assertThat(bench.stored("r")).containsExactly("{instance=\"a\"} 2@4m30s");
    Alert sent = bench.sent().getFirst();
    assertThat(sent.startsAt()).isEqualTo(Instant.ofEpochSecond(300));
    assertThat(group.snapshot().queryOffset()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void point13_queryOffsetOfTheConfiguration_holdsWhereTheGroupHasNone() {
    var settings =
        new RuleSettings(Duration.ofMinutes(1), Duration.ofSeconds(10), Labels.empty(), "");
    GroupSpec spec = spec("{name: g, rules: [{record: r, expr: x}]}");
    bench.evaluator.give("x", A, 1);
    at(new RuleGroup("g.yml", spec, settings, bench.context, false), "1m");

    assertThat(bench.stored("r")).containsExactly("{instance=\"a\"} 1@50s");
  }

  @Test
  void point14_groupLabels_standUnderRuleLabelsAndInAlerts() {
    RuleGroup group =
        group(
            spec(
                "{name: g, labels: {team: infra, tier: one}, rules: ["
                    + "{alert: Up, expr: x, labels: {tier: two}}, {record: r, expr: x}]}"));
    bench.evaluator.give("x", A, 1);
    at(group, "0s");

    assertThat(alerting(group).labels())
        .containsEntry("team", "infra")
        .containsEntry("tier", "two");
    assertThat(bench.stored("ALERTS"))
        .containsExactly(
            "{alertname=\"Up\", alertstate=\"firing\", instance=\"a\", team=\"infra\","
                + " tier=\"two\"} 1@0s");
    assertThat(bench.stored("r"))
        .containsExactly("{instance=\"a\", team=\"infra\", tier=\"one\"} 1@0s");
  }

  @Test
  void point15_rules_seeWhatThoseBeforeThemWroteInTheSameEvaluation() {
    RuleGroup group =
        bench.group(
            "- {alert: First, expr: x}\n- {record: second, expr: ALERTS}\n"
                + "- {record: third, expr: second}");
    bench.evaluator.give("x", A, 1);
    bench.evaluator.answer("ALERTS", at -> last("ALERTS", at));
    bench.evaluator.answer("second", at -> last("second", at));
    at(group, "1m");

    assertThat(bench.stored("third"))
        .containsExactly("{alertname=\"First\", alertstate=\"firing\", instance=\"a\"} 1@1m");
  }

  private InstantVector last(String metric, long at) {
    var series = bench.storage.select(List.of(LabelMatcher.equal("__name__", metric)), 0, at);
    var vector = InstantVector.builder(at);
    for (int i = 0; i < series.size(); i++) {
      var window = new SampleWindow();
      series.read(i, 0, at, window);
      vector.add(series.labels(i), window.value(window.size() - 1));
    }
    return vector.build();
  }

  @Test
  void point16_recording_overridesNameAndLabels() {
    RuleGroup group = bench.group("- {record: 'r:x', expr: x, labels: {instance: '', job: api}}");
    bench.evaluator.give("x", A, 1.5);
    at(group, "0s");

    assertThat(bench.stored("r:x")).containsExactly("{job=\"api\"} 1.5@0s");
  }

  @Test
  void point16_histogram_isWrittenAndGoesStale() {
    RuleGroup group = bench.group("- {record: r, expr: x}");
    bench.evaluator.give("x", A, HISTOGRAM);
    at(group, "0s");
    at(group, "1m");
    bench.evaluator.give("x");
    at(group, "2m");

    assertThat(bench.stored("r"))
        .containsExactly(
            "{instance=\"a\"} {{count:3 sum:4 buckets:[3]}}@0s {{count:3 sum:4"
                + " counter_reset_hint:not_reset buckets:[3]}}@1m stale@2m");
  }

  @Test
  void point16_sameLabelsTwice_failTheRule() {
    RuleGroup group = bench.group("- {record: r, expr: x, labels: {instance: ''}}");
    bench.evaluator.give("x", A, 1, B, 2);
    at(group, "0s");

    assertThat(group.snapshot().rules().getFirst().evaluation().lastError())
        .startsWith("vector contains metrics with the same labelset after applying rule labels");
    assertThat(bench.stored("r")).isEmpty();
  }

  @Test
  void point16_scalar_isOneSampleWithoutLabels() {
    RuleGroup group = bench.group("- {record: r, expr: '1 + 1'}");
    bench.evaluator.answer("1 + 1", at -> new Scalar(at, 2));
    at(group, "0s");

    assertThat(bench.stored("r")).containsExactly("{} 2@0s");
  }

  @Test
  void point16_string_isNoResult() {
    RuleGroup group = bench.group("- {record: r, expr: '\"text\"'}");
    bench.evaluator.answer("\"text\"", at -> new StringValue(at, "text"));
    at(group, "0s");

    assertThat(group.snapshot().rules().getFirst().evaluation().lastError())
        .isEqualTo("the rule's result is a string, expected a vector or a scalar");
  }

  @Test
  void point16_refusedSample_isAnErrorButTheOthersAreKept() {
    RuleGroup group = bench.group("- {record: r, expr: x}");
    bench.store(Labels.of("__name__", "r", "instance", "a"), "5m", 9);
    bench.store(Labels.of("__name__", "r", "instance", "b"), "1m", 9);
    bench.evaluator.give("x", A, 1, B, 2, Labels.of("instance", "c"), 3);
    at(group, "1m");

    assertThat(group.snapshot().rules().getFirst().evaluation().health()).isEqualTo(RuleHealth.ERR);
    assertThat(group.snapshot().rules().getFirst().evaluation().lastError())
        .startsWith("2 of 3 samples refused, the last: duplicate sample for timestamp");
    assertThat(bench.stored("r")).contains("{instance=\"c\"} 3@1m");
  }

  @Test
  void commitThatFails_isAnErrorAndTheSeriesArePreviousOnesStill() {
    var failing = new FailingAppendable(bench.storage);
    var context =
        new RuleContext(
            bench.evaluator,
            RuleContext.NO_LOGS,
            failing,
            bench.storage,
            bench.sink,
            bench.scheduler,
            bench.registry,
            RuleOptions.DEFAULT);
    var group =
        new RuleGroup(
            "g.yml", RuleBench.spec("- {record: r, expr: x}"), bench.settings, context, false);
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    failing.failing = true;
    bench.evaluator.give("x", B, 1);
    at(group, "1m");
    assertThat(group.snapshot().rules().getFirst().evaluation().lastError()).contains("disk full");
    failing.failing = false;
    at(group, "2m");

    assertThat(bench.stored("r"))
        .containsExactly("{instance=\"a\"} 1@0s stale@2m", "{instance=\"b\"} 1@2m");
  }

  @Test
  void point8_markersOfARemovedRuleThatAreNotWritten_areTriedAgain() {
    var failing = new FailingAppendable(bench.storage);
    var context =
        new RuleContext(
            bench.evaluator,
            RuleContext.NO_LOGS,
            failing,
            bench.storage,
            bench.sink,
            bench.scheduler,
            bench.registry,
            RuleOptions.DEFAULT);
    var before =
        new RuleGroup(
            "g.yml", RuleBench.spec("- {record: r, expr: x}"), bench.settings, context, false);
    bench.evaluator.give("x", A, 1);
    at(before, "0s");
    var after =
        new RuleGroup(
            "g.yml",
            RuleBench.spec("- {record: s, expr: x}"),
            bench.settings,
            context,
            false,
            before.meters());
    after.takeOver(before);
    failing.failing = true;
    at(after, "1m");
    failing.failing = false;
    at(after, "2m");
    at(after, "3m");

    assertThat(bench.stored("r")).containsExactly("{instance=\"a\"} 1@0s stale@2m");
  }

  private static final class FailingAppendable implements Appendable {
    private final Appendable store;
    private boolean failing;

    FailingAppendable(Appendable store) {
      this.store = store;
    }

    @Override
    public Appender appender() {
      Appender appender = store.appender();
      if (!failing) {
        return appender;
      }
      return new Appender() {
        @Override
        public io.pharos.storage.AppendOutcome append(
            Labels labels, long at, double value, long startMillis) {
          return appender.append(labels, at, value);
        }

        @Override
        public io.pharos.storage.AppendOutcome append(
            Labels labels,
            long at,
            io.pharos.model.histogram.Histogram histogram,
            long startMillis) {
          return appender.append(labels, at, histogram);
        }

        @Override
        public void commit() {
          throw new UncheckedIOException(new IOException("disk full"));
        }

        @Override
        public void rollback() {
          appender.rollback();
        }

        @Override
        public void close() {
          appender.close();
        }
      };
    }
  }

  @Test
  void point17_templates_seeLabelsValueAndExternalThings() {
    RuleGroup group =
        bench.group(
            """
            - alert: Up
              expr: x
              labels:
                team: '{{ $labels.instance }}-team'
              annotations:
                dollars: '{{ $labels.__name__ }} {{ $value }} {{ $externalLabels.cluster }} {{ $externalURL }}'
                dots: '{{ .Labels.instance }} {{ .Value }} {{ .ExternalLabels.cluster }} {{ .ExternalURL }}'
                missing: '<{{ $labels.nothing }}>'
                human: '{{ $value | humanize }} {{ printf "%.1f" $value }}'
                rule: '<{{ $labels.team }}{{ $labels.alertname }}>'
            """);
    bench.evaluator.give("x", A, 1234567);
    at(group, "0s");

    AlertSnapshot alert = alerting(group).alerts().getFirst();
    assertThat(alert.labels().get("team")).isEqualTo("a-team");
    assertThat(alert.annotations().toMap())
        .containsEntry("dollars", "x 1.234567e+06 test https://pharos.example")
        .containsEntry("dots", "a 1.234567e+06 test https://pharos.example")
        .containsEntry("missing", "<>")
        .containsEntry("human", "1.235M 1234567.0")
        .containsEntry("rule", "<>");
  }

  @Test
  void point17_histogram_isValueAsTextAndZeroAsNumber() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, annotations: {text: '{{ $value }}'}}");
    bench.evaluator.give("x", A, HISTOGRAM);
    at(group, "0s");

    AlertSnapshot alert = alerting(group).alerts().getFirst();
    assertThat(alert.annotations().get("text")).isEqualTo("{count:3, sum:4, (0.5,1]:3}");
    assertThat(alert.value()).isZero();
  }

  @Test
  void point17_query_asksTheEvaluatorAtTheTimeOfTheEvaluation() {
    var spec =
        spec(
            "{name: g, query_offset: 30s, rules: [{alert: Up, expr: x, annotations: {"
                + "text: '{{ query \"y\" | first | value }} {{ range query \"y\" }}"
                + "{{ .Labels.instance }},{{ end }}'}}]}");
    RuleGroup group = group(spec);
    bench.evaluator.give("x", A, 1);
    bench.evaluator.give("y", A, 7, B, 8);
    at(group, "5m");

    assertThat(alerting(group).alerts().getFirst().annotations().get("text")).isEqualTo("7 a,b,");
    assertThat(bench.evaluator.askedAt).containsExactly(270_000L, 300_000L, 300_000L);
  }

  @Test
  void point17_templateThatFails_leavesTheReasonInItsPlace() {
    RuleGroup group =
        bench.group(
            "- {alert: Up, expr: x, annotations: {a: '{{ query \"y\" | first | value }}', b: fine}}");
    bench.evaluator.give("x", A, 1);
    bench.evaluator.fail("y", "the store is away");
    at(group, "0s");

    AlertSnapshot alert = alerting(group).alerts().getFirst();
    assertThat(alert.annotations().get("a"))
        .startsWith("<error expanding template: error executing template __alert_Up: ")
        .contains("the store is away")
        .endsWith(">");
    assertThat(alert.annotations().get("b")).isEqualTo("fine");
    assertThat(alert.state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void point17_labelWithoutAnAnswerToItsQuery_failsTheRuleAndKeepsTheAlert() {
    RuleGroup group =
        bench.group(
            "- {alert: Up, expr: x, labels: {team: '{{ query \"y\" | first | label \"t\" }}'}}");
    bench.evaluator.give("x", A, 1);
    bench.evaluator.give("y", Labels.of("t", "db"), 1);
    at(group, "0s");
    bench.evaluator.fail("y", "the store is away");
    at(group, "1m");

    assertThat(alerting(group).evaluation().lastError()).contains("the store is away");
    assertThat(alerting(group).alerts())
        .extracting(alert -> alert.labels().get("team"))
        .containsExactly("db");
    assertThat(bench.sent())
        .noneMatch(alert -> !alert.endsAt().isAfter(Instant.ofEpochMilli(60_000)));
  }

  @Test
  void point17_labelWhoseTemplateIsWrong_hasTheReasonInItsPlace() {
    RuleGroup group =
        bench.group("- {alert: Up, expr: x, labels: {team: '{{ query \"y\" | first | value }}'}}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");

    assertThat(alerting(group).alerts().getFirst().labels().get("team"))
        .startsWith("<error expanding template: error executing template __alert_Up: ");
  }

  @Test
  void point18_externalLabels_areSentWhereAbsentAndNeverStored() {
    RuleGroup group =
        bench.group("- {alert: Up, expr: x}\n- {alert: Own, expr: x, labels: {cluster: mine}}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");

    assertThat(bench.sent())
        .extracting(alert -> alert.name() + " " + alert.labels().get("cluster"))
        .containsExactly("Up test", "Own mine");
    assertThat(bench.stored("ALERTS"))
        .contains("{alertname=\"Up\", alertstate=\"firing\", instance=\"a\"} 1@0s");
    assertThat(alerting(group).alerts().getFirst().labels().has("cluster")).isFalse();
  }

  @Test
  void point18_generatorUrl_leadsToTheExpression() {
    RuleGroup group = bench.group("- {alert: Up, expr: 'up{a=\"b\"} * 2 == 1'}");
    bench.evaluator.give("up{a=\"b\"} * 2 == 1", A, 1);
    at(group, "0s");

    assertThat(bench.sent().getFirst().generatorUrl())
        .isEqualTo(
            "https://pharos.example/graph?g0.expr=up%7Ba%3D%22b%22%7D+%2A+2+%3D%3D+1&g0.tab=1");
  }

  @Test
  void point19_sinkThatThrows_getsTheAlertAgainNextTime() {
    var failures = new int[] {1};
    var context =
        new RuleContext(
            bench.evaluator,
            RuleContext.NO_LOGS,
            bench.storage,
            bench.storage,
            alerts -> {
              if (failures[0]-- > 0) {
                throw new IllegalStateException("full");
              }
              bench.sink.send(alerts);
            },
            bench.scheduler,
            bench.registry,
            RuleOptions.DEFAULT);
    var group =
        new RuleGroup(
            "g.yml", RuleBench.spec("- {alert: Up, expr: x}"), bench.settings, context, false);
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    assertThat(bench.sent()).isEmpty();
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    at(group, "15s");

    assertThat(bench.sent()).hasSize(1);
  }

  @Test
  void warningsOfTheEngine_areRemarkedAndAreNoFailure() {
    bench.evaluator.warn("x", "PromQL warning: something");
    RuleGroup group = bench.group("- {record: r, expr: x}");
    at(group, "1m");

    RuleSnapshot.Evaluation evaluation = group.snapshot().rules().getFirst().evaluation();
    assertThat(evaluation.health()).isEqualTo(RuleHealth.OK);
    assertThat(evaluation.warnings()).containsExactly("PromQL warning: something");
    bench.evaluator.give("x");
    at(group, "2m");
    assertThat(group.snapshot().rules().getFirst().evaluation().warnings()).isEmpty();
  }

  @Test
  void snapshot_describesGroupRulesAndAlerts() {
    RuleGroup group =
        group(
            spec(
                "{name: g, interval: 30s, limit: 5, rules: ["
                    + "{alert: Up, expr: x, for: 1m, keep_firing_for: 2m, annotations: {a: b}},"
                    + " {record: r, expr: x}]}"));
    bench.evaluator.give("x", A, 1);
    at(group, "1m");

    GroupSnapshot snapshot = group.snapshot();
    assertThat(snapshot.name()).isEqualTo("g");
    assertThat(snapshot.file()).isEqualTo("g.yml");
    assertThat(snapshot.interval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(snapshot.limit()).isEqualTo(5);
    assertThat(snapshot.lastEvaluation()).isEqualTo(Instant.EPOCH);
    RuleSnapshot.Alerting alerting = alerting(group);
    assertThat(alerting.name()).isEqualTo("Up");
    assertThat(alerting.query()).isEqualTo("x");
    assertThat(alerting.holdFor()).isEqualTo(Duration.ofMinutes(1));
    assertThat(alerting.keepFiringFor()).isEqualTo(Duration.ofMinutes(2));
    assertThat(alerting.annotations()).containsEntry("a", "b");
    assertThat(alerting.alerts().getFirst().activeAt())
        .isEqualTo(Instant.ofEpochMilli(PromDuration.parseMillis("1m")));
    assertThat(snapshot.rules().getLast())
        .isInstanceOfSatisfying(
            RuleSnapshot.Recording.class,
            rule -> assertThat(rule.evaluation().health()).isEqualTo(RuleHealth.OK));
  }
}
