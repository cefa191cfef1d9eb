package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.model.Labels;
import io.pharos.promql.remote.EngineUnderTest;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The behaviour of rules must not depend on the engine that evaluates their expressions.
///
/// Slots are 15 s apart. Before each evaluation the test writes the samples of a scrape one second
/// earlier. The expressions mean the same in PromQL and its dialects.
abstract class EngineContract {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration SLOT = Duration.ofSeconds(15);

  EngineUnderTest engine;
  final List<Alert> sent = new ArrayList<>();
  Instant now = START;

  abstract EngineUnderTest start() throws Exception;

  @BeforeEach
  void startEngine() throws Exception {
    engine = start();
  }

  @AfterEach
  void stopEngine() {
    if (engine != null) {
      engine.close();
    }
  }

  RuleGroup group(String rules) {
    return group(rules, engine.evaluator());
  }

  RuleGroup group(String rules, Evaluator evaluator) {
    var context =
        new RuleContext(
            evaluator,
            RuleContext.NO_LOGS,
            engine.samples(),
            new InMemoryStorage(),
            sent::addAll,
            () -> now,
            new SimpleMeterRegistry(),
            RuleOptions.DEFAULT);
    return new RuleGroup("g.yml", RuleBench.spec(rules), RuleBench.settings("15s"), context, false);
  }

  /// Scrapes `errors` by instance, then evaluates.
  void slot(RuleGroup group, double a, double b) {
    now = now.plus(SLOT);
    scrape(a, b);
    group.evaluate(now);
    engine.settle();
  }

  void scrape(double a, double b) {
    long at = now.minusSeconds(1).toEpochMilli();
    try (Appender appender = engine.samples().appender()) {
      appender.append(Labels.of("__name__", "errors", "job", "api", "instance", "a"), at, a);
      appender.append(Labels.of("__name__", "errors", "job", "api", "instance", "b"), at, b);
      appender.append(Labels.of("__name__", "up", "job", "api", "instance", "a"), at, 1);
      appender.commit();
    }
    engine.settle();
  }

  /// Evaluates without a scrape before.
  void slotWithoutScrape(RuleGroup group) {
    now = now.plus(SLOT);
    group.evaluate(now);
  }

  InstantVector ask(String expression) {
    return (InstantVector) engine.evaluator().instant(expression, now.toEpochMilli()).value();
  }

  static RuleSnapshot.Alerting alerting(RuleGroup group) {
    return RuleBench.alerting(group);
  }

  @Test
  void alert_overItsLife_isPendingFiresAndResolves() {
    RuleGroup group =
        group(
            "- {alert: Errors, expr: sum by (job) (errors) > 5, for: 30s, labels: {severity: x}}");
    slot(group, 1, 1);
    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
    slot(group, 5, 4);
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    slot(group, 5, 5);
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    assertThat(sent).isEmpty();
    slot(group, 6, 6);
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).alerts().getFirst().value()).isEqualTo(12);
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().labels())
        .isEqualTo(
            Labels.of("alertname", "Errors", "cluster", "test", "job", "api", "severity", "x"));
    sent.clear();
    slot(group, 1, 1);
    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().endsAt()).isEqualTo(now);
  }

  @Test
  void results_ofRules_areFoundByTheEngineAndEndWithTheAlert() {
    RuleGroup group =
        group(
            "- {record: 'job:errors:sum', expr: sum by (job) (errors)}\n"
                + "- {alert: Errors, expr: sum by (job) (errors) > 5, for: 15s}");
    slot(group, 5, 5);
    assertThat(ask("job:errors:sum").value(0)).isEqualTo(10);
    assertThat(ask("ALERTS{alertstate='pending'}").size()).isEqualTo(1);
    slot(group, 5, 5);
    assertThat(ask("ALERTS{alertstate='pending'}").size()).isZero();
    assertThat(ask("ALERTS{alertstate='firing'}").labels(0))
        .isEqualTo(
            Labels.of(
                "__name__", "ALERTS", "alertname", "Errors", "alertstate", "firing", "job", "api"));
    assertThat(ask("ALERTS_FOR_STATE").value(0)).isEqualTo(now.minus(SLOT).toEpochMilli() / 1000.0);
    slot(group, 1, 1);
    assertThat(ask("ALERTS").size()).isZero();
  }

  @Test
  void rule_thatReadsTheOneBeforeIt_seesItAtTheSameSlotOrTheNext() {
    RuleGroup group =
        group(
            "- {record: 'job:errors:sum', expr: sum by (job) (errors)}\n"
                + "- {alert: Errors, expr: 'job:errors:sum > 5'}");
    slot(group, 5, 5);
    if (!engine.readsItsWrites()) {
      slot(group, 5, 5);
    }
    var second = (RuleSnapshot.Alerting) group.snapshot().rules().get(1);
    assertThat(second.state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void refusedExpression_atEvaluation_isAnErrorAndChangesNothing() {
    RuleGroup group = group("- {alert: Errors, expr: 'errors > on (job) errors'}");
    slot(group, 5, 5);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.ERR);
    assertThat(alerting(group).evaluation().lastError()).isNotEmpty();
  }

  @Test
  void values_ofEveryType_areTheSame() {
    slot(group("- {record: r, expr: sum(errors)}"), 2, 3);
    Evaluator evaluator = engine.evaluator();

    assertThat(ask("sum by (instance) (errors) * 2").size()).isEqualTo(2);
    assertThat(ask("absent(nothing{job='x'})").labels(0)).isEqualTo(Labels.of("job", "x"));
    QueryResult scalar = evaluator.instant("scalar(sum(errors)) / 2", now.toEpochMilli());
    double value =
        switch (scalar.value()) {
          case Scalar(long _, double number) -> number;
          case InstantVector vector -> vector.value(0);
          default -> Double.NaN;
        };
    assertThat(value).isEqualTo(2.5);
    var raw = (RangeMatrix) evaluator.instant("errors[1m]", now.toEpochMilli()).value();
    assertThat(raw.series()).hasSize(2);
    assertThat(raw.series().getFirst().timestamps())
        .containsExactly(now.minusSeconds(1).toEpochMilli());
    long first = now.toEpochMilli();
    for (int i = 0; i < 2; i++) {
      now = now.plus(SLOT);
      scrape(4, i);
    }
    var range =
        (RangeMatrix) evaluator.range("sum(errors)", first, now.toEpochMilli(), SLOT).value();
    assertThat(range.series().getFirst().values()).containsExactly(5, 4, 5);
  }

  @Test
  void expression_thatDoesNotParse_isBadData() {
    QueryException refused = null;
    try {
      engine.evaluator().instant("sum(", now.toEpochMilli());
    } catch (QueryException e) {
      refused = e;
    }
    assertThat(refused).isNotNull();
    assertThat(refused.kind()).isIn(QueryException.Kind.BAD_DATA, QueryException.Kind.EXECUTION);
  }
}
