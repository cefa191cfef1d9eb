package io.pharos.promql.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryBounds;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.Queryable;
import io.pharos.storage.SeriesSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTest {
  private final InMemoryStorage storage = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();

  private Engine engine(EngineOptions options) {
    return new Engine(storage, options, nanos::get, registry);
  }

  private Engine engine() {
    return engine(EngineOptions.defaults());
  }

  private Engine bounded(long query, long queries) {
    var values =
        new MemoryBounds.Values(
            1 << 20, Map.of(MemoryBound.QUERY, query, MemoryBound.QUERIES, queries));
    return new Engine(
        storage,
        EngineOptions.defaults(),
        nanos::get,
        new MemoryBounds(values, () -> Instant.EPOCH, registry),
        registry);
  }

  private double refusals(MemoryBound budget) {
    return registry.get("pharos_limit_refusals").tag("limit", budget.label()).counter().count();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vector(1)[100000s:1s]", // the samples of the answer
        "sum_over_time(vector(1)[100000s:1s])", // those in between
        "sum_over_time((vector(0) + time())[100000s:1s])", // a scalar beside them
        "count_over_time(many[3h])", // a window of one series
      })
  void instant_moreMemoryThanAQueryMayHave_isRefusedForGood(String expression) {
    append("many", 10_000);
    Engine engine = bounded(200_000, 10_000_000);

    assertRefused(
        () -> engine.instant(expression, 10_000_000), Kind.EXECUTION, "expected at most 200000");
    assertThat(refusals(MemoryBound.QUERY)).isOne();
    assertThat(engine.instant("vector(1)", 0).value()).isInstanceOf(InstantVector.class);
  }

  @Test
  void instant_hugeText_isRefusedBeforeItIsParsed() {
    assertRefused(
        () -> bounded(200_000, 10_000_000).instant("(".repeat(3_000), 0),
        Kind.EXECUTION,
        "the memory of queries: too large");
  }

  @Test
  void instant_othersHaveTheMemory_isRefusedForNow_andRulesHaveAReserve() {
    append("many", 1_000);
    Engine engine = bounded(100_000, 100_000);

    // A window of 1,000 samples takes 32 kB, their answer 32 kB, the rest is text.
    assertThat(engine.instant("many[1h]", 1_000_000).value()).isInstanceOf(RangeMatrix.class);
    try (var taken = engine.memory().open()) {
      taken.ensure(60_000);
      assertRefused(
          () -> engine.evaluate(Query.at("many[1h]", 1_000_000).within(QueryBounds.NONE)),
          Kind.BUSY,
          "no room now");
      assertThat(engine.instant("many[1h]", 1_000_000).value()).isInstanceOf(RangeMatrix.class);
    }
  }

  private void append(String name, int samples) {
    try (Appender appender = storage.appender()) {
      for (int i = 0; i < samples; i++) {
        appender.append(Labels.of("__name__", name), i * 1000L, i);
      }
      appender.commit();
    }
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable query, Kind kind, String message) {
    assertThatThrownBy(query)
        .isInstanceOfSatisfying(
            QueryException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.reason()).contains(message);
            });
  }

  @Test
  void instant_ofEachType_givesThatValue() {
    append("up", 3);
    assertThat(engine().instant("1 + 1", 5_000).value()).isEqualTo(new Scalar(5_000, 2));
    assertThat(engine().instant("'x'", 5_000).value()).isEqualTo(new StringValue(5_000, "x"));
    assertThat(engine().instant("up[2s]", 2_000).value())
        .isInstanceOfSatisfying(
            RangeMatrix.class,
            matrix ->
                assertThat(matrix.series().getFirst().timestamps()).containsExactly(1_000, 2_000));
    assertThat(engine().instant("up", 2_500).value())
        .isInstanceOfSatisfying(
            InstantVector.class,
            vector -> {
              assertThat(vector.timestampMillis()).isEqualTo(2_500);
              assertThat(vector.value(0)).isEqualTo(2);
            });
  }

  @Test
  void range_ofAScalar_givesOneSeriesWithoutLabels() {
    var matrix = (RangeMatrix) engine().range("time()", 0, 4_000, Duration.ofSeconds(2)).value();
    assertThat(matrix.series()).hasSize(1);
    assertThat(matrix.series().getFirst().labels()).isEqualTo(Labels.empty());
    assertThat(matrix.series().getFirst().values()).containsExactly(0, 2, 4);
  }

  @Test
  void parsedExpression_evaluatesAsItsText() {
    append("up", 3);
    var expr = PromqlParser.parse("up");
    assertThat(engine().evaluate(Query.at("up", expr, 2_000)).value().toString())
        .isEqualTo(engine().instant("up", 2_000).value().toString());
    var matrix = (RangeMatrix) engine().range("up", 0, 2_000, Duration.ofSeconds(1)).value();
    assertThat(matrix.series().getFirst().values()).containsExactly(0, 1, 2);
  }

  @Test
  void badExpression_isBadData() {
    assertRefused(
        () -> engine().instant("sum(", 0),
        Kind.BAD_DATA,
        "1:5: parse error: unclosed left parenthesis");
  }

  @Test
  void badRange_isBadData() {
    assertRefused(
        () -> engine().range("up", 0, 1, Duration.ZERO), Kind.BAD_DATA, "zero or negative");
    assertRefused(
        () -> engine().range("up", 1, 0, Duration.ofSeconds(1)),
        Kind.BAD_DATA,
        "must not be before start time");
    assertRefused(
        () -> engine().range("up[5m]", 0, 1, Duration.ofSeconds(1)),
        Kind.BAD_DATA,
        "invalid expression type \"range vector\" for range query, must be Scalar or instant"
            + " Vector");
    assertRefused(
        () -> engine().range("'x'", 0, 1, Duration.ofSeconds(1)), Kind.BAD_DATA, "\"string\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"up[2m]", "sum_over_time(up[2m])", "max_over_time(up[2m:1s])"})
  void samples_moreThanAllowed_areRefused(String expression) {
    append("up", 100);
    Engine small = engine(EngineOptions.defaults().withMaxSamples(50));
    assertRefused(
        () -> small.instant(expression, 99_000),
        Kind.EXECUTION,
        "too many samples into memory in query execution, expected at most 50");
    assertThat(small.instant("sum_over_time(up[40s])", 99_000).warnings()).isEmpty();
  }

  @Test
  void samples_ofARepeatedValue_count() {
    append("up", 1);
    Engine small = engine(EngineOptions.defaults().withMaxSamples(50));
    assertRefused(
        () -> small.range("up @ 0", 0, 60_000, Duration.ofSeconds(1)),
        Kind.EXECUTION,
        "too many samples");
    assertRefused(
        () -> small.range("1", 0, 60_000, Duration.ofSeconds(1)),
        Kind.EXECUTION,
        "too many samples");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"up[100y:1ms]", "max_over_time(vector(1)[100y:1ms])", "sum_over_time(up[1d:1s])"})
  void subquery_ofTooManySteps_isRefused(String expression) {
    append("up", 1);
    Engine small = engine(EngineOptions.defaults().withMaxSamples(50_000));
    assertRefused(() -> small.instant(expression, 0), Kind.EXECUTION, "too many samples");
    assertRefused(
        () -> small.range("vector(1)", 0, 1_000_000_000_000L, Duration.ofMillis(1)),
        Kind.EXECUTION,
        "too many samples");
  }

  @Test
  void deadline_passed_isTimeout() {
    append("up", 3);
    var engine =
        new Engine(
            storage,
            EngineOptions.defaults().withTimeout(Duration.ofNanos(5)),
            () -> nanos.addAndGet(2),
            registry);
    assertRefused(() -> engine.instant("sum(up) + sum(up)", 0), Kind.TIMEOUT, "query timed out");
  }

  @Test
  void unreadableStore_isUnavailable() {
    Queryable broken =
        new Queryable() {
          @Override
          public SeriesSet select(List<LabelMatcher> matchers, long from, long to) {
            throw new UncheckedIOException(new IOException("disk gone"));
          }

          @Override
          public List<String> labelNames(List<LabelMatcher> matchers, long from, long to) {
            return List.of();
          }

          @Override
          public List<String> labelValues(
              String name, List<LabelMatcher> matchers, long from, long to) {
            return List.of();
          }
        };
    var engine = new Engine(broken, EngineOptions.defaults(), nanos::get, registry);
    assertRefused(() -> engine.instant("up", 0), Kind.UNAVAILABLE, "the store can't be read");
  }

  @Test
  void metrics_countSamplesAndQueries() {
    append("up", 10);
    Engine engine = engine();
    engine.instant("sum_over_time(up[5s])", 9_000);
    assertThat(registry.get("prometheus.engine.query.samples").counter().count()).isEqualTo(5);
    assertThat(registry.get("prometheus.engine.query.duration").timer().count()).isEqualTo(1);
  }

  @Test
  void options_outOfBounds_areRefused() {
    EngineOptions options = EngineOptions.defaults();
    assertThatThrownBy(() -> options.withMaxSamples(0))
        .hasMessage("0: maxSamples must be at least 1");
    assertThatThrownBy(() -> options.withTimeout(Duration.ZERO))
        .hasMessage("PT0S: timeout must be positive");
    assertThatThrownBy(() -> options.withLookback(Duration.ofSeconds(-1)))
        .hasMessageContaining("lookback must be positive");
    assertThat(options.withDefaultSubqueryStep(Duration.ofSeconds(5)).defaultSubqueryStep())
        .hasSeconds(5);
  }

  @Test
  void labelHash_isXxh64() {
    assertThat(LabelHash.xxh64(new byte[0])).isEqualTo(0xef46db3751d8e999L);
    assertThat(LabelHash.xxh64("a".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEqualTo(0xd24ec4f1a98c6e5bL);
    assertThat(
            LabelHash.xxh64(
                "Call me Ishmael. Some years ago--never mind how long precisely-"
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEqualTo(0x02a2e85470d6fd96L);
  }

  @Test
  void bounds_ofOneQuery_replaceTheLookbackAndShortenTheTimeout() {
    append("up", 1);
    var minute = new QueryBounds(Optional.empty(), Optional.of(Duration.ofMinutes(1)));
    assertThat(((InstantVector) engine().instant("up", 60_000).value()).size()).isEqualTo(1);
    assertThat(
            ((InstantVector) engine().evaluate(Query.at("up", 60_000).within(minute)).value())
                .size())
        .isZero();
    var range =
        engine().evaluate(Query.over("up", 0, 120_000, Duration.ofSeconds(1)).within(minute));
    assertThat(((RangeMatrix) range.value()).series().getFirst().size()).isEqualTo(60);
    var options = EngineOptions.defaults().withTimeout(Duration.ofSeconds(10));
    assertThat(options.within(timeout(5)).timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(options.within(timeout(50)).timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(options.within(QueryBounds.NONE)).isEqualTo(options);
  }

  private static QueryBounds timeout(int seconds) {
    return new QueryBounds(Optional.of(Duration.ofSeconds(seconds)), Optional.empty());
  }

  @Test
  void stats_ofAQuery_tellItsSamples() {
    append("up", 10);
    var stats = engine().instant("sum_over_time(up[1m])", 9_000).stats();
    assertThat(stats.samples()).isEqualTo(10);
    assertThat(stats.peakSamples()).isPositive();
  }
}
