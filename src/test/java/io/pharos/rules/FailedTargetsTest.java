package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.alert.Alert;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.rules.gap.EarlierGaps;
import io.pharos.rules.gap.GapFills;
import io.pharos.storage.Appender;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Alerts whose input is missing because a target does not answer. Two targets are scraped every 15
/// seconds. Target a fails from 20 minutes on.
class FailedTargetsTest {
  private static final Duration INTERVAL = Duration.ofSeconds(15);
  private static final long DOWN = 20 * 60;

  private final RuleBench bench = new RuleBench();
  private final Engine engine =
      new Engine(bench.storage, EngineOptions.defaults(), System::nanoTime, bench.registry);
  private final Map<String, ObservationGaps.Source> sources = new HashMap<>();
  private ObservationGaps gaps = new ObservationGaps();
  private RuleGroup group;
  private final List<String> sent = new ArrayList<>();
  private long second;

  private void start(String rules, boolean restore) {
    gaps = new ObservationGaps();
    gaps.setHistory(EarlierGaps.history(bench.storage));
    for (String instance : List.of("a", "b")) {
      sources.put(instance, gaps.source(Labels.of("job", "api", "instance", instance), INTERVAL));
    }
    GapFills fills = GapFills.of(gaps, bench.storage, engine::over);
    group =
        new RuleGroup(
            "g.yml",
            RuleBench.spec(rules),
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
                fills),
            restore);
    fills.use(group.recordings());
  }

  /// Scrapes and evaluates up to a time. While both answer, target a has errors and target b none.
  ///
  /// @param isDown whether target a fails
  /// @param bad whether the values of target a are bad
  private void runTo(long end, boolean isDown, boolean bad) {
    for (; second <= end; second += INTERVAL.toSeconds()) {
      scrape("b", false, false);
      scrape("a", isDown, bad);
      bench.scheduler.set(Instant.ofEpochSecond(second));
      group.evaluate(Instant.ofEpochSecond(second));
    }
  }

  private void scrape(String instance, boolean isDown, boolean bad) {
    try (Appender appender = bench.storage.appender()) {
      long millis = second * 1000;
      Labels labels = Labels.of("job", "api", "instance", instance);
      sample(appender, labels, "up", isDown ? 0 : 1);
      sample(appender, labels, "temperature", isDown ? StaleMarker.VALUE : bad ? 95 : 50);
      sample(appender, labels, "backup_timestamp", isDown ? StaleMarker.VALUE : bad ? 0 : second);
      sample(appender, labels, "requests_total", isDown ? StaleMarker.VALUE : second * 10);
      double errors = bad ? second : instance.equals("a") ? DOWN : 0;
      sample(appender, labels, "errors_total", isDown ? StaleMarker.VALUE : errors);
      appender.commit();
      if (isDown) {
        sources.get(instance).failed(Instant.ofEpochMilli(millis));
      } else {
        sources.get(instance).seen(Instant.ofEpochMilli(millis));
      }
    }
  }

  private void sample(Appender appender, Labels labels, String name, double value) {
    appender.append(labels.with("__name__", name), second * 1000, value);
  }

  private void send(List<Alert> alerts) {
    alerts.forEach(
        alert -> sent.add(alert.endsAt().isAfter(bench.scheduler.instant()) ? "firing" : "ended"));
  }

  private static final String RECORDINGS =
      """
      - {record: 'job:errors:rate1m', expr: 'sum by (job) (rate(errors_total[1m]))'}
      - {record: 'job:requests:rate1m', expr: 'sum by (job) (rate(requests_total[1m]))'}
      - {record: 'job:errors:ratio1m', expr: 'job:errors:rate1m / job:requests:rate1m'}
      - {record: 'instance:temperature:max', expr: 'max_over_time(temperature[2m])'}
      - record: 'instance:hot:seen'
        expr: temperature > 90 or 0 * (last_over_time(instance:hot:seen[1h]) > 0 and temperature <= 90)
      """;

  private static String alert(String expression) {
    return RECORDINGS + "- {alert: Bad, expr: '" + expression + "'}\n";
  }

  private RuleSnapshot.Alerting alerting() {
    return (RuleSnapshot.Alerting) group.snapshot().rules().getLast();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "temperature > 90",
        "max by (job) (temperature) > 90",
        "avg_over_time(temperature[5m]) > 90",
        "time() - backup_timestamp > 900",
        "rate(errors_total[1m]) > 0.5",
        "increase(errors_total[5m]) > 100",
        "sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) > 0.02",
        "job:errors:rate1m > 0.5",
        "job:errors:ratio1m > 0.02",
        "instance:temperature:max > 90",
        "temperature > 90 and on (instance) up == 1",
        "last_over_time(instance:hot:seen[1h]) > 0"
      })
  void alertOfATargetThatFails_firesUntilTheTargetIsBackAndGood(String expression) {
    start(alert(expression), false);
    runTo(DOWN - 1, false, true);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    runTo(DOWN + 3 * 3600, true, true);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting().evaluation().health()).isEqualTo(RuleHealth.OK);
    assertThat(alerting().evaluation().warnings())
        .singleElement()
        .asString()
        .startsWith(
            "1 alerts do not end before their series are back: {instance=\"a\", job=\"api\"}")
        .endsWith(": the target did not answer");
    assertThat(sent).containsOnly("firing");

    runTo(second + 30, false, true);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    runTo(second + 600, false, false);
    assertThat(alerting().alerts()).isEmpty();
    assertThat(sent).contains("ended");
  }

  /// It is unknown whether the gauge stayed low.
  @ParameterizedTest
  @ValueSource(
      strings = {"avg_over_time(temperature[5m]) > 60", "-avg_over_time(temperature[5m]) < -60"})
  void alertOfAWindow_whoseGaugeFellShortlyBeforeTheFailure_firesUntilTheTargetIsBack(
      String expression) {
    start(alert(expression), false);
    runTo(DOWN - 60, false, true);
    runTo(DOWN - 1, false, false);
    runTo(DOWN + 3 * 3600, true, true);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    runTo(second + 600, false, false);
    assertThat(alerting().alerts()).isEmpty();
  }

  @Test
  void alertOfATargetThatFails_endsWhenTheTargetLeavesTheConfiguration() {
    start(alert("temperature > 90"), false);
    runTo(DOWN - 1, false, true);
    runTo(DOWN + 600, true, true);
    sources.get("a").end();
    runTo(DOWN + 615, true, true);
    assertThat(alerting().alerts()).isEmpty();
  }

  @Test
  void alertOfATargetThatFails_continuesAfterARestart() {
    start(alert("rate(errors_total[1m]) > 0.5"), false);
    runTo(DOWN - 1, false, true);
    runTo(DOWN + 3600, true, true);
    start(alert("rate(errors_total[1m]) > 0.5"), true);
    runTo(DOWN + 7200, true, true);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    assertThat(sent).containsOnly("firing");
  }

  @Test
  void alertOfASeriesThatEndedBeforeTheFailure_staysEnded() {
    start(alert("temperature > 90"), false);
    runTo(DOWN - 120, false, true);
    runTo(DOWN - 1, false, false);
    assertThat(alerting().alerts()).isEmpty();
    runTo(DOWN + 600, true, true);
    assertThat(alerting().alerts()).isEmpty();
  }

  @Test
  void alertAboutTheFailure_endsWhenTheTargetIsBack() {
    start(alert("up == 0"), false);
    runTo(DOWN - 1, false, true);
    runTo(DOWN + 60, true, true);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    runTo(DOWN + 75, false, true);
    assertThat(alerting().alerts()).isEmpty();
    assertThat(sent).contains("ended");
  }

  /// The comparison reads the second failure and the hole that the gap and the first one left: the
  /// target may have had traffic in one and not in the other.
  @Test
  void alertThatComparesAFailure_withAGapBeforeAnEarlierFailure_isHeld() {
    start(alert("rate(requests_total[5m]) < 0.5 * rate(requests_total[5m] offset 30m)"), false);
    runTo(1349, false, false);
    lose(1650);
    runTo(1900, true, false);
    runTo(2949, false, false);
    sent.clear();
    runTo(3600, true, false);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    assertThat(sent).containsOnly("firing");
  }

  /// Evaluates up to a time without scraping target a, because of a fault of Pharos.
  private void lose(long end) {
    for (; second <= end; second += INTERVAL.toSeconds()) {
      scrape("b", false, false);
      sources
          .get("a")
          .lost(
              new FailureOrigin.Own(FailureOrigin.Kind.DISK, "the disk is full"),
              Instant.ofEpochSecond(second),
              Set.of());
      bench.scheduler.set(Instant.ofEpochSecond(second));
      group.evaluate(Instant.ofEpochSecond(second));
    }
  }

  @Test
  void failure_startsNoAlert() {
    start(alert("temperature > 90"), false);
    runTo(DOWN - 1, false, false);
    runTo(DOWN + 600, true, false);
    assertThat(alerting().alerts()).isEmpty();
    assertThat(alerting().evaluation().warnings()).isEmpty();
  }
}
