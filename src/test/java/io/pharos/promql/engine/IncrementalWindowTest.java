package io.pharos.promql.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.cache.EvaluationCache;
import io.pharos.promql.engine.cache.SharedParts;
import io.pharos.promql.engine.cache.WindowCacheMemory;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.TestHistograms;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is kept between evaluations gives what the plain evaluator gives, over a store that has
/// everything that a store can have.
@Tag("slow")
final class IncrementalWindowTest {
  private static final long T0 = 1_700_006_400_000L;

  private static final List<String> FUNCTIONS =
      List.of(
          "rate",
          "increase",
          "delta",
          "irate",
          "idelta",
          "resets",
          "changes",
          "count_over_time",
          "present_over_time",
          "first_over_time",
          "last_over_time",
          "ts_of_first_over_time",
          "ts_of_last_over_time",
          "sum_over_time",
          "avg_over_time",
          "absent_over_time",
          "min_over_time",
          "max_over_time",
          "stddev_over_time");

  private static final List<String> SUMS = List.of("sum_over_time", "avg_over_time");

  private static final List<String> RANGES = List.of("1m", "5m", "1h", "3h", "5h");

  private static final List<String> SHAPES =
      List.of(
          "%s",
          "sum by (a) (%s)",
          "avg without (i) (%s)",
          "topk(2, %s)",
          "%s > 1",
          "1 - %s",
          "sum(%s) / on () count(up_total)",
          "%s and on (i) up_total",
          "-%s",
          "histogram_quantile(0.9, sum by (a, le) (%s))",
          "max_over_time(%s[5m:1m])",
          "%s or up_total",
          "%s * on (i) group_left () max by (i) (up_total)",
          "sum by (i) (%s) - sum by (i) (%1$s)");

  @TempDir Path directory;

  /// A store that is written to at random, and two who ask.
  private final class Play implements AutoCloseable {
    private final Random random;
    private final Tsdb tsdb;
    private final Evaluator plain;
    private final Evaluator keeping;
    private final List<Source> sources = new ArrayList<>();
    private final boolean late;
    private long now = T0;

    Play(long seed, Path folder, boolean late) throws Exception {
      this.late = late;
      random = new Random(seed);
      tsdb =
          Tsdb.open(
              folder,
              TsdbOptions.defaults(),
              () -> Instant.ofEpochMilli(now),
              new SimpleMeterRegistry());
      tsdb.outOfOrderWindow(Duration.ofHours(late ? 24 : 0));
      var engine = new Engine(tsdb, EngineOptions.defaults(), () -> 0, new SimpleMeterRegistry());
      plain = engine;
      keeping = engine.keeping(List.of());
      for (int i = 0; i < 8; i++) {
        sources.add(new Source(random, i));
      }
    }

    void scrape() {
      now += 13_000 + random.nextInt(4_000);
      for (Source source : sources) {
        if (source.isAway(random)) {
          continue;
        }
        try (Appender appender = tsdb.appender()) {
          source.append(appender, now - random.nextInt(10), random);
          appender.commit();
        }
      }
      if (late) {
        appendLate();
      }
      if (random.nextInt(300) == 0) {
        sources.set(random.nextInt(sources.size()), new Source(random, 20 + random.nextInt(50)));
      }
      tsdb.compactTick(Instant.ofEpochMilli(now));
    }

    /* Most of them within the windows that are kept, some where a block is. */
    private void appendLate() {
      try (Appender appender = tsdb.appender()) {
        for (int i = random.nextInt(4); i > 0; i--) {
          Source source = sources.get(random.nextInt(sources.size()));
          long age = random.nextInt(random.nextBoolean() ? 200_000 : 5 * 3_600_000);
          appender.append(source.series[random.nextInt(4)], now - age, random.nextInt(40) / 4.0);
        }
        appender.commit();
      }
    }

    void compare(Asked asked, long at) {
      String kept = answer(keeping, asked, at);
      String whole = answer(plain, asked, at);
      if (!asked.sums || !isWithinOneUlp(kept, whole)) {
        assertThat(kept).as("%s at %d", asked.text, (at - T0) / 1000).isEqualTo(whole);
      }
    }

    @Override
    public void close() {
      keeping.forget();
      tsdb.close();
    }
  }

  /// A process that is scraped.
  private static final class Source {
    private final Labels[] series = new Labels[4];
    private final double[] values = new double[4];
    private final boolean odd;
    private int away;

    Source(Random random, int number) {
      odd = random.nextInt(3) == 0;
      String i = Integer.toString(number);
      String a = Integer.toString(number % 3);
      series[0] = Labels.of("__name__", "up_total", "i", i, "a", a);
      series[1] = Labels.of("__name__", "x_total", "i", i, "a", a);
      series[2] = Labels.of("__name__", "gauge", "i", i, "a", a);
      series[3] = Labels.of("__name__", "b_bucket", "i", i, "a", a, "le", i);
    }

    boolean isAway(Random random) {
      if (away > 0) {
        away--;
        return true;
      }
      if (random.nextInt(200) == 0) {
        away = random.nextInt(60);
      }
      return random.nextInt(40) == 0;
    }

    void append(Appender appender, long time, Random random) {
      if (away > 0) {
        for (Labels one : series) {
          appender.append(one, time, StaleMarker.VALUE);
        }
        return;
      }
      values[0] = 1;
      values[1] =
          random.nextInt(150) == 0 ? random.nextInt(3) : values[1] + random.nextInt(9) / 4.0;
      values[2] = odd && random.nextInt(50) == 0 ? special(random) : random.nextInt(20) / 3.0 - 2;
      values[3] = random.nextInt(300) == 0 ? 0 : values[3] + random.nextInt(4);
      for (int i = 0; i < series.length; i++) {
        if (odd && i == 2 && random.nextInt(1_000) == 0) {
          appender.append(series[i], time, TestHistograms.random(random));
        } else {
          appender.append(series[i], time, values[i]);
        }
      }
    }

    private static double special(Random random) {
      double[] all = {
        Double.NaN, Double.POSITIVE_INFINITY, -0.0, 0, 1e300, Double.NEGATIVE_INFINITY
      };
      return all[random.nextInt(all.length)];
    }
  }

  /// @param sums whether a sum is made in another order
  private record Asked(String text, Expr tree, boolean sums) {
    static Asked of(String text, boolean sums) {
      return new Asked(text, PromqlParser.parse(text, ParserOptions.all()), sums);
    }

    static Asked random(Random random) {
      String metric =
          pick(List.of("x_total", "gauge", "b_bucket", "{__name__=~\".+_total\"}"), random);
      String selector = metric + (random.nextInt(4) == 0 ? "{a=\"1\"}" : "");
      if (selector.startsWith("{") && selector.endsWith("}{a=\"1\"}")) {
        selector = metric;
      }
      String offset = random.nextInt(5) == 0 ? " offset 3m" : "";
      String function = pick(FUNCTIONS, random);
      boolean sums = SUMS.contains(function);
      String call = function + "(" + selector + "[" + pick(RANGES, random) + "]" + offset + ")";
      return of((sums ? "%s" : pick(SHAPES, random)).formatted(call), sums);
    }
  }

  private static <T> T pick(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  private static String answer(Evaluator evaluator, Asked asked, long at) {
    QueryResult result;
    try {
      result = evaluator.evaluate(Query.at(asked.text, asked.tree, at));
    } catch (QueryException e) {
      return e.toString();
    }
    var vector = (InstantVector) result.value();
    var text = new StringBuilder().append(result.warnings()).append(result.infos());
    for (int i = 0; i < vector.size(); i++) {
      text.append('\n')
          .append(vector.labels(i))
          .append(' ')
          .append(
              vector.histogram(i) == null
                  ? Double.toString(vector.value(i)) + ' ' + bits(vector.value(i))
                  : vector.histogram(i));
    }
    return text.toString();
  }

  /// Whether two answers differ in nothing but the last bit of values.
  private static boolean isWithinOneUlp(String one, String other) {
    List<String> lines = one.lines().toList();
    List<String> others = other.lines().toList();
    for (int i = 0; i < lines.size() && lines.size() == others.size(); i++) {
      String line = lines.get(i);
      String known = others.get(i);
      if (!line.equals(known)
          && !(line.substring(0, line.indexOf('}')).equals(known.substring(0, known.indexOf('}')))
              && Math.abs(bitsOf(line) - bitsOf(known)) <= 1)) {
        return false;
      }
    }
    return lines.size() == others.size();
  }

  private static long bitsOf(String line) {
    return Long.parseUnsignedLong(line.substring(line.lastIndexOf(' ') + 1), 16);
  }

  /* What a NaN carries is nobody's business. */
  private static String bits(double value) {
    return Long.toHexString(Double.doubleToLongBits(value));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void evaluation_ofAnything_isThatOfThePlainEvaluator(int seed) throws Exception {
    play(seed, 2_400, 25, false);
  }

  @ParameterizedTest
  @ValueSource(ints = 4)
  void evaluation_withLateSamples_isThatOfThePlainEvaluator(int seed) throws Exception {
    play(seed, 1_500, 20, true);
  }

  /* Between two evaluations it comes, and goes where a window has passed. */
  @Test
  void lateSample_thatIsInABlockByNow_isSeen() throws Exception {
    try (var play = new Play(1, directory, true)) {
      Labels series = Labels.of("__name__", "lonely");
      Asked asked = Asked.of("sum_over_time(lonely[6h])", true);
      for (long time = T0; time < T0 + 4 * 3_600_000; time += 60_000) {
        play.now = time;
        append(play, series, time, 1);
        if (time % 600_000 == 0) {
          play.compare(asked, time);
        }
      }
      String before = answer(play.keeping, asked, play.now);
      assertThat(play.tsdb.compactTick(Instant.ofEpochMilli(play.now)).blocksWritten())
          .isEqualTo(1);
      append(play, series, T0 + 30_000, 1_000);
      append(play, series, T0 + 3 * 3_600_000 + 30_000, 1_000);
      play.now += 2 * 3_600_000;
      assertThat(play.tsdb.compactTick(Instant.ofEpochMilli(play.now)).blocksWritten())
          .isEqualTo(2);

      assertThat(answer(play.keeping, asked, play.now - 2 * 3_600_000)).isNotEqualTo(before);
      play.compare(asked, play.now - 2 * 3_600_000);
    }
  }

  private static void append(Play play, Labels series, long time, double value) {
    try (Appender appender = play.tsdb.appender()) {
      assertThat(appender.append(series, time, value)).isEqualTo(AppendOutcome.APPENDED);
      appender.commit();
    }
  }

  private void play(long seed, int scrapes, int expressions, boolean late) throws Exception {
    try (var play = new Play(seed, directory.resolve(Long.toString(seed)), late)) {
      var asked = new ArrayList<Asked>();
      for (int i = 0; i < expressions; i++) {
        asked.add(Asked.random(play.random));
      }
      for (int i = 0; i < scrapes; i++) {
        play.scrape();
        if (play.random.nextInt(12) == 0) {
          long at = play.now - (play.random.nextInt(10) == 0 ? 20_000 : 0);
          asked.forEach(one -> play.compare(one, at));
        }
      }
    }
  }

  @Test
  void evaluation_ofAnyWindow_readsWhatCameAndWhatLeft() throws Exception {
    try (var tsdb = open(directory)) {
      var engine = engine(tsdb, MemoryBounds.unbounded());
      Evaluator keeping = engine.keeping(List.of());
      List<Asked> asked =
          Stream.of(
                  "sum(rate(x_total[1m]))",
                  "sum(rate(x_total[20h]))",
                  "max(changes(x_total[20h]))",
                  "max_over_time(x_total[20h])",
                  "sum_over_time(x_total[20h])")
              .map(text -> Asked.of(text, false))
              .toList();
      for (int i = 0; i < 6_000; i++) {
        count(tsdb, i);
      }
      asked.forEach(one -> ask(keeping, one, 6_000));
      for (int i = 6_000; i < 6_200; i++) {
        count(tsdb, i);
        for (Asked one : asked) {
          long read = ask(keeping, one, i + 1).stats().samples();
          assertThat(read).as(one.text).isLessThanOrEqualTo(2 + 32);
        }
      }
      assertThat(ask(engine, asked.get(1), 6_199).stats().samples()).isEqualTo(20 * 240);
    }
  }

  @Test
  void window_withoutMemory_isReadWhole() throws Exception {
    try (var tsdb = open(directory)) {
      var engine = engine(tsdb, budgets(MemoryBound.WINDOWS, 10));
      Asked asked = Asked.of("rate(x_total[5m])", false);
      Evaluator keeping = engine.keeping(List.of());
      for (int i = 0; i < 100; i++) {
        count(tsdb, i);
        assertThat(answer(keeping, asked, at(i))).isEqualTo(answer(engine, asked, at(i)));
      }
      assertThat(ask(keeping, asked, 99).stats().samples()).isEqualTo(20);
    }
  }

  @Test
  void keptBytes_afterForgetting_areGivenBack() throws Exception {
    try (var tsdb = open(directory)) {
      var bytes = new WindowCacheMemory(1_000_000);
      var kept = new EvaluationCache(bytes, SharedParts.of(List.of()));
      var evaluator = new CachingEvaluator(engine(tsdb, MemoryBounds.unbounded()), kept);
      Asked asked = Asked.of("rate(x_total[5m]) + sum_over_time(x_total[2h])", false);
      for (int i = 0; i < 700; i++) {
        count(tsdb, i);
        ask(evaluator, asked, i);
      }
      assertThat(bytes.reserved()).isBetween(200L, 2_000L);

      evaluator.forget();

      assertThat(bytes.reserved()).isZero();
      ask(evaluator, asked, 700);
      assertThat(bytes.reserved()).isZero();
    }
  }

  private static Tsdb open(Path folder) throws Exception {
    return Tsdb.open(
        folder, TsdbOptions.defaults(), () -> Instant.ofEpochMilli(T0), new SimpleMeterRegistry());
  }

  private static Engine engine(Tsdb tsdb, MemoryBounds budgets) {
    return new Engine(tsdb, EngineOptions.defaults(), () -> 0, budgets, new SimpleMeterRegistry());
  }

  private static MemoryBounds budgets(MemoryBound budget, long bytes) {
    return new MemoryBounds(
        new MemoryBounds.Values(1L << 30, Map.of(budget, bytes)),
        () -> Instant.EPOCH,
        new SimpleMeterRegistry());
  }

  private static long at(int scrape) {
    return T0 + scrape * 15_000L;
  }

  private static void count(Tsdb tsdb, int scrape) {
    try (Appender appender = tsdb.appender()) {
      appender.append(Labels.of("__name__", "x_total"), at(scrape), scrape % 997);
      appender.commit();
    }
  }

  private static QueryResult ask(Evaluator evaluator, Asked asked, int scrape) {
    return evaluator.evaluate(Query.at(asked.text, asked.tree, at(scrape)));
  }
}
