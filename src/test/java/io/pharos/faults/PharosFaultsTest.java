package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.faults.FaultRun.Target;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.RuleContext;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleGroup;
import io.pharos.rules.RuleOptions;
import io.pharos.rules.RuleSettings;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.InMemoryStorage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The alerts on rules and on Pharos itself, raised by rules that fail or come too late; and those
/// on what can't be had here, Loki, by a page in its format.
class PharosFaultsTest {
  private static final String ADDRESS = "127.0.0.1:9095";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final InMemoryStorage storage = new InMemoryStorage();
  private final VirtualTime time = new VirtualTime();
  private final Duration interval = Duration.ofSeconds(15);

  private static FaultRun run(String job, String pack) throws IOException {
    return new FaultRun(List.of(new Target(job, ADDRESS, "")), pack);
  }

  private RuleGroup group(String expression) {
    var file =
        RuleFile.parse(
            "r.yml",
            "groups: [{name: g, rules: [{record: r, expr: '%s'}]}]".formatted(expression),
            ParserOptions.defaults());
    var context =
        new RuleContext(
            new Engine(storage, EngineOptions.defaults(), System::nanoTime, registry),
            RuleContext.NO_LOGS,
            storage,
            storage,
            _ -> {},
            time,
            registry,
            RuleOptions.DEFAULT);
    return new RuleGroup(
        "r.yml",
        file.groups().getFirst(),
        new RuleSettings(interval, Duration.ZERO, Labels.empty(), "http://pharos.example"),
        context,
        false);
  }

  /// Evaluates a group that often, this many intervals apart.
  private void evaluate(RuleGroup group, int count, int intervals) {
    for (int i = 0; i < count; i++) {
      time.advance(interval.multipliedBy(intervals));
      try (var appender = storage.appender()) {
        for (String metric : List.of("a", "b")) {
          for (String n : List.of("1", "2")) {
            appender.append(Labels.of("__name__", metric, "n", n), time.millis(), 1);
          }
        }
        appender.commit();
      }
      group.tick(time.instant());
    }
  }

  private void show(FaultRun run, Duration length) {
    run.show(Map.of(ADDRESS, FaultRun.page(registry)));
    run.pass(length);
  }

  @Test
  void ruleThatFails_isTold() throws IOException {
    RuleGroup group = group("sum by (n) (a)");
    RuleGroup failing = group("a * on () b");
    try (FaultRun run = run("pharos", "pharos")) {
      evaluate(group, 5, 1);
      show(run, Duration.ofMinutes(15));
      assertThat(run.firing()).containsExactly("Watchdog");
      evaluate(failing, 3, 1);
      show(run, Duration.ofMinutes(3));
      assertThat(run.firing()).containsExactlyInAnyOrder("RuleEvaluationFailing", "Watchdog");
    }
  }

  @Test
  void rulesThatComeTooLate_areTold() throws IOException {
    RuleGroup group = group("sum by (n) (a)");
    try (FaultRun run = run("pharos", "pharos")) {
      evaluate(group, 5, 1);
      show(run, Duration.ofMinutes(15));
      assertThat(run.firing()).containsExactly("Watchdog");
      for (int i = 0; i < 4; i++) {
        evaluate(group, 3, 4);
        show(run, Duration.ofMinutes(4));
      }
      assertThat(run.firing()).containsExactlyInAnyOrder("RuleEvaluationsMissed", "Watchdog");
    }
  }

  @Test
  void loopThatStandsStill_isTold() throws IOException {
    try (FaultRun run = run("pharos", "pharos-trouble")) {
      LoopRegistry.Loop loop =
          new LoopRegistry(run.clock(), () -> 0, registry)
              .begin("scrape-discovery", "", Duration.ofSeconds(5));
      run.ask(_ -> Optional.of(FaultRun.page(registry)));
      for (int minutes = 0; minutes < 10; minutes++) {
        loop.ran();
        run.pass(Duration.ofMinutes(1));
      }
      assertThat(run.firing()).isEmpty();
      run.pass(Duration.ofMinutes(3));
      assertThat(run.firing()).containsExactly("PharosLoopStandsStill");
    }
  }

  @Test
  void pharosThatIsGone_isToldByAnother() throws IOException {
    try (FaultRun run = run("pharos", "pharos")) {
      show(run, Duration.ofMinutes(5));
      assertThat(run.firing()).containsExactly("Watchdog");
      run.show(Map.of());
      run.pass(Duration.ofMinutes(3));
      assertThat(run.firing()).containsExactlyInAnyOrder("PharosDown", "Watchdog");
    }
  }

  @Test
  void lokiThatFailsPanicsAndDiscards_isTold() throws IOException {
    try (FaultRun run = run("loki", "loki")) {
      run.show(Map.of(ADDRESS, loki(1000, 0, 0, 0)));
      run.pass(Duration.ofMinutes(30));
      assertThat(run.firing()).isEmpty();
      int ok = 1000;
      for (int minutes = 1; minutes <= 24; minutes++) {
        ok += 60;
        run.show(Map.of(ADDRESS, loki(ok, minutes * 20, 1, minutes * 100)));
        run.pass(Duration.ofMinutes(1));
        if (minutes == 5) {
          assertThat(run.firing()).containsExactly("LokiPanicked");
        }
      }
      assertThat(run.firing()).containsExactlyInAnyOrder("LokiErrors", "LokiDiscarding");
    }
  }

  private static String loki(int ok, int failed, int panics, int discarded) {
    return """
    loki_request_duration_seconds_count{method="POST",route="loki_api_v1_push",status_code="204",ws="false"} %d
    loki_request_duration_seconds_count{method="POST",route="loki_api_v1_push",status_code="500",ws="false"} %d
    loki_panic_total %d
    loki_discarded_samples_total{reason="rate_limited",tenant="fake"} %d
    """
        .formatted(ok, failed, panics, discarded);
  }
}
