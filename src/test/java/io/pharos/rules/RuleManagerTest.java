package io.pharos.rules;

import static io.pharos.rules.RuleBench.A;
import static io.pharos.rules.RuleBench.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.Labels;
import io.pharos.promql.parser.ParserOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Points 8, 11 and 12: groups that are added, changed and removed.
class RuleManagerTest {
  private final RuleBench bench = new RuleBench();
  private final RuleManager manager =
      new RuleManager(bench.context, bench.scheduler, Optional.empty());

  @AfterEach
  void close() {
    manager.close();
  }

  private void load(RuleFile... files) {
    manager.load(List.of(files), bench.settings);
  }

  private void pass(int minutes) {
    bench.scheduler.pass(Duration.ofMinutes(minutes));
  }

  private AlertSnapshot onlyAlert() {
    return ((RuleSnapshot.Alerting) manager.groups().getFirst().rules().getFirst())
        .alerts()
        .getFirst();
  }

  private double count(String meter) {
    return bench.registry.get(meter).tag("rule_group", "f.yml;g").counter().count();
  }

  @Test
  void point11_unchangedGroup_keepsRunningWithTheSameJob() {
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m}"));
    var job = bench.scheduler.jobs.getFirst();
    bench.evaluator.give("x", A, 1);
    pass(5);
    Instant activeAt = onlyAlert().activeAt();
    load(RuleBench.file("f.yml", "# a remark\n- {alert: Up, expr: x, for: 30m}"));

    assertThat(bench.scheduler.jobs).containsExactly(job);
    assertThat(onlyAlert().activeAt()).isEqualTo(activeAt);
  }

  @Test
  void point11_editedExpressionForAndAnnotations_keepTheState() {
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m}"));
    bench.evaluator.give("x", A, 1);
    bench.evaluator.give("x > 0", A, 1);
    pass(5);
    Instant activeAt = onlyAlert().activeAt();
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x > 0, for: 7m, annotations: {text: new}}"));
    assertThat(onlyAlert().activeAt()).isEqualTo(activeAt);
    pass(3);

    assertThat(onlyAlert().activeAt()).isEqualTo(activeAt);
    assertThat(onlyAlert().state()).isEqualTo(AlertState.FIRING);
    assertThat(onlyAlert().annotations()).isEqualTo(Labels.of("text", "new"));
  }

  @Test
  void point11_changedGroup_keepsItsTimesButItsRulesWereNotEvaluatedYet() {
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x}"));
    bench.evaluator.fail("x", "no such thing");
    pass(2);
    Instant evaluated = manager.groups().getFirst().lastEvaluation();
    assertThat(evaluated).isNotNull();
    load(RuleBench.file("f.yml", "- {alert: Up, expr: y}"));

    GroupSnapshot group = manager.groups().getFirst();
    assertThat(group.lastEvaluation()).isEqualTo(evaluated);
    assertThat(group.rules().getFirst().evaluation()).isEqualTo(RuleSnapshot.Evaluation.NONE);
    assertThat(((RuleSnapshot.Alerting) group.rules().getFirst()).state())
        .isEqualTo(AlertState.UNKNOWN);
  }

  @Test
  void point11_globalIntervalOfAGroupWithoutItsOwn_movesItsJobAndKeepsItsState() {
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m}"));
    bench.evaluator.give("x", A, 1);
    pass(1);
    Instant since = onlyAlert().activeAt();
    manager.load(
        List.of(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m}")),
        RuleBench.settings("15s"));

    assertThat(bench.scheduler.jobs)
        .extracting(job -> job.every)
        .containsExactly(Duration.ofSeconds(15));
    pass(1);
    assertThat(onlyAlert().activeAt()).isEqualTo(since);
  }

  @Test
  void point12_intervalBelowASecond_hasSlotsInMilliseconds() {
    load(
        RuleFile.parse(
            "f.yml",
            "groups: [{name: fast, interval: 1500ms, rules: []}]",
            ParserOptions.defaults()));

    VirtualScheduler.Scheduled job = bench.scheduler.jobs.getFirst();
    assertThat(job.every).isEqualTo(Duration.ofMillis(1500));
    assertThat(job.offset).isBetween(Duration.ZERO, Duration.ofMillis(1499));
  }

  @Test
  void point11_sameNameAndLabels_areMatchedFirstToFirst() {
    load(
        RuleBench.file(
            "f.yml", "- {alert: Up, expr: x, for: 30m}\n- {alert: Up, expr: y, for: 30m}"));
    bench.evaluator.give("x", A, 1);
    bench.evaluator.give("y", B, 1);
    pass(5);
    load(
        RuleBench.file(
            "f.yml", "- {alert: Up, expr: x, for: 40m}\n- {alert: Up, expr: y, for: 40m}"));

    assertThat(manager.groups().getFirst().rules())
        .extracting(
            rule -> ((RuleSnapshot.Alerting) rule).alerts().getFirst().labels().get("instance"))
        .containsExactly("a", "b");
  }

  @Test
  void point11_changedLabels_areAnotherRule() {
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m}"));
    bench.evaluator.give("x", A, 1);
    pass(5);
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m, labels: {a: b}}"));

    assertThat(((RuleSnapshot.Alerting) manager.groups().getFirst().rules().getFirst()).alerts())
        .isEmpty();
  }

  @Test
  void point11_changedSettings_keepTheState() {
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m}"));
    bench.evaluator.give("x", A, 1);
    pass(5);
    Instant activeAt = onlyAlert().activeAt();
    manager.load(
        List.of(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m}")),
        RuleBench.settings("30s"));

    assertThat(onlyAlert().activeAt()).isEqualTo(activeAt);
    assertThat(manager.groups().getFirst().interval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(bench.scheduler.jobs).hasSize(1);
  }

  @Test
  void point11_twoGroupsOfOneName_areRefusedAndNothingChanges() {
    RuleFile good = RuleBench.file("f.yml", "- {alert: Up, expr: x}");
    load(good);
    RuleFile other = RuleBench.file("other.yml", "- {alert: Up, expr: x}");

    assertThatThrownBy(() -> load(other, good, good))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("f.yml;g is defined twice");
    assertThat(manager.groups()).extracting(GroupSnapshot::file).containsExactly("f.yml");
    assertThat(bench.scheduler.jobs).hasSize(1);
  }

  @Test
  void point3_forRaisedByAReload_makesAFiringAlertWaitAgain() {
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 2m}"));
    bench.evaluator.give("x", A, 1);
    pass(6);
    assertThat(onlyAlert().state()).isEqualTo(AlertState.FIRING);
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 30m}"));
    pass(1);

    assertThat(onlyAlert().state()).isEqualTo(AlertState.PENDING);
    assertThat(onlyAlert().firedAt()).isNull();
  }

  @Test
  void point8_seriesOfARemovedRule_endWithTheNextEvaluation() {
    load(RuleBench.file("f.yml", "- {record: r, expr: x}\n- {record: s, expr: x}"));
    bench.evaluator.give("x", A, 1);
    pass(1);
    load(RuleBench.file("f.yml", "- {record: s, expr: x}"));
    pass(2);

    assertThat(bench.stored("r").getFirst()).contains("stale@").doesNotContain("stale@1m ");
    assertThat(bench.stored("r").getFirst().split(" ")).hasSize(3);
    assertThat(bench.stored("s").getFirst()).doesNotContain("stale");
  }

  @Test
  void point8_seriesOfARemovedGroup_endAfterTwoIntervals() {
    load(RuleBench.file("f.yml", "- {record: r, expr: x}"));
    bench.evaluator.give("x", A, 1);
    pass(3);
    load();
    assertThat(manager.groups()).isEmpty();
    bench.scheduler.pass(Duration.ofSeconds(119));
    assertThat(bench.stored("r").getFirst()).doesNotContain("stale");
    bench.scheduler.pass(Duration.ofSeconds(1));

    assertThat(bench.stored("r").getFirst()).endsWith("stale@3m");
    assertThat(bench.scheduler.names()).isEmpty();
  }

  @Test
  void point8_seriesOfARemovedGroupWithAnOffset_endAtTheRemovalMinusTheOffset() {
    load(
        RuleFile.parse(
            "f.yml",
            "groups: [{name: g, query_offset: 10s, rules: [{record: r, expr: x}]}]",
            ParserOptions.defaults()));
    bench.evaluator.give("x", A, 1);
    pass(3);
    load();
    pass(3);

    assertThat(bench.stored("r").getFirst()).endsWith("stale@2m50s");
  }

  @Test
  void point8_seriesOfARenamedGroup_goOn() {
    load(RuleBench.file("f.yml", "- {record: r, expr: x}"));
    bench.evaluator.give("x", A, 1);
    pass(3);
    load(RuleBench.file("renamed.yml", "- {record: r, expr: x}"));
    pass(5);

    assertThat(bench.stored("r").getFirst()).doesNotContain("stale");
  }

  @Test
  void point12_slots_areSpreadOverTheIntervalByFileAndName() {
    RuleFile many =
        RuleFile.parse(
            "f.yml",
            "groups: [{name: a, rules: []}, {name: b, rules: []}, {name: c, rules: []}]",
            ParserOptions.defaults());
    load(many);

    assertThat(bench.scheduler.jobs)
        .allSatisfy(
            job -> {
              assertThat(job.every).isEqualTo(Duration.ofMinutes(1));
              assertThat(job.offset).isBetween(Duration.ZERO, Duration.ofSeconds(59));
            })
        .extracting(job -> job.offset)
        .doesNotHaveDuplicates();
    assertThat(
            new RuleGroup("f.yml", many.groups().getFirst(), bench.settings, bench.context, false)
                .offset())
        .isEqualTo(bench.scheduler.jobs.getFirst().offset);
  }

  @Test
  void point12_missedSlots_areCountedAndTheNextEvaluationIsForItsOwnSlot() {
    load(RuleBench.file("f.yml", "- {record: r, expr: x}"));
    bench.evaluator.give("x", A, 1);
    pass(2);
    bench.scheduler.skip(Duration.ofMinutes(3));
    pass(1);

    assertThat(count("prometheus.rule.group.iterations.missed")).isEqualTo(3);
    assertThat(count("prometheus.rule.group.iterations")).isEqualTo(6);
    assertThat(count("prometheus.rule.evaluations")).isEqualTo(3);
    assertThat(bench.stored("r").getFirst().split(" ")).hasSize(4);
  }

  @Test
  void meters_carryTheGroupAndLeaveWithIt() {
    load(RuleBench.file("f.yml", "- {record: r, expr: x}\n- {alert: Up, expr: y}"));
    bench.evaluator.give("x", A, 1);
    bench.evaluator.fail("y", "no");
    pass(2);

    assertThat(count("prometheus.rule.evaluations")).isEqualTo(4);
    assertThat(count("prometheus.rule.evaluation.failures")).isEqualTo(2);
    assertThat(gauge("interval.seconds")).isEqualTo(60);
    assertThat(gauge("rules")).isEqualTo(2);
    assertThat(gauge("last.evaluation.timestamp.seconds")).isPositive();
    assertThat(gauge("last.duration.seconds")).isNotNegative();
    assertThat(gauge("last.evaluation.samples")).isEqualTo(1);
    assertThat(bench.registry.get("prometheus.rule.group.duration").timer().count()).isEqualTo(2);

    load(RuleBench.file("f.yml", "- {record: r, expr: x}"));
    assertThat(gauge("rules")).isEqualTo(1);
    assertThat(count("prometheus.rule.evaluations")).isEqualTo(4);
    load();
    assertThat(bench.registry.find("prometheus.rule.evaluations").counter()).isNull();
  }

  private double gauge(String name) {
    return bench
        .registry
        .get("prometheus.rule.group." + name)
        .tag("rule_group", "f.yml;g")
        .gauge()
        .value();
  }

  @Test
  void point10_firstLoad_restoresAndALaterGroupDoesNot() {
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x}"));
    bench.evaluator.give("x", A, 1);
    pass(1);
    assertThat(bench.stored("ALERTS")).isEmpty();
    pass(2);
    assertThat(bench.stored("ALERTS")).hasSize(1);
    load(
        RuleBench.file("f.yml", "- {alert: Up, expr: x}"),
        RuleBench.file("late.yml", "- {alert: Late, expr: x}"));
    pass(1);

    assertThat(bench.stored("ALERTS")).hasSize(2);
  }

  @Test
  void point10_groupChangedBeforeItIsRestored_isRestoredAllTheSame() {
    bench.store(
        Labels.of("__name__", "ALERTS_FOR_STATE", "alertname", "Up", "instance", "a"), "1s", 0);
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 1h}"));
    bench.evaluator.give("x", A, 1);
    pass(1);
    load(RuleBench.file("f.yml", "- {alert: Up, expr: x, for: 2h}"));
    assertThat(bench.stored("ALERTS")).isEmpty();
    pass(1);

    assertThat(onlyAlert().activeAt()).isBefore(Instant.ofEpochSecond(120));
    pass(1);
    assertThat(bench.stored("ALERTS")).hasSize(1);
  }

  @Test
  void close_stopsEverything() {
    load(RuleBench.file("f.yml", "- {record: r, expr: x}"));
    manager.close();

    assertThat(bench.scheduler.jobs).isEmpty();
    assertThat(manager.groups()).isEmpty();
    assertThatThrownBy(() -> load()).isInstanceOf(IllegalStateException.class);
  }
}
