package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.rules.gap.GapFills;
import io.pharos.storage.Appender;
import io.pharos.trouble.ObservationGaps;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Series that a process recorded before a restart, next to those that the new one records. Pharos
/// was away from 600 s to 780 s; the service restarted meanwhile, and has had no errors since.
class EarlierRecordingsTest {
  private static final String REQUESTS =
      "- {record: 'job:requests:rate2m', expr: 'sum by (job) (rate(requests_total[2m]))'}\n";
  private static final String ERRORS =
      "- {record: 'job:errors:rate2m', expr: 'sum by (job) (rate(requests_total{status=\"500\"}[2m]))'}\n";
  private static final String RATIO =
      "- {alert: Errors, expr: 'job:errors:rate2m / job:requests:rate2m > 0.1'}\n";

  private static final Labels OK = Labels.of("__name__", "requests_total", "job", "j");
  private static final Labels FAILED = OK.with("status", "500");

  private final RuleBench bench = new RuleBench();
  private final Engine engine =
      new Engine(bench.storage, EngineOptions.defaults(), System::nanoTime, bench.registry);
  private final ObservationGaps gaps = new ObservationGaps();
  private final GapFills fills = GapFills.of(gaps, bench.storage, engine::over);

  @BeforeEach
  void store() {
    for (int second = 0; second <= 600; second += 15) {
      scrape(second, OK, second * 10.0);
      scrape(second, FAILED, second * 0.5);
      scrape(second, Labels.of("__name__", "job:requests:rate2m", "job", "j"), 10.5);
      scrape(second, Labels.of("__name__", "job:errors:rate2m", "job", "j"), 0.5);
    }
    gaps.addAbsence(
        Optional.of(Instant.ofEpochSecond(600)), Instant.ofEpochSecond(780), "it was away");
  }

  private void scrape(int second, Labels series, double value) {
    try (Appender appender = bench.storage.appender()) {
      appender.append(series, second * 1000L, value);
      appender.commit();
    }
  }

  private RuleGroup restarted(String rules) {
    RuleContext context = bench.context(engine, RuleOptions.DEFAULT, gaps, fills);
    var group =
        new RuleGroup("g.yml", RuleBench.spec(rules), RuleBench.settings("15s"), context, true);
    fills.use(group.recordings());
    return group;
  }

  private void run(RuleGroup group, boolean hasErrors, int until) {
    for (int second = 780; second <= until; second += 15) {
      scrape(second, OK, (second - 780) * 0.5);
      if (hasErrors) {
        scrape(second, FAILED, (second - 780) * 0.4);
      }
      bench.scheduler.set(Instant.ofEpochSecond(second));
      group.evaluate(Instant.ofEpochSecond(second));
    }
  }

  private List<AlertSnapshot> alerts(RuleGroup group) {
    return ((RuleSnapshot.Alerting) group.snapshot().rules().getLast()).alerts();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        RATIO,
        "- {record: 'job:ratio', expr: 'job:errors:rate2m / job:requests:rate2m'}\n"
            + "- {alert: Errors, expr: 'job:ratio > 0.1'}\n"
      })
  void seriesOfAnEarlierProcess_thatIsNoLongerRecorded_isNotReadBesideNewOnes(String rules) {
    RuleGroup group = restarted(REQUESTS + ERRORS + rules);
    run(group, false, 1020);
    assertThat(bench.sent()).isEmpty();
    assertThat(alerts(group)).isEmpty();
    assertThat(bench.stored("job:ratio")).isEmpty();
  }

  @Test
  void seriesThatTheRuleReturnsAgain_goesOn() {
    run(restarted(REQUESTS + ERRORS + RATIO), true, 1020);
    assertThat(bench.stored("job:errors:rate2m"))
        .singleElement()
        .asString()
        .doesNotContain("stale");
    assertThat(bench.sent()).isNotEmpty();
  }

  @Test
  void seriesOfAMetricThatTwoRulesRecord_isNotEnded() {
    String other = "- {record: 'job:errors:rate2m', expr: 'nothing', labels: {job: other}}\n";
    run(restarted(REQUESTS + ERRORS + other + RATIO), false, 810);
    assertThat(bench.stored("job:errors:rate2m")).singleElement().asString().endsWith("@10m");
  }

  /// The requests in the gap may have been as many as before.
  @Test
  void seriesThatOnlyMissingSamplesEnd_staysUntilTheWindowIsComplete() {
    for (int second = 0; second <= 600; second += 15) {
      scrape(second, Labels.of("__name__", "job:busy", "job", "j"), 1500);
    }
    run(
        restarted(
            "- {record: 'job:busy', expr: 'sum by (job) (increase(requests_total[2m])) > 500'}\n"
                + RATIO),
        false,
        1020);
    assertThat(bench.stored("job:busy")).singleElement().asString().endsWith("1500@10m stale@14m");
  }
}
