package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.TestHistograms;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Common parts of a group's rules are evaluated once, and the results equal those of separate
/// evaluation.
class SharedRulesTest {
  private static final long T0 = 1_700_006_400_000L;

  private static final List<String> SELECTORS =
      List.of("x_total", "gauge", "r:a", "r:b", "h", "{__name__=~\"r:.+\"}", "ALERTS");

  private static final List<String> PARTS =
      List.of(
          "%s",
          "rate(%s[5m])",
          "sum by (a) (rate(%s[2m]))",
          "max_over_time(%s[3m])",
          "rate(%s[5m] offset 1m)",
          "histogram_count(rate(%s[5m]))",
          "histogram_quantile(0.9, rate(%s[5m]))",
          "count_values(\"v\", %s)",
          "max_over_time(sum by (a) (%s)[2m:30s])");

  private static final List<String> SHAPES =
      List.of(
          "sum by (a) (%s)",
          "%s / on (a, i) %s",
          "(%s) > 1",
          "%s unless on (a) (%s > 3)",
          "avg(%s) + avg(%s)",
          "topk(2, %s) or %s",
          "absent(%s)",
          "histogram_sum(%s) or count(%s)");

  @TempDir Path directory;

  /// A store with a group on it.
  private static final class World implements AutoCloseable {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Queryable reading;
    private final Appendable writing;
    private final RuleGroup group;
    private long now = T0;

    World(Path folder, String rules, boolean shares) throws Exception {
      this(
          Tsdb.open(
              folder,
              TsdbOptions.defaults(),
              () -> Instant.ofEpochMilli(T0),
              new SimpleMeterRegistry()),
          rules,
          shares);
    }

    World(String rules, boolean shares) {
      this(new InMemoryStorage(), rules, shares);
    }

    private <T extends Queryable & Appendable> World(T storage, String rules, boolean shares) {
      reading = storage;
      writing = storage;
      var engine = new Engine(storage, EngineOptions.defaults(), () -> 0, registry);
      var context =
          new RuleContext(
              shares ? engine : plain(engine),
              RuleContext.NO_LOGS,
              storage,
              storage,
              _ -> {},
              () -> Instant.ofEpochMilli(now),
              registry,
              RuleOptions.DEFAULT);
      group =
          new RuleGroup("g.yml", RuleBench.spec(rules), RuleBench.settings("15s"), context, false);
    }

    /* An evaluator that keeps nothing, so that nothing is shared. */
    private static Evaluator plain(Engine engine) {
      return new Evaluator() {
        @Override
        public QueryResult evaluate(Query query) {
          return engine.evaluate(query);
        }
      };
    }

    void scrape(Random random) {
      now += 15_000;
      try (Appender appender = writing.appender()) {
        for (int i = 0; i < 5; i++) {
          if (random.nextInt(20) == 0) {
            continue;
          }
          appender.append(series("x_total", i), now, now / 1_000 % (700 + i) * (i + 1));
          appender.append(series("gauge", i), now, random.nextInt(50) / 8.0);
          appender.append(series("h", i), now, TestHistograms.random(random));
        }
        appender.commit();
      }
      group.evaluate(Instant.ofEpochMilli(now));
    }

    private static Labels series(String name, int i) {
      return Labels.of("__name__", name, "i", Integer.toString(i), "a", Integer.toString(i % 2));
    }

    /// The states of the rules.
    String rules() {
      var text = new StringBuilder();
      for (RuleSnapshot rule : group.snapshot().rules()) {
        text.append(rule.evaluation().health())
            .append(rule.evaluation().lastError())
            .append(new TreeSet<>(rule.evaluation().warnings()))
            .append('\n');
      }
      return text.toString();
    }

    /// All stored samples.
    String samples() {
      SeriesSet all =
          reading.select(
              List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", ".+")),
              0,
              Long.MAX_VALUE);
      var text = new StringBuilder();
      for (int i = 0; i < all.size(); i++) {
        var window = new SampleWindow();
        all.read(i, 0, Long.MAX_VALUE, window);
        text.append(all.labels(i));
        for (int at = 0; at < window.size(); at++) {
          text.append(' ')
              .append(window.timestamp(at))
              .append('=')
              .append(window.histogram(at) == null ? bits(window.value(at)) : window.histogram(at));
        }
        text.append('\n');
      }
      return text.toString();
    }

    /* Only the staleness marker's NaN payload matters. */
    private static String bits(double value) {
      return StaleMarker.is(value) ? "stale" : Long.toHexString(Double.doubleToLongBits(value));
    }

    long shared() {
      return group.snapshot().rules().stream()
          .mapToLong(rule -> rule.evaluation().stats().shared().size())
          .sum();
    }

    @Override
    public void close() {
      group.stop();
      if (reading instanceof Tsdb tsdb) {
        tsdb.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void rules_ofAnyGroup_writeWhatEachWritesByItself(int seed) throws Exception {
    String rules = rules(new Random(seed));
    long shared = 0;
    boolean onDisk = seed == 1;
    try (var together =
            onDisk ? new World(directory.resolve("1"), rules, true) : new World(rules, true);
        var apart =
            onDisk ? new World(directory.resolve("2"), rules, false) : new World(rules, false)) {
      var random = new Random(seed);
      var same = new Random(seed);
      for (int i = 0; i < (onDisk ? 12 : 30); i++) {
        together.scrape(random);
        apart.scrape(same);
        assertThat(together.rules()).as(rules).isEqualTo(apart.rules());
        shared += together.shared();
      }
      assertThat(together.samples()).as(rules).isEqualTo(apart.samples());
      assertThat(apart.shared()).isZero();
    }
    assertThat(shared).isGreaterThan(12);
  }

  private static String rules(Random random) {
    var parts = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      parts.add(pick(PARTS, random).formatted(pick(SELECTORS, random)));
    }
    parts.add("rate(x_total[5m])");
    var rules = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      String expression = pick(SHAPES, random).formatted(pick(parts, random), pick(parts, random));
      rules.append(
          random.nextInt(4) == 0
              ? "- alert: A%d\n".formatted(random.nextInt(3))
              : "- record: r:%s\n".formatted(pick(List.of("a", "b", "c"), random)));
      rules.append("  expr: '").append(expression).append("'\n");
      rules.append("  labels: {rule: \"%d\"}\n".formatted(i));
    }
    return rules.toString();
  }

  private static <T> T pick(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  @Test
  void rule_afterOneThatWritesWhatBothRead_seesWhatWasWritten() throws Exception {
    String rules =
        """
        - record: before
          expr: count(r:a) or vector(0)
        - record: r:a
          expr: sum by (i) (rate(x_total[5m])) * 0 + 1
        - record: after
          expr: count(r:a) or vector(0)
        - record: again
          expr: (count(r:a) or vector(0)) + sum(sum by (i) (rate(x_total[5m])))
        """;
    try (var world = new World(directory, rules, true)) {
      for (int i = 0; i < 3; i++) {
        world.scrape(new Random(1));
      }
      List<RuleSnapshot> last = world.group.snapshot().rules();
      assertThat(last.get(2).evaluation().stats().shared()).isEmpty();
      assertThat(last.get(3).evaluation().stats().shared())
          .containsExactly("count(r:a) or vector(0)", "sum by (i) (rate(x_total[5m]))");
      assertThat(last.get(3).evaluation().stats().samples()).isZero();
      assertThat(world.samples())
          .contains("{__name__=\"after\"} ")
          .contains((T0 + 30_000) + "=" + Long.toHexString(Double.doubleToRawLongBits(0)));
    }
  }
}
