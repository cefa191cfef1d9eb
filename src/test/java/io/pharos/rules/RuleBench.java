package io.pharos.rules;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.RecordingSink;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.Evaluator;
import io.pharos.rules.gap.GapFills;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A fixture for rules: a scripted evaluator, a real store, and a record of sent alerts.
final class RuleBench {
  static final Labels A = Labels.of("__name__", "x", "instance", "a");
  static final Labels B = Labels.of("__name__", "x", "instance", "b");

  final ScriptedEvaluator evaluator = new ScriptedEvaluator();
  final InMemoryStorage storage = new InMemoryStorage();
  final VirtualScheduler scheduler = new VirtualScheduler();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final ObservationGaps blindness = new ObservationGaps();
  final TimeContinuity continuity = new TimeContinuity(scheduler, new ObservationGaps());
  final RecordingSink sink = new RecordingSink();

  final RuleContext context =
      context(evaluator, RuleOptions.DEFAULT, blindness, continuity, GapFills.NONE);
  final RuleSettings settings = settings("1m");

  static RuleSettings settings(String interval) {
    return new RuleSettings(
        PromDuration.parse(interval),
        Duration.ZERO,
        Labels.of("cluster", "test"),
        "https://pharos.example");
  }

  /// The services of a group whose samples have gaps.
  RuleContext context(Evaluator engine, RuleOptions options, ObservationGaps gaps, GapFills fills) {
    return context(engine, options, gaps, continuity, fills);
  }

  private RuleContext context(
      Evaluator engine,
      RuleOptions options,
      ObservationGaps gaps,
      TimeContinuity time,
      GapFills fills) {
    return new RuleContext(
        engine,
        RuleContext.NO_LOGS,
        storage,
        storage,
        sink,
        scheduler,
        registry,
        options,
        gaps,
        time,
        fills);
  }

  /// Parses the text below `rules:` of a file with one group.
  static GroupSpec spec(String rules) {
    return file("g.yml", rules).groups().getFirst();
  }

  /// A rule file with one group, `g`, with these rules.
  static RuleFile file(String name, String rules) {
    return RuleFile.parse(
        name, "groups:\n- name: g\n  rules:\n" + rules.indent(2), ParserOptions.defaults());
  }

  RuleGroup group(String rules) {
    return new RuleGroup("g.yml", spec(rules), settings, context, false);
  }

  /// A group that treats every step of the test's clock as a gap.
  RuleGroup watchfulGroup(String rules) {
    return watchfulGroup(rules, () -> scheduler.instant().toEpochMilli() * 1_000_000);
  }

  /// A group that compares the test's clock with a monotonic one.
  RuleGroup watchfulGroup(String rules, LongSupplier nanos) {
    var watched = new TimeContinuity(scheduler, nanos, blindness);
    var watchful = context(evaluator, RuleOptions.DEFAULT, blindness, watched, GapFills.NONE);
    return new RuleGroup("g.yml", spec(rules), settings, watchful, false);
  }

  /// Evaluates at a time after the epoch, such as `1m30s`.
  static void at(RuleGroup group, String time) {
    group.evaluate(Instant.ofEpochMilli(PromDuration.parseMillis(time)));
  }

  static RuleSnapshot.Alerting alerting(RuleGroup group) {
    return (RuleSnapshot.Alerting) group.snapshot().rules().getFirst();
  }

  Instant now() {
    return scheduler.instant();
  }

  /// The alerts sent since the last call.
  List<Alert> sent() {
    var taken = List.copyOf(sink.sent);
    sink.sent.clear();
    return taken;
  }

  /// All stored series of a metric with their samples: `{instance="a"} 1@0s stale@1m`.
  List<String> stored(String metric) {
    SeriesSet series =
        storage.select(List.of(LabelMatcher.equal("__name__", metric)), 0, Long.MAX_VALUE);
    var lines = new ArrayList<String>();
    for (int i = 0; i < series.size(); i++) {
      var window = new SampleWindow();
      series.read(i, 0, Long.MAX_VALUE, window);
      var line = new StringBuilder(series.labels(i).withoutMetricName().toString());
      for (int at = 0; at < window.size(); at++) {
        double value = window.value(at);
        line.append(' ')
            .append(StaleMarker.is(value) ? "stale" : text(value, window.histogram(at)))
            .append('@')
            .append(PromDuration.format(window.timestamp(at)));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static String text(double value, @Nullable Histogram histogram) {
    return histogram == null ? GoFloat.plain(value) : histogram.toNotation();
  }

  /// Stores a sample as an earlier process would.
  void store(Labels labels, String time, double value) {
    try (var appender = storage.appender()) {
      appender.append(labels, PromDuration.parseMillis(time), value);
      appender.commit();
    }
  }
}
