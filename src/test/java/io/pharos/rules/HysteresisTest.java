package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.alert.Alert;
import io.pharos.config.pharos.HysteresisRule;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.Labels;
import io.pharos.model.MatcherParser;
import io.pharos.model.StaleMarker;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.gap.EarlierGaps;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.hysteresis.Hysteresis;
import io.pharos.storage.Appender;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Alerts that begin and end later than their expression, on the real engine in virtual time. A
/// gauge is scraped and its rule evaluated every 15 seconds.
class HysteresisTest {
  private static final Duration INTERVAL = Duration.ofSeconds(15);
  private static final String HOT = "- {alert: Hot, expr: temperature > 90}";

  private final RuleBench bench = new RuleBench();
  private final Engine engine =
      new Engine(bench.storage, EngineOptions.defaults(), System::nanoTime, bench.registry);
  private ObservationGaps gaps = new ObservationGaps();
  private ObservationGaps.Source source = observe();
  private RuleGroup group;
  private final List<String> sent = new ArrayList<>();
  private long second = 3600;

  private static HysteresisRule item(int atLeast, int of, Double resolveAt) {
    return new HysteresisRule(
        List.of(MatcherParser.parseMatcher("alertname=\"Hot\"")),
        atLeast,
        of,
        resolveAt,
        "pharos.yml",
        7,
        "hysteresis[0]");
  }

  private static GroupSpec spec(String rules, HysteresisRule item) {
    return RuleFile.withHysteresis(List.of(item), List.of(RuleBench.file("g.yml", rules)))
        .getFirst()
        .groups()
        .getFirst();
  }

  private RuleGroup group(GroupSpec spec, boolean restore) {
    return new RuleGroup(
        "g.yml",
        spec,
        RuleBench.settings("15s"),
        new RuleContext(
            engine,
            RuleContext.NO_LOGS,
            bench.storage,
            bench.storage,
            this::send,
            bench.scheduler,
            bench.registry,
            RuleOptions.DEFAULT,
            gaps,
            bench.continuity,
            GapFills.of(gaps, bench.storage, engine::over)),
        restore);
  }

  private ObservationGaps.Source observe() {
    gaps = new ObservationGaps();
    gaps.setHistory(EarlierGaps.history(bench.storage));
    return gaps.source(Labels.of("job", "api", "instance", "a"), INTERVAL);
  }

  private void start(String rules, HysteresisRule item) {
    group = group(spec(rules, item), false);
  }

  /// Starts a new process that knows only what is stored.
  private void restart(String rules, HysteresisRule item) {
    source = observe();
    group = group(spec(rules, item), true);
  }

  /// Begins a process that was away for some intervals.
  private void restartAfter(int intervals, String rules, HysteresisRule item) {
    long from = second - INTERVAL.toSeconds();
    second += intervals * INTERVAL.toSeconds();
    source = observe();
    gaps.addAbsence(
        Optional.of(Instant.ofEpochSecond(from)), Instant.ofEpochSecond(second - 1), "it was away");
    group = group(spec(rules, item), true);
  }

  private void reload(String rules, HysteresisRule item) {
    RuleGroup next = group(spec(rules, item), false);
    next.takeOver(group);
    group = next;
  }

  private void send(List<Alert> alerts) {
    alerts.forEach(
        alert -> sent.add(alert.endsAt().isAfter(bench.scheduler.instant()) ? "firing" : "ended"));
  }

  /// Scrapes these values, one each 15 seconds, and evaluates after each. `-` is a target that has
  /// no such series, `?` a scrape that Pharos could not make by its own fault.
  ///
  /// @return a sign for each evaluation: `!` firing, `p` pending, `.` neither
  private String play(String values) {
    var states = new StringBuilder();
    for (String value : values.split(" ")) {
      scrape(value);
      bench.scheduler.set(Instant.ofEpochSecond(second));
      group.evaluate(Instant.ofEpochSecond(second));
      second += INTERVAL.toSeconds();
      states.append(
          switch (RuleBench.alerting(group).state()) {
            case FIRING -> '!';
            case PENDING -> 'p';
            case INACTIVE, UNKNOWN -> '.';
          });
    }
    return states.toString();
  }

  private void scrape(String value) {
    Instant at = Instant.ofEpochSecond(second);
    if (value.equals("?")) {
      source.lost(
          new FailureOrigin.Own(FailureOrigin.Kind.DESCRIPTORS, "no descriptors"),
          at,
          Set.of("temperature"));
      return;
    }
    Labels series = Labels.of("__name__", "temperature", "job", "api", "instance", "a");
    try (Appender appender = bench.storage.appender()) {
      appender.append(
          series,
          at.toEpochMilli(),
          value.equals("-") ? StaleMarker.VALUE : Double.parseDouble(value));
      appender.commit();
    }
    source.seen(at);
  }

  @Test
  void threeOfFive_firesWithTheThird_andEndsWhenFewerAreLeft() {
    start(HOT, item(3, 5, null));
    assertThat(play("95 80 95 80 95 95 80 80 80 80")).isEqualTo("....!!!...");
    assertThat(sent).containsOnlyOnce("ended");
  }

  @Test
  void twoOfFive_isSilent() {
    start(HOT, item(3, 5, null));
    assertThat(play("95 95 80 80 80 95 95 80 80 80")).isEqualTo("..........");
    assertThat(sent).isEmpty();
  }

  @Test
  void seriesThatIsMissing_countsAsNotTrue() {
    start(HOT, item(3, 5, null));
    assertThat(play("95 95 - - - 95 95")).isEqualTo(".......");
    assertThat(play("95 95 95 -")).isEqualTo("!!!!");
  }

  @Test
  void valueOfACountedAlert_isTheLastThatWasTrue() {
    start(HOT + "\n", item(2, 3, null));
    play("95 97 80");
    assertThat(RuleBench.alerting(group).alerts().getFirst().value()).isEqualTo(97);
    assertThat(RuleBench.alerting(group).query()).isEqualTo("temperature > 90");
  }

  @Test
  void forOfACountedAlert_beginsWhenEnoughWereTrue() {
    start("- {alert: Hot, expr: temperature > 90, for: 30s}", item(2, 3, null));
    assertThat(play("95 80 95 95 80 80")).isEqualTo("..pp!.");
    assertThat(play("95 95 80 95 95")).isEqualTo(".pp!!");
  }

  @Test
  void countedAlert_keepsItsCountOverARestart() {
    start(HOT, item(3, 5, null));
    assertThat(play("95 95")).isEqualTo("..");
    restart(HOT, item(3, 5, null));
    assertThat(play("80 95")).isEqualTo(".!");
    restart(HOT, item(3, 5, null));
    assertThat(play("80 80 80")).isEqualTo("!..");
  }

  /// What happened meanwhile is unknown, so the last value before it must not count on.
  @Test
  void countedAlert_doesNotBeginByAnAbsenceOfPharos() {
    start(HOT, item(3, 5, null));
    play("80 80 80 80 80 80 80 95");
    restartAfter(6, HOT, item(3, 5, null));
    play("80 80 80 80 80 80");
    assertThat(sent).isEmpty();
  }

  @Test
  void countedAlert_doesNotEndByAnAbsenceOfPharos() {
    start(HOT, item(3, 5, null));
    play("95 95 95 95 95");
    restartAfter(6, HOT, item(3, 5, null));
    play("80 95 95");
    assertThat(sent).doesNotContain("ended");
  }

  @Test
  void countedAlert_doesNotEndByAFaultOfPharos() {
    start(HOT, item(3, 5, null));
    assertThat(play("95 95 95 95 95")).isEqualTo("..!!!");
    assertThat(play("? ? ? ? ? ? ? ?")).isEqualTo("!!!!!!!!");
    assertThat(sent).doesNotContain("ended");
  }

  @Test
  void firingAlert_continuesUntilItsValuePassesResolveAt() {
    start(HOT, item(1, 1, 80.0));
    assertThat(play("85 89 95 85 81 91 85 80 85 89 95 79 85")).isEqualTo("..!!!!!...!..");
    assertThat(sent.stream().filter("ended"::equals)).hasSize(2);
  }

  @Test
  void valueOfAContinuedAlert_isTheCurrentOne() {
    start(HOT, item(1, 1, 80.0));
    play("95 85");
    assertThat(RuleBench.alerting(group).alerts().getFirst().value()).isEqualTo(85);
    assertThat(RuleBench.alerting(group).continues()).isEqualTo("temperature > 80");
  }

  @Test
  void pendingAlert_needsItsOwnThreshold() {
    start("- {alert: Hot, expr: temperature > 90, for: 30s}", item(1, 1, 80.0));
    assertThat(play("95 95 85 95 95 95 85 79")).isEqualTo("pp.pp!!.");
  }

  @Test
  void keepFiringFor_beginsWhenTheValuePassesResolveAt() {
    start("- {alert: Hot, expr: temperature > 90, keep_firing_for: 30s}", item(1, 1, 80.0));
    assertThat(play("95 85 79 85 79 79 79")).isEqualTo("!!!!!!.");
  }

  @Test
  void firingAlert_continuesAfterARestartBetweenTheThresholds() {
    start(HOT, item(1, 1, 80.0));
    play("95 85");
    restart(HOT, item(1, 1, 80.0));
    assertThat(play("85 85 84 83")).isEqualTo(".!!!");
    assertThat(sent).doesNotContain("ended");
    assertThat(play("79")).isEqualTo(".");
    assertThat(sent).containsOnlyOnce("ended");
  }

  /// The second evaluation after a restart restores states.
  @ParameterizedTest
  @CsvSource({
    "95 85 85 85, !!!!",
    "85 95 85 85, .!!!",
    "95 95 85 85, !!!!",
    "95 85 79 79, !!..",
    "79 85 85 85, .!!!",
    "85 79 85 85, ....",
  })
  void alertThatFired_isRestoredAsItsLastValueSays(String values, String states) {
    start(HOT, item(1, 1, 80.0));
    play("95 85");
    restart(HOT, item(1, 1, 80.0));
    assertThat(play(values)).isEqualTo(states);
  }

  @ParameterizedTest
  @CsvSource({"1m", "10m"})
  void alertWithFor_thatFired_continuesAfterARestartBetweenTheThresholds(String hold) {
    String rule = "- {alert: Hot, expr: temperature > 90, for: %s}".formatted(hold);
    start(rule, item(1, 1, 80.0));
    assertThat(play("95 ".repeat(44).strip())).endsWith("!!");
    restart(rule, item(1, 1, 80.0));
    assertThat(play("95 95 85 85 95 85")).endsWith("!!!!");
    restart(rule, item(1, 1, 80.0));
    assertThat(play("95 85 85 85")).endsWith("!!");
    restart(rule, item(1, 1, 80.0));
    assertThat(play("85 85 85 85")).endsWith("!!");
    assertThat(sent).doesNotContain("ended");
  }

  @Test
  void alertThatDidNotFire_staysSilentAfterARestartBetweenTheThresholds() {
    start(HOT, item(1, 1, 80.0));
    play("95 79 85");
    sent.clear();
    restart(HOT, item(1, 1, 80.0));
    assertThat(play("85 89 85 85")).isEqualTo("....");
    assertThat(sent).isEmpty();
  }

  @Test
  void alertThatWasPending_staysSilentAfterARestartBetweenTheThresholds() {
    String rule = "- {alert: Hot, expr: temperature > 90, for: 10m}";
    start(rule, item(1, 1, 80.0));
    play("95 95 95");
    restart(rule, item(1, 1, 80.0));
    assertThat(play("85 85 85")).isEqualTo("...");
    assertThat(sent).isEmpty();
  }

  @Test
  void firingAlert_continuesAfterAnAbsenceBetweenTheThresholds() {
    start(HOT, item(1, 1, 80.0));
    play("95 85");
    restartAfter(12, HOT, item(1, 1, 80.0));
    assertThat(play("85 85 85")).isEqualTo(".!!");
    assertThat(sent).doesNotContain("ended");
  }

  @Test
  void firingAlert_isHeldWhilePharosCannotObserve() {
    start(HOT, item(1, 1, 80.0));
    assertThat(play("95 85 ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ?")).endsWith("!!!");
    assertThat(play("85 85")).isEqualTo("!!");
    assertThat(sent).doesNotContain("ended");
    assertThat(play("79")).isEqualTo(".");
  }

  @Test
  void countAndThreshold_workTogether() {
    start(HOT, item(3, 5, 80.0));
    assertThat(play("95 85 95 85 95 85 85 85 85 85 81 79 85")).isEqualTo("....!!!!!!!..");
    // As long as enough of the last evaluations were true, one low value does not end it.
    assertThat(play("95 95 95 95 79 85 85 79")).isEqualTo("..!!!!!.");
  }

  @Test
  void countAndThreshold_surviveARestartBetweenTheThresholds() {
    start(HOT, item(3, 5, 80.0));
    assertThat(play("95 95 95 85 85 85 85")).isEqualTo("..!!!!!");
    restart(HOT, item(3, 5, 80.0));
    assertThat(play("85 85 85 79")).isEqualTo(".!!.");
    assertThat(sent).containsOnlyOnce("ended");
  }

  @Test
  void reload_withOtherNumbers_appliesThemAtTheNextEvaluation() {
    start(HOT, item(1, 1, 80.0));
    play("95 85");
    reload(HOT, item(1, 1, 70.0));
    assertThat(play("75")).isEqualTo("!");
    reload(HOT, item(1, 1, 78.0));
    assertThat(play("79 75")).isEqualTo("!.");
    reload(HOT, item(3, 5, 78.0));
    assertThat(play("95 95 95")).isEqualTo("..!");
    reload(HOT, item(2, 10, null));
    assertThat(play("70 70")).isEqualTo("!!");
  }

  @ParameterizedTest
  @CsvSource({
    "temperature > 90, 80, 95 85 80, !!.",
    "temperature >= 90, 80, 90 80 79, !!.",
    "temperature < 10, 20, 5 15 20, !!.",
    "temperature <= 10, 20, 10 20 21, !!.",
    "90 < temperature, 80, 95 85 80, !!.",
    "(temperature) > (90), 80, 95 85 80, !!.",
    "temperature < -10, -5, -11 -7 -5, !!.",
    "temperature > 90 and temperature < 99, 80, 95 85 100, !!.",
    "temperature > 90 unless temperature == 85, 80, 95 86 85, !!.",
    "max by (job) (temperature) > 90, 80, 95 85 80, !!.",
  })
  void comparisons_continueWithTheOtherNumber(
      String expression, double resolveAt, String values, String states) {
    start("- {alert: Hot, expr: '" + expression + "'}", item(1, 1, resolveAt));
    assertThat(play(values)).isEqualTo(states);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature > 90 | 90 | expected a number below 90, as it fires at values above it, found 90",
        "temperature > 90 | 95 | expected a number below 90, as it fires at values above it, found 95",
        "temperature < 10 | 5 | expected a number above 10, as it fires at values below it, found 5",
        "90 < temperature | 95 | expected a number below 90, as it fires at values above it, found 95",
        "temperature > bool 90 | 80 | expected an expression that compares values with a number",
        "temperature > limit | 80 | expected an expression that compares values with a number",
        "temperature == 90 | 80 | expected an expression that compares values with a number",
        "temperature | 80 | expected an expression that compares values with a number",
        "temperature > 90 or vector(1) > 2 | 80 | expected an expression that compares values",
        "1 > bool 0 | 0 | its expression is a scalar, expected a vector",
      })
  void expressionThatDoesNotFit_isRefusedWithItsRule(
      String expression, double resolveAt, String reason) {
    assertThatThrownBy(
            () -> spec("- {alert: Hot, expr: '" + expression + "'}", item(1, 1, resolveAt)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("pharos.yml:7: hysteresis[0]: the alert \"Hot\" in g.yml: ")
        .hasMessageContaining(reason);
  }

  @Test
  void itemWithoutRule_isRefused() {
    assertThatThrownBy(() -> spec("- {alert: Cold, expr: x < 0}", item(3, 5, null)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("pharos.yml:7: hysteresis[0]: no alerting rule has this name");
  }

  @Test
  void logRule_isRefused() {
    RuleFile logs =
        RuleFile.parseLogRules(
            "l.yml",
            "groups: [{name: g, rules: [{alert: Hot, expr: 'count_over_time({a=\"b\"}[5m]) > 3'}]}]");
    assertThatThrownBy(() -> RuleFile.withHysteresis(List.of(item(1, 1, 2.0)), List.of(logs)))
        .hasMessageContaining("its expression is LogQL, expected PromQL");
  }

  @Test
  void matchers_chooseAmongRulesOfOneName_byTheirOwnAndTheirGroupsLabels() {
    RuleFile file =
        RuleFile.parse(
            "g.yml",
            """
            groups:
              - name: g
                labels: {team: ops}
                rules:
                  - {alert: Hot, expr: x > 80, labels: {severity: warning}}
                  - {alert: Hot, expr: x > 90, labels: {severity: critical}}
            """,
            ParserOptions.defaults());
    var critical =
        new HysteresisRule(
            MatcherParser.parseMatchers("{severity=\"critical\",team=\"ops\"}"),
            1,
            1,
            85.0,
            "pharos.yml",
            1,
            "hysteresis[0]");
    List<RuleSpec> rules =
        RuleFile.withHysteresis(List.of(critical, item(2, 3, null)), List.of(file))
            .getFirst()
            .groups()
            .getFirst()
            .rules();
    assertThat(rules)
        .extracting(rule -> ((RuleSpec.Alerting) rule).hysteresis())
        .containsExactly(new Hysteresis(2, 3, null), new Hysteresis(1, 1, 85.0));
  }

  /// Rules pay only for what they use: nothing without an alert that fires.
  @Test
  void looserExpression_isEvaluatedOnlyWhileAnAlertFiresBelowItsThreshold() {
    group =
        new RuleGroup("g.yml", spec(HOT, item(1, 1, 80.0)), bench.settings, bench.context, false);
    RuleBench.at(group, "1m");
    bench.evaluator.give("temperature > 90", RuleBench.A, 95);
    RuleBench.at(group, "2m");
    assertThat(bench.evaluator.asked).hasSize(2);
    bench.evaluator.give("temperature > 90");
    RuleBench.at(group, "3m");
    assertThat(bench.evaluator.asked).hasSize(4);
    RuleBench.at(group, "4m");
    assertThat(bench.evaluator.asked).hasSize(5);
  }

  @Test
  void groupWithCounts_evaluatesAtMultiplesOfItsInterval() {
    assertThat(group(spec(HOT, item(3, 5, null)), false).offset()).isZero();
    assertThat(group(spec(HOT, item(1, 1, 80.0)), false).offset()).isPositive();
  }
}
