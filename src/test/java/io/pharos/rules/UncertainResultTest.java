package io.pharos.rules;

import static io.pharos.rules.RuleBench.A;
import static io.pharos.rules.RuleBench.B;
import static io.pharos.rules.RuleBench.alerting;
import static io.pharos.rules.RuleBench.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.alert.Alert;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.rules.gap.GapFills;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rules while Pharos can't observe a source for reasons of its own.
class UncertainResultTest {
  private static final FailureOrigin.Own FULL =
      new FailureOrigin.Own(FailureOrigin.Kind.DESCRIPTORS, "no descriptors");

  private final RuleBench bench = new RuleBench();
  private final ObservationGaps.Source a = source("a");

  private ObservationGaps.Source source(String instance) {
    return bench.blindness.source(Labels.of("job", "j", "instance", instance), Duration.ZERO);
  }

  private void lose(ObservationGaps.Source source) {
    source.lost(FULL, Instant.EPOCH, Set.of("x", "up"));
  }

  @Test
  void firingAlert_ofAnUnseenSource_staysAndIsRenewed() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, labels: {instance: here, s: '1'}}");
    bench.evaluator.give("x", A.with("zone", "z"), 1);
    at(group, "0s");
    bench.sent();
    lose(a);
    bench.evaluator.give("x");
    at(group, "10m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.ERR);
    assertThat(alerting(group).evaluation().lastError())
        .startsWith("unknown because of a fault of Pharos or its machine: ")
        .endsWith("no descriptors");
    assertThat(bench.sent())
        .singleElement()
        .satisfies(alert -> assertThat(alert.endsAt()).isAfter(Instant.ofEpochSecond(600)));
    assertThat(bench.stored("ALERTS").getFirst()).doesNotContain("stale");
    assertThat(bench.registry.get("prometheus.rule.evaluation.failures").counter().count())
        .isZero();
    assertThat(bench.registry.get("pharos.rule.evaluations.unknown").counter().count()).isOne();
  }

  @Test
  void firingAlert_ofASourceThatIsSeenAgain_resolves() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    lose(a);
    bench.evaluator.give("x");
    at(group, "1m");
    a.seen(Instant.EPOCH);
    at(group, "2m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    a.seen(Instant.EPOCH);
    bench.sent();
    at(group, "3m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
    assertThat(bench.sent()).extracting(Alert::endsAt).containsExactly(Instant.ofEpochSecond(180));
  }

  @Test
  void pendingAlert_ofAnUnseenSource_doesNotBeginToFire() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, for: 1m}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    lose(a);
    bench.evaluator.give("x");
    at(group, "5m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
  }

  /// Its newest samples are old. The evaluation counts towards `for` nevertheless.
  @Test
  void conditionOfAnUnseenSource_firesWhenTheSourceIsSeenAgain() {
    RuleGroup group = bench.group("- {alert: Up, expr: x, for: 1m}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    lose(a);
    at(group, "5m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    a.seen(Instant.EPOCH);
    a.seen(Instant.EPOCH);
    at(group, "6m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  /// Its newest samples are old, and all assumptions about the next ones repeat them. A sum of many
  /// sources does not wait for one. A slow machine evaluates the rule for 25 s when the samples of
  /// 26 s are stored.
  @ParameterizedTest
  @CsvSource({
    "x > 0, false, PENDING",
    "x > 0, true, PENDING",
    "sum by (job) (x) > 0, false, FIRING",
    "sum by (job) (x) > 0, true, FIRING"
  })
  void conditionOfASourceWhoseSamplesAreOverdue_firesWhenItStillHoldsInTheNextOnes(
      String expression, boolean isSlow, AlertState before) {
    bench.store(Labels.of("__name__", "x", "job", "j", "instance", "c"), "0s", 1);
    var gaps = new ObservationGaps();
    ObservationGaps.Source c =
        gaps.source(Labels.of("job", "j", "instance", "c"), Duration.ofSeconds(10));
    c.seen(Instant.EPOCH);
    String rule = "- {alert: Up, expr: '" + expression + "', for: 25s}";
    RuleGroup group = groupWithFills(rule, RuleOptions.DEFAULT, gaps, false);
    at(group, "0s");
    at(group, "15s");
    if (isSlow) {
      c.seen(Instant.ofEpochSecond(26));
    }
    at(group, "25s");
    assertThat(alerting(group).state()).isEqualTo(before);

    if (!isSlow) {
      c.seen(Instant.ofEpochSecond(26));
    }
    at(group, "30s");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void alertsOfOtherSources_beginAndEndAsEver() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    at(group, "0s");
    lose(a);
    bench.evaluator.give("x", B, 1);
    at(group, "1m");
    assertThat(alerting(group).alerts())
        .extracting(alert -> alert.labels().get("instance"))
        .containsExactly("a", "b");
    bench.evaluator.give("x");
    at(group, "2m");

    assertThat(alerting(group).alerts())
        .extracting(alert -> alert.labels().get("instance"))
        .containsExactly("a");
  }

  @Test
  void aggregation_overAnUnseenSource_isNotBelieved() {
    RuleGroup group = bench.group("- {alert: Few, expr: sum(x) < 2}");
    lose(a);
    bench.evaluator.give("sum(x) < 2", Labels.empty(), 1);
    at(group, "0s");

    assertThat(alerting(group).alerts()).isEmpty();
    assertThat(bench.sent()).isEmpty();
  }

  @Test
  void aggregation_byInstance_isBelievedForTheOthers() {
    RuleGroup group = bench.group("- {alert: Few, expr: sum by (instance) (x) < 2}");
    lose(a);
    bench.evaluator.give(
        "sum by (instance) (x) < 2", Labels.of("instance", "a"), 1, Labels.of("instance", "b"), 1);
    at(group, "0s");

    assertThat(alerting(group).alerts())
        .extracting(alert -> alert.labels().get("instance"))
        .containsExactly("b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          absent(x)
          absent_over_time(x[5m])
          x unless y
          vector(1) or x
          vector(scalar(x))
          """)
  void absence_ofAnUnseenSource_isNoSign(String expression) {
    RuleGroup group = bench.group("- {alert: Gone, expr: '" + expression + "'}");
    lose(a);
    bench.evaluator.give(expression, Labels.empty(), 1);
    at(group, "0s");

    assertThat(alerting(group).alerts()).isEmpty();
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.ERR);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          x{job="other"}
          x{instance!="a"}
          x{instance=~"[bc]"}
          absent(y)
          absent(up{job="other"})
          vector(1)
          """)
  void expression_thatLooksElsewhere_isBelieved(String expression) {
    RuleGroup group = bench.group("- {alert: There, expr: '" + expression + "'}");
    lose(a);
    bench.evaluator.give(expression, Labels.empty(), 1);
    at(group, "0s");

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
  }

  @Test
  void recordedSeries_ofAnUnseenSource_doesNotEnd() {
    RuleGroup group = bench.group("- {record: 'r:x', expr: sum by (instance) (x)}");
    Labels first = Labels.of("instance", "a");
    Labels second = Labels.of("instance", "b");
    bench.evaluator.give("sum by (instance) (x)", first, 1, second, 1);
    at(group, "0s");
    lose(a);
    bench.evaluator.give("sum by (instance) (x)", first, 7, second, 2);
    at(group, "1m");
    bench.evaluator.give("sum by (instance) (x)");
    at(group, "2m");

    assertThat(bench.stored("r:x"))
        .isEqualTo(List.of("{instance=\"a\"} 1@0s", "{instance=\"b\"} 1@0s 2@1m stale@2m"));
  }

  @Test
  void unseenSource_thatNeverGaveAnything_mayBeBehindAnyName() {
    RuleGroup group = bench.group("- {alert: Gone, expr: absent(y)}");
    a.lost(FULL, Instant.EPOCH, Set.of());
    bench.evaluator.give("absent(y)", Labels.empty(), 1);
    at(group, "0s");
    assertThat(alerting(group).alerts()).isEmpty();
    a.end();
    at(group, "1m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void clockSetBack_beginsNothingAndEndsNothing_untilItHasCaughtUp() {
    RuleGroup group = bench.group("- {alert: Up, expr: x}\n- {alert: Other, expr: y}");
    bench.evaluator.give("x", A, 1);
    bench.evaluator.give("y");
    group.tick(Instant.ofEpochSecond(7200));
    bench.sent();
    bench.evaluator.give("x");
    bench.evaluator.give("y", B, 1);
    group.tick(Instant.ofEpochSecond(3600));

    assertThat(group.snapshot().rules())
        .allMatch(rule -> rule.evaluation().health() == RuleHealth.ERR)
        .allMatch(rule -> rule.evaluation().lastError().contains("the clock was set back"));
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertOnlyRenewed();

    group.tick(Instant.ofEpochSecond(7260));
    assertThat(bench.sent())
        .extracting(alert -> alert.labels().get("alertname"))
        .containsExactly("Up", "Other");
    assertThat(group.snapshot().rules())
        .allMatch(rule -> rule.evaluation().health() == RuleHealth.OK);
  }

  @Test
  void reload_whileTheClockIsSetBack_evaluatesNothingOfThePast() {
    bench.scheduler.set(Instant.ofEpochSecond(7200));
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    group.tick(Instant.ofEpochSecond(7200));
    bench.sent();

    bench.scheduler.set(Instant.ofEpochSecond(3600));
    bench.evaluator.give("x");
    bench.evaluator.give("y", B, 1);
    RuleGroup changed = bench.group("- {alert: Up, expr: x}\n- {alert: Other, expr: y}");
    changed.takeOver(group);
    changed.tick(Instant.ofEpochSecond(3600));
    RuleGroup fresh = bench.group("- {alert: Other, expr: y}");
    fresh.tick(Instant.ofEpochSecond(3600));

    assertThat(alerting(changed).state()).isEqualTo(AlertState.FIRING);
    assertThat(fresh.snapshot().rules())
        .allMatch(rule -> rule.evaluation().lastError().contains("the clock was set back"));
    assertOnlyRenewed();

    bench.scheduler.set(Instant.ofEpochSecond(7201));
    fresh.tick(Instant.ofEpochSecond(7201));
    assertThat(bench.sent()).hasSize(1);
  }

  /* By a clock that was not set back, it goes on firing. */
  private void assertOnlyRenewed() {
    assertThat(bench.sent())
        .singleElement()
        .satisfies(
            alert -> {
              assertThat(alert.name()).isEqualTo("Up");
              assertThat(alert.endsAt()).isAfter(Instant.ofEpochSecond(7200));
            });
  }

  @Test
  void start_afterTheClockWasSetBack_evaluatesNothingOfThePast() {
    bench.scheduler.set(Instant.ofEpochSecond(3600));
    bench.continuity.resume(Instant.ofEpochSecond(7200));
    RuleGroup group = bench.group("- {alert: Up, expr: x}");
    bench.evaluator.give("x", A, 1);
    group.tick(Instant.ofEpochSecond(3600));

    assertThat(alerting(group).alerts()).isEmpty();
    assertThat(alerting(group).evaluation().lastError())
        .isEqualTo("unknown: the clock was set back; rules resume after 1970-01-01T02:00:00Z");
    assertThat(bench.sent()).isEmpty();
  }

  @Test
  void pause_longerThanAnyWindow_endsNoAlert_beforeItsSourceIsSeenAgain() {
    RuleGroup group =
        bench.watchfulGroup("- {alert: Up, expr: x}\n- {alert: Gone, expr: absent(x)}");
    bench.evaluator.give("x", A, 1);
    bench.evaluator.give("absent(x)");
    group.tick(bench.now());
    bench.sent();

    bench.scheduler.skip(Duration.ofMinutes(10));
    bench.evaluator.give("x");
    bench.evaluator.give("absent(x)", Labels.empty(), 1);
    group.tick(bench.now());
    bench.scheduler.skip(Duration.ofSeconds(14));
    a.seen(bench.now());
    group.tick(bench.now());

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(bench.sent())
        .allSatisfy(alert -> assertThat(alert.labels().get("alertname")).isEqualTo("Up"))
        .allSatisfy(alert -> assertThat(alert.endsAt()).isAfter(bench.now()))
        .isNotEmpty();

    a.seen(bench.now());
    bench.scheduler.skip(Duration.ofSeconds(14));
    group.tick(bench.now());
    assertThat(bench.sent())
        .extracting(alert -> alert.labels().get("alertname"))
        .containsExactly("Up", "Gone");
    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
  }

  /// The clock is set ahead while 30 seconds pass.
  @ParameterizedTest
  @ValueSource(ints = {20, 600})
  void clockSetAhead_countsNeitherTowardsForNorTowardsKeepFiringFor(int step) {
    var nanos = new AtomicLong();
    RuleGroup group =
        bench.watchfulGroup(
            "- {alert: Up, expr: x, for: 1m}\n- {alert: Kept, expr: y, keep_firing_for: 1m}",
            nanos::get);
    bench.evaluator.give("x", B, 1);
    bench.evaluator.give("y", B, 1);
    group.tick(bench.now());
    bench.evaluator.give("y");
    tickAfter(group, nanos, 1, 0);
    tickAfter(group, nanos, 30, step);
    assertThat(states(group)).containsExactly(AlertState.PENDING, AlertState.FIRING);
    tickAfter(group, nanos, 28, 0);
    assertThat(states(group)).containsExactly(AlertState.PENDING, AlertState.FIRING);
    tickAfter(group, nanos, 2, 0);
    assertThat(states(group)).containsExactly(AlertState.FIRING, AlertState.INACTIVE);
  }

  private void tickAfter(RuleGroup group, AtomicLong nanos, int seconds, int step) {
    bench.scheduler.set(bench.now().plusSeconds(step));
    for (int i = 0; i < seconds; i++) {
      nanos.addAndGet(1_000_000_000L);
      bench.scheduler.set(bench.now().plusSeconds(1));
      group.tick(bench.now());
    }
  }

  private static List<AlertState> states(RuleGroup group) {
    return group.snapshot().rules().stream()
        .map(rule -> ((RuleSnapshot.Alerting) rule).state())
        .toList();
  }

  /// Rules over a real store whose gap is from 600 s to 780 s.
  private RuleGroup groupWithGap(String rules) {
    return groupWithGap(rules, RuleOptions.DEFAULT);
  }

  private RuleGroup groupWithGap(String rules, RuleOptions options) {
    return groupWithGap(rules, options, false);
  }

  private RuleGroup groupWithGap(String rules, RuleOptions options, boolean restore) {
    var gaps = new ObservationGaps();
    gaps.addAbsence(
        Optional.of(Instant.ofEpochSecond(600)), Instant.ofEpochSecond(780), "it was away");
    for (long second = 0; second <= 1500; second += 15) {
      if (second <= 600 || second >= 780) {
        bench.store(Labels.of("__name__", "x", "instance", "a"), second + "s", second * 10.0);
      }
    }
    return groupWithFills(rules, options, gaps, restore);
  }

  private RuleGroup groupWithFills(
      String rules, RuleOptions options, ObservationGaps gaps, boolean restore) {
    var engine =
        new Engine(bench.storage, EngineOptions.defaults(), System::nanoTime, bench.registry);
    var fills = GapFills.of(gaps, bench.storage, engine::over);
    RuleContext context = bench.context(engine, options, gaps, fills);
    return new RuleGroup("g.yml", RuleBench.spec(rules), bench.settings, context, restore);
  }

  @Test
  void alert_thatOnlyMissingSamplesExplain_doesNotFire_andTheRuleSaysWhy() {
    RuleGroup group = groupWithGap("- {alert: Few, expr: 'increase(x[5m]) < 2000'}");
    at(group, "15m");
    assertThat(alerting(group).alerts())
        .extracting(AlertSnapshot::state)
        .containsExactly(AlertState.PENDING);
    assertThat(alerting(group).evaluation().lastError())
        .isEqualTo(
            "unknown for 1 alerts, which neither fire nor resolve, because the windows of the rule"
                + " lack samples: {} from 1970-01-01T00:10:00Z to 1970-01-01T00:13:00Z: it was"
                + " away");
    at(group, "20m");
    assertThat(alerting(group).alerts()).isEmpty();
    assertThat(alerting(group).evaluation().lastError()).isEmpty();
    assertThat(bench.sent()).isEmpty();
  }

  @Test
  void alert_thatOnlyMissingSamplesExplain_isPendingFromTheFirstCertainEvaluation() {
    RuleGroup group = groupWithGap("- {alert: Few, expr: 'increase(x[5m]) < 3100', for: 1m}");
    at(group, "17m");
    assertThat(alerting(group).evaluation().lastError()).startsWith("unknown for 1 alerts");
    at(group, "18m");
    assertThat(alerting(group).evaluation().lastError()).isEmpty();
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    at(group, "19m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void alert_thatOnlyMissingSamplesEnd_staysUntilTheWindowIsComplete() {
    RuleGroup group = groupWithGap("- {alert: Busy, expr: 'increase(x[5m]) > 2000'}");
    at(group, "10m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    at(group, "15m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().lastError()).startsWith("unknown for 1 alerts");
    at(group, "20m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  /// The alert has no `for`, so that its state is not restored as that of a long one.
  @Test
  void alert_thatFiredBeforeARestartAndIsUncertainNow_continues() {
    Labels alert = Labels.of("alertname", "Few", "instance", "a");
    bench.store(alert.with("__name__", "ALERTS").with("alertstate", "firing"), "600s", 1);
    bench.store(alert.with("__name__", "ALERTS_FOR_STATE"), "600s", 300);
    String rule = "- {alert: Few, expr: 'increase(x[5m]) < 2000'}";
    RuleGroup group = groupWithGap(rule, RuleOptions.DEFAULT, true);
    bench.scheduler.set(Instant.ofEpochSecond(870));
    at(group, "14m30s");
    bench.scheduler.set(Instant.ofEpochSecond(900));
    at(group, "15m");
    at(group, "15m15s");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(bench.sent()).isNotEmpty();
  }

  @Test
  void group_thatIgnoresGaps_firesAsInPrometheus() {
    var options =
        new RuleOptions(
            Duration.ofMinutes(1), Duration.ofMinutes(10), Duration.ofHours(1), Set.of("g"));
    RuleGroup group = groupWithGap("- {alert: Few, expr: 'increase(x[5m]) < 2000'}", options);
    at(group, "15m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
  }

  @Test
  void alert_thatIsCertainDespiteAGap_firesAtOnce() {
    RuleGroup group = groupWithGap("- {alert: Slow, expr: 'increase(x[5m]) < 4000'}");
    at(group, "15m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
  }
}
