package io.pharos.rules;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/// The metrics of one group, with Prometheus' names and the label `rule_group="file;group"`. The
/// metrics keep their values after a reload; [#close] removes them.
final class GroupMeters implements AutoCloseable {
  private static final String LABEL = "rule_group";

  private final MeterRegistry registry;
  private final String key;
  private final List<Meter> registered = new ArrayList<>();
  private final Counter evaluations;
  private final Counter failures;
  private final Counter unknown;
  private final Counter iterations;
  private final Counter missed;
  private final Timer groupDuration;
  private final Timer ruleDuration;

  private volatile double interval;
  private volatile double rules;
  private volatile double lastDuration;
  private volatile double lastEvaluation;
  private volatile double lastSamples;
  private volatile double lastRestore;

  GroupMeters(MeterRegistry registry, String key) {
    this.registry = registry;
    this.key = key;
    evaluations = counter("prometheus.rule.evaluations", "Rule evaluations.");
    failures = counter("prometheus.rule.evaluation.failures", "Rule evaluations that failed.");
    unknown =
        counter(
            "pharos.rule.evaluations.unknown",
            "Rule evaluations with an incomplete result, because Pharos itself lacks samples.");
    iterations =
        counter(
            "prometheus.rule.group.iterations", "Evaluations of the group, including missed ones.");
    missed =
        counter(
            "prometheus.rule.group.iterations.missed",
            "Evaluations of the group that were skipped because the previous evaluation was too slow.");
    gauge(
        "interval.seconds",
        "Interval between evaluations of the group.",
        meters -> meters.interval);
    gauge("rules", "Rules in the group.", meters -> meters.rules);
    gauge(
        "last.duration.seconds",
        "Duration of the last evaluation of the group.",
        meters -> meters.lastDuration);
    gauge(
        "last.evaluation.timestamp.seconds",
        "Time of the last evaluation of the group, in Unix seconds.",
        meters -> meters.lastEvaluation);
    gauge(
        "last.evaluation.samples",
        "Samples of the last evaluation of the group.",
        meters -> meters.lastSamples);
    gauge(
        "last.restore.duration.seconds",
        "Duration of restoring the states of alerts after the start.",
        meters -> meters.lastRestore);
    groupDuration =
        Timer.builder("prometheus.rule.group.duration")
            .description("Duration of evaluations of groups.")
            .register(registry);
    ruleDuration =
        Timer.builder("prometheus.rule.evaluation.duration")
            .description("Duration of evaluations of rules.")
            .register(registry);
  }

  private Counter counter(String name, String description) {
    Counter counter =
        Counter.builder(name).description(description).tag(LABEL, key).register(registry);
    registered.add(counter);
    return counter;
  }

  private void gauge(String name, String description, ToDoubleFunction<GroupMeters> value) {
    registered.add(
        Gauge.builder("prometheus.rule.group." + name, this, value)
            .description(description)
            .tag(LABEL, key)
            .register(registry));
  }

  /// Returns the time of the registry's monotonic clock in nanoseconds.
  long nanos() {
    return registry.config().clock().monotonicTime();
  }

  void describe(Duration every, int ruleCount) {
    interval = every.toMillis() / 1000.0;
    rules = ruleCount;
  }

  void iteration(long missedBefore) {
    iterations.increment(1.0 + (double) missedBefore);
    missed.increment((double) missedBefore);
  }

  void ruleEvaluated(Duration duration) {
    evaluations.increment();
    ruleDuration.record(duration);
  }

  void ruleUnknown() {
    unknown.increment();
  }

  void ruleFailed() {
    failures.increment();
  }

  void groupEvaluated(Instant at, Duration duration, int samples) {
    groupDuration.record(duration);
    lastDuration = seconds(duration);
    lastEvaluation = at.toEpochMilli() / 1000.0;
    lastSamples = samples;
  }

  void restored(Duration duration) {
    lastRestore = seconds(duration);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / (double) TimeUnit.SECONDS.toNanos(1);
  }

  @Override
  public void close() {
    registered.forEach(registry::remove);
  }
}
