package io.pharos.rules;

import static io.pharos.rules.RuleBench.A;
import static io.pharos.rules.RuleBench.alerting;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Queryable;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Point 10: what a restart preserves of a pending alert. Times count from a process that ran long
/// before the restart.
class RestoreTest {
  private static final Labels STATE =
      Labels.of("__name__", "ALERTS_FOR_STATE", "alertname", "Up", "instance", "a");

  private static final Labels FIRING =
      Labels.of("__name__", "ALERTS", "alertname", "Up", "alertstate", "firing", "instance", "a");

  private final RuleBench bench = new RuleBench();

  private RuleGroup restarted(String rule) {
    return new RuleGroup("g.yml", RuleBench.spec(rule), bench.settings, bench.context, true);
  }

  /// Evaluates at a time at which the group is due.
  private void at(RuleGroup group, String time) {
    bench.scheduler.set(time(time));
    RuleBench.at(group, time);
  }

  private static Instant time(String text) {
    return Instant.ofEpochMilli(PromDuration.parseMillis(text));
  }

  private static Instant activeAt(RuleGroup group) {
    return alerting(group).alerts().getFirst().activeAt();
  }

  /// The disk was full when the alert ended, so that its series have no end.
  @Test
  void alert_thatEndedLongBeforeTheNewestSample_isNotContinued() {
    bench.store(STATE, "40m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "40m", 1);
    bench.scheduler.set(time("1h"));
    bench.continuity.begin(Optional.of(time("59m")));
    RuleGroup group = restarted("- {alert: Up, expr: x}");
    bench.evaluator.fail("x", "timeout");
    at(group, "1h");
    at(group, "1h1m");
    assertThat(alerting(group).alerts()).isEmpty();
  }

  /// It was scraped at 59m, but its rule was not evaluated before the next restart.
  @ParameterizedTest
  @CsvSource({"40m, 1", "36m, 0"})
  void alertBeforeAnAbsence_continuesIfItWasFiringWhenTheAbsenceBegan(String last, int alerts) {
    bench.store(STATE, last, PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, last, 1);
    bench.scheduler.set(time("1h"));
    bench.blindness.addAbsence(Optional.of(time("40m10s")), time("58m50s"), "it did not run");
    bench.continuity.begin(Optional.of(time("59m")));
    RuleGroup group = restarted("- {alert: Up, expr: x}");
    bench.evaluator.fail("x", "timeout");
    at(group, "1h");
    at(group, "1h1m");
    assertThat(alerting(group).alerts()).hasSize(alerts);
  }

  /// The disk was full: the end was told, but no sample could be stored any more.
  @ParameterizedTest
  @CsvSource({"59m30s, 0", "58m30s, 1"})
  void firingAlert_whoseEndWasPosted_continuesOnlyIfItFiredAfterThat(String end, int alerts) {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "59m", 1);
    bench.sink.ends.put(
        Labels.of("alertname", "Up", "instance", "a", "cluster", "test"), time(end));
    RuleGroup group = restarted("- {alert: Up, expr: x}");
    bench.evaluator.fail("x", "timeout");
    at(group, "1h");
    at(group, "1h1m");
    assertThat(alerting(group).alerts()).hasSize(alerts);
  }

  @Test
  void firingAlert_whoseRuleHasNoAnswerAfterTheRestart_continues() {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "59m", 1);
    RuleGroup group =
        restarted("- {alert: Up, expr: x, annotations: {is: '{{$labels.instance}} {{$value}}'}}");
    bench.evaluator.fail("x", "timeout");
    at(group, "1h");
    at(group, "1h1m");
    assertThat(alerting(group).alerts())
        .singleElement()
        .satisfies(
            alert -> {
              assertThat(alert.state()).isEqualTo(AlertState.FIRING);
              assertThat(alert.activeAt()).isEqualTo(time("10m"));
              assertThat(alert.annotations().get("is")).isEqualTo("a NaN");
            });
    at(group, "1h2m");
    assertThat(bench.sent())
        .singleElement()
        .satisfies(alert -> assertThat(alert.endsAt()).isAfter(time("1h5m")));

    bench.evaluator.give("x");
    at(group, "1h3m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
    assertThat(bench.sent())
        .singleElement()
        .satisfies(alert -> assertThat(alert.endsAt()).isEqualTo(time("1h3m")));
  }

  /// Otherwise it would expire at the receiver while its condition is true but uncertain.
  @Test
  void firingAlert_whoseSourceIsLostAfterTheRestart_continues() {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "59m", 1);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 1m}");
    bench
        .blindness
        .source(Labels.of("instance", "a"), Duration.ZERO)
        .lost(
            new FailureOrigin.Own(FailureOrigin.Kind.DESCRIPTORS, "no descriptors"),
            Instant.EPOCH,
            Set.of("x"));
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");
    at(group, "1h2m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(activeAt(group)).isEqualTo(time("10m"));
    assertThat(bench.sent()).isNotEmpty();
  }

  @Test
  void pendingAlert_whoseRuleHasNoAnswerAfterTheRestart_isNotContinued() {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x}");
    bench.evaluator.fail("x", "timeout");
    at(group, "1h");
    at(group, "1h1m");
    assertThat(alerting(group).alerts()).isEmpty();
  }

  @Test
  void firingAlert_thatIsOverAfterTheRestart_isNotContinued() {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "59m", 1);
    RuleGroup group = restarted("- {alert: Up, expr: x}");
    bench.evaluator.give("x");
    at(group, "1h");
    at(group, "1h1m");
    assertThat(alerting(group).alerts()).isEmpty();
  }

  /// Otherwise the next restart would continue it.
  @Test
  void firingAlert_thatIsOverAfterTheRestart_endsInTheStore() {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "59m", 1);
    RuleGroup group = restarted("- {alert: Up, expr: x}");
    bench.evaluator.give("x");
    at(group, "1h");
    at(group, "1h1m");
    at(group, "1h2m");
    assertThat(bench.stored("ALERTS")).singleElement().asString().endsWith(" 1@59m stale@1h2m");
    assertThat(bench.stored("ALERTS_FOR_STATE"))
        .singleElement()
        .asString()
        .endsWith(" 600@59m stale@1h2m");
  }

  @Test
  void continuedAlert_thatEndsBeforeItsFirstSample_endsInTheStore() {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "59m", 1);
    RuleGroup group = restarted("- {alert: Up, expr: x}");
    bench.evaluator.fail("x", "timeout");
    at(group, "1h");
    at(group, "1h1m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    bench.evaluator.give("x");
    at(group, "1h2m");
    at(group, "1h3m");
    assertThat(bench.stored("ALERTS")).singleElement().asString().endsWith(" 1@59m stale@1h3m");
    assertThat(bench.stored("ALERTS_FOR_STATE"))
        .singleElement()
        .asString()
        .endsWith(" 600@59m stale@1h3m");
  }

  /// The next restart must still know that it had fired.
  @Test
  void alertThatHadFired_whileItIsPendingAgain_doesNotEndInTheStore() {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "59m", 1);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 9m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");
    at(group, "1h2m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    assertThat(bench.stored("ALERTS"))
        .anyMatch(it -> it.contains("firing") && it.endsWith(" 1@59m"))
        .anyMatch(it -> it.contains("pending") && it.endsWith(" 1@1h2m"));
    bench.evaluator.give("x");
    at(group, "1h3m");
    assertThat(bench.stored("ALERTS")).hasSize(2).allMatch(it -> it.endsWith(" stale@1h3m"));
  }

  /// Otherwise it would expire at the receiver: an alert of an unseen source does not begin to
  /// fire.
  @Test
  void alertThatHadFired_whoseSourceIsLostWhileItIsPendingAgain_continues() {
    bench.store(STATE, "59m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "59m", 1);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 9m}");
    ObservationGaps.Source source =
        bench.blindness.source(Labels.of("instance", "a"), Duration.ZERO);
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    source.lost(
        new FailureOrigin.Own(FailureOrigin.Kind.DESCRIPTORS, "no descriptors"),
        time("1h1m"),
        Set.of("x"));
    at(group, "1h2m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(activeAt(group)).isEqualTo(time("10m"));
  }

  @Test
  void point10_beforeTheSecondEvaluation_nothingIsWritten() {
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");
    assertThat(bench.stored("ALERTS")).isEmpty();
    assertThat(bench.stored("ALERTS_FOR_STATE")).isEmpty();
    at(group, "1h2m");

    assertThat(bench.stored("ALERTS")).hasSize(1);
    assertThat(activeAt(group)).isEqualTo(time("1h"));
  }

  @Test
  void point10_waitedLongEnoughBefore_firesWithTheNextEvaluation() {
    bench.store(STATE, "50m", PromDuration.parseMillis("10m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");
    assertThat(activeAt(group)).isEqualTo(time("10m"));
    at(group, "1h2m");

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(bench.sent().getFirst().startsAt()).isEqualTo(time("1h2m"));
  }

  @Test
  void point10_waitedExactlyLongEnough_firesWithTheNextEvaluation() {
    bench.store(STATE, "50m", PromDuration.parseMillis("20m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");

    assertThat(activeAt(group)).isEqualTo(time("20m"));
  }

  @Test
  void point10_forOfExactlyTheGrace_isRestored() {
    bench.store(STATE, "59m", PromDuration.parseMillis("45m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 10m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");

    assertThat(activeAt(group)).isEqualTo(time("45m"));
  }

  @Test
  void point10_lessThanTheGraceWasLeft_firesAfterTheGrace() {
    bench.store(STATE, "50m", PromDuration.parseMillis("25m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");

    assertThat(activeAt(group)).isEqualTo(time("41m"));
    at(group, "1h10m59s");
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    at(group, "1h11m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void point10_graceBegins_whenTheStateIsRestoredAndNotAtTheSlotBefore() {
    bench.store(STATE, "50m", PromDuration.parseMillis("25m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    bench.scheduler.set(time("1h1m2s"));
    RuleBench.at(group, "1h1m");

    assertThat(activeAt(group)).isEqualTo(time("41m2s"));
    at(group, "1h11m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    at(group, "1h12m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  @Test
  void point10_timeAway_countsFromTheWholeSecondOfTheLastSample() {
    bench.store(STATE, "49m59s900ms", PromDuration.parseMillis("45m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");

    assertThat(activeAt(group)).isEqualTo(time("56m1s"));
  }

  @Test
  void point10_keepFiringAndResolved_areNotKept() {
    RuleGroup before =
        new RuleGroup(
            "g.yml",
            RuleBench.spec("- {alert: Up, expr: x, for: 10m, keep_firing_for: 1h}"),
            bench.settings,
            bench.context,
            false);
    bench.evaluator.give("x", A, 1);
    at(before, "0s");
    at(before, "10m");
    bench.evaluator.give("x");
    at(before, "11m");
    assertThat(alerting(before).state()).isEqualTo(AlertState.FIRING);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 10m, keep_firing_for: 1h}");
    at(group, "12m");
    at(group, "13m");
    at(group, "14m");

    assertThat(alerting(group).alerts()).isEmpty();
  }

  @Test
  void point10_muchWasLeft_theTimeAwayDoesNotCount() {
    bench.store(STATE, "50m", PromDuration.parseMillis("45m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");

    assertThat(activeAt(group)).isEqualTo(time("56m"));
  }

  @Test
  void point10_staleLastSample_meansNotActive() {
    bench.store(STATE, "50m", 0);
    bench.store(STATE, "51m", StaleMarker.VALUE);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");

    assertThat(activeAt(group)).isEqualTo(time("1h"));
  }

  @Test
  void point10_awayLongerThanTheTolerance_startsAnew() {
    bench.store(STATE, "50m", 0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}");
    bench.evaluator.give("x", A, 1);
    at(group, "2h");
    at(group, "2h1m");

    assertThat(activeAt(group)).isEqualTo(time("2h"));
  }

  /// Nothing shows that it ended, and an end would be told.
  @Test
  void firingAlert_awayLongerThanTheTolerance_continuesWhileItsRuleHasNoAnswer() {
    bench.store(STATE, "50m", PromDuration.parseMillis("10m") / 1000.0);
    bench.store(FIRING, "50m", 1);
    bench.scheduler.set(time("3h"));
    bench.continuity.begin(Optional.of(time("51m")));
    RuleGroup group = restarted("- {alert: Up, expr: x}");
    bench.evaluator.fail("x", "timeout");
    at(group, "3h");
    at(group, "3h1m");
    assertThat(activeAt(group)).isEqualTo(time("10m"));
  }

  @Test
  void point10_ruleThatFails_isRestoredWhenItSucceeds() {
    bench.store(STATE, "50m", PromDuration.parseMillis("45m") / 1000.0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 30m}\n- {alert: Other, expr: y}");
    bench.evaluator.fail("x", "the store is away");
    bench.evaluator.give("y", A, 1);
    at(group, "1h");
    at(group, "1h1m");
    assertThat(bench.stored("ALERTS")).isEmpty();
    at(group, "1h2m");
    assertThat(bench.stored("ALERTS")).as("the other rule is restored").hasSize(1);
    bench.evaluator.give("x", A, 1);
    at(group, "1h5m");

    assertThat(activeAt(group)).isEqualTo(time("1h"));
    at(group, "1h6m");
    assertThat(bench.stored("ALERTS_FOR_STATE")).hasSize(2);
  }

  @Test
  void point10_forBelowTheGrace_startsAnew() {
    bench.store(STATE, "59m", 0);
    RuleGroup group = restarted("- {alert: Up, expr: x, for: 9m}");
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");

    assertThat(activeAt(group)).isEqualTo(time("1h"));
    at(group, "1h2m");
    assertThat(bench.stored("ALERTS")).hasSize(1);
  }

  @Test
  void point10_matchers_areTheNameAndTheLabelsThatAreNoTemplates() {
    var rule =
        new AlertingRule(
            (RuleSpec.Alerting)
                RuleBench.spec(
                        "- {alert: Up, expr: x, labels: {severity: page, team: '{{ $labels.t }}'}}")
                    .rules()
                    .getFirst(),
            bench.settings,
            Duration.ofMinutes(1),
            false);

    assertThat(rule.series().forStateMatchers())
        .containsExactlyInAnyOrder(
            LabelMatcher.equal("__name__", "ALERTS_FOR_STATE"),
            LabelMatcher.equal("alertname", "Up"),
            LabelMatcher.equal("severity", "page"));
  }

  @Test
  void point10_storeThatCannotBeRead_costsOnlyTheWaiting() {
    Queryable broken =
        new Queryable() {
          @Override
          public SeriesSet select(List<LabelMatcher> matchers, long from, long to) {
            throw new IllegalStateException("the store is away");
          }

          @Override
          public List<String> labelNames(List<LabelMatcher> matchers, long from, long to) {
            return List.of();
          }

          @Override
          public List<String> labelValues(
              String name, List<LabelMatcher> matchers, long from, long to) {
            return List.of();
          }
        };
    var context =
        new RuleContext(
            bench.evaluator,
            RuleContext.NO_LOGS,
            bench.storage,
            broken,
            bench.sink,
            bench.scheduler,
            bench.registry,
            RuleOptions.DEFAULT);
    var group =
        new RuleGroup(
            "g.yml",
            RuleBench.spec("- {alert: Up, expr: x, for: 30m}"),
            bench.settings,
            context,
            true);
    bench.evaluator.give("x", A, 1);
    at(group, "1h");
    at(group, "1h1m");
    at(group, "1h2m");

    assertThat(bench.stored("ALERTS")).hasSize(1);
    assertThat(activeAt(group)).isEqualTo(time("1h"));
  }
}
