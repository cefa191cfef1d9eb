package io.pharos.rules;

import static io.pharos.rules.RuleBench.alerting;
import static io.pharos.rules.RuleBench.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.gap.Recordings;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pending alerts that exist at some evaluations only if missing samples are assumed to be missing.
class UncheckedEvaluationsTest {
  private final RuleBench bench = new RuleBench();
  private final Engine engine =
      new Engine(bench.storage, EngineOptions.defaults(), System::nanoTime, bench.registry);
  private final Scripted fills = new Scripted();
  private int seconds;

  /// Assumes that the samples are as stored, or as those of the metric `assumed`.
  private final class Scripted implements GapFills {
    private final List<Query> asked = new ArrayList<>();
    private boolean interrupted;

    @Override
    public Optional<Filled> evaluate(Query query, long now) {
      asked.add(query);
      String assumed = query.text().replace("x", "assumed");
      var other =
          new Query(
              assumed,
              Optional.of(PromqlParser.parse(assumed, ParserOptions.defaults())),
              query.span(),
              Optional.empty());
      List<QueryResult> results = List.of(engine.evaluate(query), engine.evaluate(other));
      return Optional.of(new Filled(results, "a gap"));
    }

    @Override
    public Optional<Filled> late(Query query) {
      throw new IllegalStateException("not expected: a gap is in all windows");
    }

    @Override
    public boolean isInterrupted(Query query, long now) {
      return interrupted;
    }

    @Override
    public Optional<Filled> continued(Query query, long now) {
      return Optional.empty();
    }

    @Override
    public void use(List<Recordings.Recording> rules) {}
  }

  @BeforeEach
  void store() {
    for (seconds = 0; seconds <= 600; seconds += 15) {
      bench.store(Labels.of("__name__", "x"), seconds + "s", 1);
    }
    seconds = 0;
  }

  private void assume(int fromSeconds, int toSeconds, double value) {
    for (int at = fromSeconds; at <= toSeconds; at += 15) {
      bench.store(Labels.of("__name__", "assumed"), at + "s", value);
    }
  }

  private RuleGroup group(String rule) {
    return group(rule, RuleOptions.DEFAULT, false);
  }

  private RuleGroup group(String rule, RuleOptions options, boolean restore) {
    return group(rule, bench.context(engine, options, bench.blindness, fills), restore);
  }

  private static RuleGroup group(String rule, RuleContext context, boolean restore) {
    return new RuleGroup(
        "g.yml", RuleBench.spec(rule), RuleBench.settings("15s"), context, restore);
  }

  /* Evaluates at each 15 s from the last time on. Returns the second at which the alert fires. */
  private int firesAt(RuleGroup group) {
    while (alerting(group).state() != AlertState.FIRING && seconds <= 600) {
      at(group, seconds + "s");
      seconds += 15;
    }
    return seconds - 15;
  }

  @Test
  void certainAlert_isCheckedWhenItFires() {
    assume(0, 600, 1);
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 2m}");
    assertThat(firesAt(group)).isEqualTo(120);
    assertThat(fills.asked)
        .extracting(Query::span)
        .containsExactly(
            new Query.At(120_000), new Query.Steps(0, 105_000, Duration.ofSeconds(15)));
  }

  @Test
  void dueAlert_isCheckedWithoutOthers_andTheOtherIsCheckedLaterFromItsStartOn() {
    for (int at = 0; at <= 600; at += 15) {
      bench.store(Labels.of("__name__", "x", "path", "/a"), at + "s", at < 60 ? 0 : 1);
      bench.store(Labels.of("__name__", "assumed", "path", "/a"), at + "s", at < 90 ? 0 : 1);
      bench.store(Labels.of("__name__", "assumed"), at + "s", 1);
    }
    RuleGroup group = group("- {alert: Up, expr: 'sum by (path) (x) > 0', for: 2m}");
    var firing = new LinkedHashMap<String, Integer>();
    for (; seconds <= 600; seconds += 15) {
      at(group, seconds + "s");
      alerting(group).alerts().stream()
          .filter(alert -> alert.state() == AlertState.FIRING)
          .forEach(alert -> firing.putIfAbsent(alert.labels().get("path"), seconds));
    }

    assertThat(firing).containsExactly(entry("", 120), entry("/a", 210));
    assertThat(fills.asked)
        .extracting(query -> Printer.print(query.tree().orElseThrow()), Query::span)
        .containsExactly(
            tuple("sum by (path) (x) > 0", new Query.At(120_000)), // it has no labels
            tuple("sum by (path) (x) > 0", new Query.Steps(0, 105_000, Duration.ofSeconds(15))),
            tuple("sum by (path) (x{path=\"/a\"}) > 0", new Query.At(180_000)),
            tuple(
                "sum by (path) (x{path=\"/a\"}) > 0",
                new Query.Steps(60_000, 165_000, Duration.ofSeconds(15))),
            tuple("sum by (path) (x{path=\"/a\"}) > 0", new Query.At(210_000)),
            tuple("sum by (path) (x{path=\"/a\"}) > 0", new Query.At(195_000)));
  }

  @Test
  void certainAlert_afterAnInterruption_isAlsoCheckedWhenItBegins() {
    assume(0, 600, 1);
    fills.interrupted = true;
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 2m}");
    assertThat(firesAt(group)).isEqualTo(120);
    assertThat(fills.asked)
        .extracting(Query::span)
        .containsExactly(
            new Query.At(0),
            new Query.At(120_000),
            new Query.Steps(15_000, 105_000, Duration.ofSeconds(15)));
  }

  @Test
  void pendingAlert_thatEnds_isNotChecked() {
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 20m}");
    at(group, "0s");
    bench.store(Labels.of("__name__", "x"), "11m", 0);
    at(group, "11m");
    assertThat(alerting(group).alerts()).isEmpty();
    assertThat(fills.asked).isEmpty();
  }

  @Test
  void pendingAlert_thatEndsAfterAnInterruption_staysIfMissingSamplesMayBeTheReason() {
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 20m}");
    at(group, "0s");
    bench.store(Labels.of("__name__", "x"), "11m", 0);
    assume(0, 660, 1);
    fills.interrupted = true;
    at(group, "11m");
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);
    assertThat(alerting(group).evaluation().lastError()).startsWith("unknown for 1 alerts");
  }

  @Test
  void flappingAlerts_areNotCheckedBeforeOneIsDue() {
    assume(0, 3000, 1);
    RuleGroup group = group("- {alert: Up, expr: 'y > 0', for: 2m}");
    for (int second = 0; second <= 3000; second += 15) {
      bench.store(Labels.of("__name__", "y", "turn", "" + second % 2), second + "s", 1);
      bench.store(Labels.of("__name__", "y", "turn", "" + (1 - second % 2)), second + "s", 0);
      group.evaluate(Instant.ofEpochSecond(second));
    }
    assertThat(alerting(group).alerts()).hasSize(1);
    assertThat(fills.asked).isEmpty();
  }

  /// Its process is killed before the check in which it would have told.
  @Test
  void alertThatWasUncertainBeforeARestart_firesForAfterTheLastUncertainEvaluation() {
    assume(0, 30, 1);
    assume(45, 60, 0);
    assume(75, 600, 1);
    String rule = "- {alert: Up, expr: 'x > 0', for: 2m}";
    RuleGroup killed = group(rule);
    while (seconds <= 90) {
      at(killed, seconds + "s");
      seconds += 15;
    }
    var options =
        new RuleOptions(
            Duration.ofMinutes(1), Duration.ofSeconds(30), Duration.ofHours(1), Set.of());
    bench.scheduler.set(
        Instant.ofEpochSecond(120)); // when the state is restored: 30 s do not count
    assertThat(firesAt(group(rule, options, true))).isEqualTo(75 + 120 + 30);
  }

  /// Its `for` is too short to be restored.
  @ParameterizedTest
  @CsvSource({"0, 1, FIRING", "0, 0, INACTIVE", "1, 0, FIRING"})
  void alertThatFiredBeforeARestart_andIsPending_firesAgainOnceItsEndIsUncertain(
      int stored, int assumed, AlertState state) {
    Labels alert = Labels.of("alertname", "Up");
    bench.store(alert.with("__name__", "ALERTS").with("alertstate", "firing"), "570s", 1);
    bench.store(alert.with("__name__", "ALERTS_FOR_STATE"), "570s", 500);
    assume(570, 615, 1);
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 2m}", RuleOptions.DEFAULT, true);
    bench.scheduler.set(Instant.ofEpochSecond(615));
    at(group, "600s");
    at(group, "615s");
    assertThat(alerting(group).state()).isEqualTo(AlertState.PENDING);

    fills.interrupted = true;
    for (int second = 630; second <= 720; second += 15) {
      bench.store(Labels.of("__name__", "x"), second + "s", stored);
      assume(second, second, assumed);
      at(group, second + "s");
    }
    assertThat(alerting(group).state()).isEqualTo(state);
    assertThat(alerting(group).alerts())
        .allSatisfy(it -> assertThat(it.activeAt()).isEqualTo(Instant.ofEpochSecond(500)));
  }

  @Test
  void firingAlert_isNotChecked() {
    assume(0, 600, 1);
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 2m}");
    firesAt(group);
    fills.asked.clear();
    at(group, "150s");
    assertThat(fills.asked).isEmpty();
  }

  @Test
  void alertThatWasUncertainBetweenTwoChecks_firesForAfterTheLastUncertainEvaluation() {
    assume(0, 30, 1);
    assume(45, 60, 0);
    assume(75, 600, 1);
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 2m}");
    assertThat(firesAt(group)).isEqualTo(75 + 120);
  }

  /// While it is uncertain in the last evaluation, the ones before do not matter.
  @Test
  void uncertainAlert_isCheckedOncePerFor_andFiresForAfterItIsCertain() {
    assume(0, 285, 0);
    assume(300, 600, 1);
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 2m}");
    assertThat(firesAt(group)).isEqualTo(300 + 120);
    assertThat(fills.asked)
        .extracting(Query::span)
        .containsExactly(
            new Query.At(120_000),
            new Query.At(240_000),
            new Query.At(360_000),
            new Query.Steps(255_000, 345_000, Duration.ofSeconds(15)),
            new Query.At(420_000),
            new Query.Steps(375_000, 405_000, Duration.ofSeconds(15)));
  }

  @Test
  void uncertainAlert_afterAnInterruption_saysSoUntilItIsCertain() {
    assume(0, 105, 0);
    assume(120, 600, 1);
    fills.interrupted = true;
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 2m}");
    at(group, "0s");
    at(group, "15s");
    assertThat(alerting(group).evaluation().lastError()).startsWith("unknown for 1 alerts");
    firesAt(group);
    assertThat(alerting(group).evaluation().lastError()).isEmpty();
  }

  @Test
  void alertWithoutFor_isCheckedAtEachEvaluation() {
    assume(0, 30, 0);
    assume(45, 600, 1);
    RuleGroup group = group("- {alert: Up, expr: 'x > 0'}");
    assertThat(firesAt(group)).isEqualTo(45);
  }

  @Test
  void expressionOfTheQueryRange_isCheckedAtOneTimeAfterTheOther() {
    assume(0, 600, 1);
    RuleGroup group = group("- {alert: Up, expr: 'x @ end() > 0', for: 1m}");
    assertThat(firesAt(group)).isEqualTo(60);
    assertThat(fills.asked)
        .extracting(Query::span)
        .containsExactly(
            new Query.At(60_000),
            new Query.At(0),
            new Query.At(15_000),
            new Query.At(30_000),
            new Query.At(45_000));
  }

  /// The group is not evaluated at 45 s and 60 s, because the machine is slow.
  private int firesAtWithoutTwoSlots(RuleGroup group) {
    for (int second : new int[] {0, 15, 30}) {
      at(group, second + "s");
    }
    seconds = 75;
    return firesAt(group);
  }

  @Test
  void missedSlots_inWhichTheConditionWasUncertain_beginForAnew() {
    assume(0, 30, 1);
    assume(45, 60, 0);
    assume(75, 600, 1);
    assertThat(firesAtWithoutTwoSlots(group("- {alert: Up, expr: 'x > 0', for: 2m}")))
        .isEqualTo(75 + 120);
  }

  @ParameterizedTest
  @CsvSource({"1, 120", "0, 195"})
  void missedSlots_withAllSamples_beginForAnewIfTheConditionDidNotHold(int value, int firesAt) {
    Labels y = Labels.of("__name__", "y");
    for (int second = 0; second <= 600; second += 15) {
      bench.store(y, second + "s", second == 45 || second == 60 ? value : 1);
    }
    GapFills noGaps = GapFills.of(new ObservationGaps(), bench.storage, engine::over);
    RuleContext context = bench.context(engine, RuleOptions.DEFAULT, bench.blindness, noGaps);
    RuleGroup group = group("- {alert: Up, expr: 'y > 0', for: 2m}", context, false);
    assertThat(firesAtWithoutTwoSlots(group)).isEqualTo(firesAt);
  }

  @Test
  void alertWithLongFor_isCheckedAfterSixtyFourEvaluations() {
    for (int second = 615; second <= 3000; second += 15) {
      bench.store(Labels.of("__name__", "x"), second + "s", 1);
    }
    assume(0, 3000, 1);
    RuleGroup group = group("- {alert: Up, expr: 'x > 0', for: 40m}");
    for (int second = 0; second <= 2400; second += 15) {
      group.evaluate(Instant.ofEpochSecond(second));
    }
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(fills.asked).hasSize(4);
  }
}
