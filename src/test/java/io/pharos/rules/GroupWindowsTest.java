package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.WindowReading;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A group on the embedded engine and store keeps the windows of its rules.
class GroupWindowsTest {
  private static final long T0 = 1_700_006_400_000L;

  @TempDir Path directory;

  @Test
  void group_keepsTheWindowsOfItsRules_untilItStops() throws Exception {
    var registry = new SimpleMeterRegistry();
    var budgets = MemoryBounds.unbounded();
    try (var tsdb =
        Tsdb.open(directory, TsdbOptions.defaults(), () -> Instant.ofEpochMilli(T0), registry)) {
      var engine = new Engine(tsdb, EngineOptions.defaults(), () -> 0, budgets, registry);
      var context =
          new RuleContext(
              engine,
              RuleContext.NO_LOGS,
              tsdb,
              tsdb,
              _ -> {},
              () -> Instant.ofEpochMilli(T0),
              registry,
              RuleOptions.DEFAULT);
      var group =
          new RuleGroup(
              "g.yml",
              RuleBench.spec(
                  """
                  - record: a:rate
                    expr: sum(rate(x_total[1h]))
                  - record: after
                    expr: max_over_time(a:rate[1h]) + stddev_over_time(x_total[1h])
                  """),
              RuleBench.settings("15s"),
              context,
              false);
      for (int i = 0; i < 400; i++) {
        long at = T0 + i * 15_000L;
        try (Appender appender = tsdb.appender()) {
          appender.append(Labels.of("__name__", "x_total"), at, i * 30);
          appender.commit();
        }
        group.evaluate(Instant.ofEpochMilli(at));
      }

      QueryStats kept = group.snapshot().rules().getFirst().evaluation().stats();
      assertThat(kept.windows()).containsExactly(new WindowReading("rate(x_total[1h])", ""));
      assertThat(kept.samples()).isEqualTo(2);
      assertThat(group.snapshot().rules().get(1).evaluation().stats().windows())
          .containsExactly(
              new WindowReading("max_over_time(a:rate[1h])", ""),
              new WindowReading(
                  "stddev_over_time(x_total[1h])", "the function must read all samples"));
      // A rule sees what earlier rules wrote at the same time.
      assertThat(last(tsdb, "a:rate")).isEqualTo(2);
      assertThat(used(budgets)).isPositive();

      group.stop();

      assertThat(used(budgets)).isZero();
    }
  }

  private static double last(Tsdb tsdb, String metric) {
    var window = new SampleWindow();
    tsdb.select(List.of(LabelMatcher.equal("__name__", metric)), 0, Long.MAX_VALUE)
        .read(0, 0, Long.MAX_VALUE, window);
    return window.value(window.size() - 1);
  }

  private static long used(MemoryBounds budgets) {
    return budgets.states().stream()
        .filter(state -> state.bound() == MemoryBound.WINDOWS)
        .findFirst()
        .orElseThrow()
        .used();
  }
}
