package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.rules.gap.GapFills;
import io.pharos.storage.Appender;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Alerts about a GPU that an exporter no longer shows, although it answers. Scrapes are 15 seconds
/// apart; GPU 1 is hot, GPU 0 is not.
class LostSeriesTest {
  private static final Duration INTERVAL = Duration.ofSeconds(15);
  private static final Labels TARGET = Labels.of("job", "gpu", "instance", "a");
  private static final long LOST = 20 * 60;

  private final RuleBench bench = new RuleBench();
  private final Engine engine =
      new Engine(bench.storage, EngineOptions.defaults(), System::nanoTime, bench.registry);
  private final ObservationGaps gaps = new ObservationGaps();
  private final ObservationGaps.Source source = gaps.source(TARGET, INTERVAL);
  private final Set<String> gpus = new HashSet<>(Set.of("0", "1"));
  private long startTime = 1;
  private double temperature = 95;
  private long second;
  private RuleGroup group;

  private void start(String rules) {
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
                _ -> {},
                bench.scheduler,
                bench.registry,
                RuleOptions.DEFAULT,
                gaps,
                bench.continuity,
                fills),
            false);
    fills.use(group.recordings());
    runTo(LOST - 1);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
  }

  private void runTo(long end) {
    for (; second <= end; second += INTERVAL.toSeconds()) {
      try (Appender appender = bench.storage.appender()) {
        append(appender, TARGET, "up", 1);
        append(appender, TARGET, "process_start_time_seconds", startTime);
        gpus.forEach(gpu -> scrape(appender, TARGET.with("gpu", gpu)));
        appender.commit();
      }
      source.seen(Instant.ofEpochSecond(second));
      bench.scheduler.set(Instant.ofEpochSecond(second));
      group.evaluate(Instant.ofEpochSecond(second));
    }
  }

  private void scrape(Appender appender, Labels gpu) {
    boolean isHot = !gpu.get("gpu").equals("0");
    append(appender, gpu, "temperature", isHot ? temperature : 50);
    append(appender, gpu, "errors_total", isHot ? second : 0);
  }

  private void append(Appender appender, Labels labels, String name, double value) {
    appender.append(labels.with("__name__", name), second * 1000, value);
  }

  private void lose(String gpu) {
    gpus.remove(gpu);
    try (Appender appender = bench.storage.appender()) {
      for (String name : new String[] {"temperature", "errors_total"}) {
        append(appender, TARGET.with("gpu", gpu), name, StaleMarker.VALUE);
      }
      appender.commit();
    }
  }

  private RuleSnapshot.Alerting alerting() {
    return (RuleSnapshot.Alerting) group.snapshot().rules().getLast();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "temperature > 90",
        "max by (instance) (temperature) > 90",
        "rate(errors_total[1m]) > 0.5",
        "job:temperature:max > 90"
      })
  void alertOfASeriesThatItsTargetLost_firesForAnHour(String expression) {
    start(
        "- {record: 'job:temperature:max', expr: 'max by (job) (temperature)'}\n- {alert: Hot, expr: '"
            + expression
            + "'}\n");
    lose("1");
    runTo(LOST + 3590);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting().evaluation().warnings())
        .singleElement()
        .asString()
        .startsWith("1 alerts do not end before their series are back")
        .contains("gpu=\"1\"")
        .endsWith("the target answers without it");
    runTo(LOST + 3700);
    assertThat(alerting().alerts()).isEmpty();
  }

  @Test
  void alertOfASeriesThatIsBack_dependsOnItsValue() {
    start("- {alert: Hot, expr: 'temperature > 90'}");
    lose("1");
    runTo(LOST + 1200);
    gpus.add("1");
    runTo(LOST + 1300);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    temperature = 50;
    runTo(LOST + 1315);
    assertThat(alerting().alerts()).isEmpty();
  }

  /// As a pod that a new one replaces.
  @Test
  void alertOfASeriesThatAnotherReplaces_ends() {
    start("- {alert: Hot, expr: 'temperature{gpu=~\"[12]\"} > 90'}");
    temperature = 50;
    gpus.add("2");
    gpus.remove("1");
    runTo(LOST + 60);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING); // until the lookback ends
    lose("1");
    runTo(LOST + 90);
    assertThat(alerting().alerts()).isEmpty();
  }

  @Test
  void alertOfATargetThatRestartedWithoutTheSeries_ends() {
    start("- {alert: Hot, expr: 'temperature > 90'}");
    startTime = LOST;
    lose("1");
    runTo(LOST + 15);
    assertThat(alerting().alerts()).isEmpty();
  }

  @Test
  void alertOfATargetThatLeavesTheConfiguration_ends() {
    start("- {alert: Hot, expr: 'temperature > 90'}");
    lose("1");
    runTo(LOST + 600);
    assertThat(alerting().state()).isEqualTo(AlertState.FIRING);
    source.end();
    runTo(LOST + 615);
    assertThat(alerting().alerts()).isEmpty();
  }

  /// The series of an alert end when it does.
  @Test
  void alertAboutAnAlert_ends() {
    start(
        """
        - {alert: Hot, expr: 'temperature > 90'}
        - {alert: Page, expr: 'ALERTS{alertname="Hot"}'}
        """);
    temperature = 50;
    runTo(LOST + 15);
    assertThat(alerting().alerts()).isEmpty();
  }
}
