package io.pharos.rules;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bench.Counted;
import io.pharos.bench.ServiceSeries;
import io.pharos.bench.TemporaryStore;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.Evaluator;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A group of rules after each scrape of all targets. The scrape does not count.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RuleBenchmark {
  private static final int SCRAPES = 8;
  private static final int HOUR = 240;
  private static final int RULES = 10;

  private static final String GROUP =
      """
      groups:
      - name: g
        rules:
        - {record: 'job:requests:rate5m', expr: 'sum by (job) (rate(http_requests_total[5m]))'}
        - {record: 'job:requests:rate1h', expr: 'sum by (job) (rate(http_requests_total[1h]))'}
        - alert: Errors
          expr: >-
            sum by (job) (rate(http_requests_total{status=~"5.."}[5m]))
            / sum by (job) (rate(http_requests_total[5m])) > 0.2
        - alert: Burning
          expr: >-
            sum by (job) (rate(http_requests_total{status=~"5.."}[1h]))
            / sum by (job) (rate(http_requests_total[1h])) > 0.144
        - record: job:latency:p99
          expr: >-
            histogram_quantile(0.99,
              sum by (job, le) (rate(http_request_duration_seconds_bucket[5m])))
        - {alert: Busy, expr: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) > 0.9'}
        - {alert: Hot, expr: 'max by (instance) (DCGM_FI_DEV_GPU_TEMP) > 85'}
        - {alert: Deep, expr: 'avg_over_time(app_queue_depth[15m]) > 100'}
        - {record: 'instance:depth:max1h', expr: 'max by (instance) (max_over_time(app_queue_depth[1h]))'}
        - {alert: Restarted, expr: 'changes(process_start_time_seconds[1h]) > 2'}
      """;

  @Param("10")
  public int targets;

  private TemporaryStore store;
  private ServiceSeries[] series;
  private RuleGroup keeping;
  private RuleGroup reading;
  private int turn;

  @Setup
  public void fill() throws IOException {
    store = new TemporaryStore();
    series = new ServiceSeries[targets];
    for (int i = 0; i < targets; i++) {
      series[i] = new ServiceSeries(i, SCRAPES);
    }
    for (int i = 0; i < HOUR; i++) {
      scrape();
    }
    Engine engine =
        new Engine(
            store.tsdb(), EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
    keeping = group(engine);
    reading = group(engine::evaluate);
  }

  private RuleGroup group(Evaluator evaluator) {
    InstantSource clock = () -> Instant.ofEpochMilli(store.now());
    return new RuleGroup(
        "g.yml",
        RuleFile.parse("g.yml", GROUP, ParserOptions.defaults()).groups().getFirst(),
        new RuleSettings(Duration.ofSeconds(15), Duration.ZERO, Labels.empty(), ""),
        new RuleContext(
            evaluator,
            RuleContext.NO_LOGS,
            store.tsdb(),
            store.tsdb(),
            _ -> {},
            clock,
            new SimpleMeterRegistry(),
            RuleOptions.DEFAULT),
        false);
  }

  @Setup(Level.Invocation)
  public void scrape() {
    store.now(store.now() + ServiceSeries.INTERVAL);
    for (ServiceSeries one : series) {
      one.append(store.tsdb(), turn, store.now());
    }
    turn++;
  }

  @TearDown
  public void close() {
    store.close();
  }

  private static void check(RuleGroup group) {
    if (group.snapshot().rules().stream()
        .anyMatch(rule -> rule.evaluation().health() != RuleHealth.OK)) {
      throw new IllegalStateException("a rule failed: " + group.snapshot());
    }
  }

  private static RuleGroup evaluated(RuleGroup group, long now, Counted counted) {
    counted.begin();
    group.evaluate(Instant.ofEpochMilli(now));
    counted.end(RULES);
    check(group);
    return group;
  }

  /// As rules are evaluated, for a rule.
  @Benchmark
  @OperationsPerInvocation(RULES)
  public Object ruleWithKeptWindows(Counted counted) {
    return evaluated(keeping, store.now(), counted);
  }

  /// With every window read whole, for a rule.
  @Benchmark
  @OperationsPerInvocation(RULES)
  public Object ruleWithoutKeptWindows(Counted counted) {
    return evaluated(reading, store.now(), counted);
  }
}
