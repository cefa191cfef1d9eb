package io.pharos.promql.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Chance-made expressions over floats, exponential and custom histograms, counters and gauges, in
/// one series and beside each other: they may be refused, but never break, and what histograms they
/// give hold in their buckets what they count.
class HistogramExpressionsTest {
  private static final int SAMPLES = 12;
  private static final long STEP_MILLIS = 60_000;

  private static final List<String> OF_RANGES =
      List.of(
          "rate(%s)",
          "increase(%s)",
          "delta(%s)",
          "irate(%s)",
          "idelta(%s)",
          "sum_over_time(%s)",
          "avg_over_time(%s)",
          "first_over_time(%s)",
          "last_over_time(%s)",
          "count_over_time(%s)",
          "max_over_time(%s)",
          "quantile_over_time(0.5, %s)",
          "stddev_over_time(%s)",
          "mad_over_time(%s)",
          "deriv(%s)",
          "predict_linear(%s, 60)",
          "resets(%s)",
          "changes(%s)",
          "ts_of_max_over_time(%s)",
          "absent_over_time(%s)",
          "present_over_time(%s)");
  private static final List<String> OF_VECTORS =
      List.of(
          "sum(%s)",
          "avg by (kind) (%s)",
          "count without (n) (%s)",
          "max(%s)",
          "stddev(%s)",
          "quantile(0.9, %s)",
          "topk(2, %s)",
          "limitk(2, %s)",
          "limit_ratio(0.5, %s)",
          "count_values(\"v\", %s)",
          "group(%s)",
          "-(%s)",
          "(%s) * 3",
          "(%s) / 4",
          "(%s) </ 3",
          "(%s) >/ -1",
          "(%s) ^ 2",
          "(%s) == 1",
          "histogram_count(%s)",
          "histogram_sum(%s)",
          "histogram_avg(%s)",
          "histogram_stddev(%s)",
          "histogram_quantile(0.7, %s)",
          "histogram_fraction(-1, 2, %s)",
          "abs(%s)",
          "sort_desc(%s)",
          "label_replace(%s, \"n\", \"x\", \"n\", \"1\")",
          "timestamp(%s)",
          "vector(scalar(%s))",
          "absent(%s)");
  private static final List<String> OPERATORS =
      List.of("+", "-", "*", "/", "==", "!= bool", ">", "and", "or", "unless", "</", "atan2");

  private final InMemoryStorage storage = new InMemoryStorage();
  private final Engine engine =
      new Engine(
          storage,
          EngineOptions.defaults()
              .withFeatures(
                  Set.of(
                      Feature.EXPERIMENTAL_FUNCTIONS,
                      Feature.EXTENDED_RANGE_SELECTORS,
                      Feature.FILL_MODIFIERS)),
          () -> 0,
          new SimpleMeterRegistry());

  @BeforeEach
  void fill() {
    var random = new Random(42);
    for (int n = 0; n < 8; n++) {
      String kind = List.of("exponential", "custom", "mixed", "gauge").get(n % 4);
      SeriesDescription series =
          SeriesDescription.parse(
              "m{n=\"" + n + "\", kind=\"" + kind + "\"}",
              IntStream.range(0, SAMPLES)
                  .mapToObj(_ -> item(random, kind))
                  .collect(Collectors.joining(" ")));
      append(series);
    }
  }

  private static String item(Random random, String kind) {
    return switch (kind) {
      case "exponential" -> random.nextInt(9) == 0 ? "_" : exponential(random, "");
      case "custom" -> custom(random);
      case "gauge" -> exponential(random, " counter_reset_hint:gauge");
      default ->
          switch (random.nextInt(5)) {
            case 0 -> "stale";
            case 1 -> String.valueOf(random.nextInt(20));
            case 2 -> custom(random);
            default -> exponential(random, "");
          };
    };
  }

  private static String exponential(Random random, String hint) {
    boolean zero = random.nextBoolean();
    long[] positive = random.longs(random.nextInt(1, 5), 0, 9).toArray();
    long[] negative = random.longs(random.nextInt(0, 3), 0, 9).toArray();
    long zeros = zero ? random.nextInt(5) : 0;
    return "{{schema:%d count:%d sum:%d z_bucket:%d z_bucket_w:%s offset:3 buckets:%s n_offset:3 n_buckets:%s%s}}"
        .formatted(
            random.nextInt(0, 3),
            LongStream.of(positive).sum() + LongStream.of(negative).sum() + zeros,
            random.nextInt(50),
            zeros,
            zero ? random.nextBoolean() ? "0.5" : "1" : "0",
            list(positive),
            list(negative),
            hint);
  }

  private static String custom(Random random) {
    long[] counts = random.longs(3, 0, 9).toArray();
    return "{{schema:-53 count:%d sum:%d custom_values:%s buckets:%s}}"
        .formatted(
            LongStream.of(counts).sum(),
            random.nextInt(50),
            random.nextBoolean() ? "[1 5]" : "[5 10]",
            list(counts));
  }

  private static String list(long[] values) {
    return LongStream.of(values)
        .mapToObj(String::valueOf)
        .collect(Collectors.joining(" ", "[", "]"));
  }

  private void append(SeriesDescription series) {
    try (Appender appender = storage.appender()) {
      long time = 0;
      for (SeriesDescription.Item item : series.items()) {
        switch (item) {
          case SeriesDescription.Sample(double value) ->
              appender.append(series.labels(), time, value);
          case SeriesDescription.HistogramSample sample ->
              appender.append(series.labels(), time, sample.histogram());
          case SeriesDescription.Stale() ->
              appender.append(series.labels(), time, StaleMarker.VALUE);
          case SeriesDescription.Gap() -> {}
        }
        time += STEP_MILLIS;
      }
      appender.commit();
    }
  }

  static IntStream seeds() {
    return IntStream.range(0, 200);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void expression_overHistograms_neverBreaks(int seed) {
    var random = new Random(seed);
    String expression = vector(random, random.nextInt(1, 4));
    try {
      long time = random.nextInt(SAMPLES + 2) * STEP_MILLIS + random.nextInt(3) * 20_000L;
      check(expression, engine.instant(expression, time));
      check(expression, engine.range(expression, 0, SAMPLES * STEP_MILLIS, Duration.ofSeconds(45)));
    } catch (QueryException e) {
      assertThat(e.kind()).as("%s: %s", expression, e.reason()).isEqualTo(Kind.EXECUTION);
    }
  }

  private static String vector(Random random, int depth) {
    if (depth == 0) {
      return selector(random) + (random.nextInt(6) == 0 ? " smoothed" : "");
    }
    return switch (random.nextInt(4)) {
      case 0 -> chosen(OF_RANGES, random).formatted(range(random, depth));
      case 1 ->
          "(%s) %s on (n) (%s)"
              .formatted(
                  vector(random, depth - 1), chosen(OPERATORS, random), vector(random, depth - 1));
      default -> chosen(OF_VECTORS, random).formatted(vector(random, depth - 1));
    };
  }

  private static String range(Random random, int depth) {
    return switch (random.nextInt(4)) {
      case 0 -> "(" + vector(random, depth - 1) + ")[5m:1m]";
      case 1 -> selector(random) + "[3m] " + (random.nextBoolean() ? "smoothed" : "anchored");
      default -> selector(random) + "[4m]";
    };
  }

  private static String selector(Random random) {
    return chosen(
        List.of("m", "m{kind=\"exponential\"}", "m{kind=\"custom\"}", "m{n=\"2\"}", "m{n!=\"2\"}"),
        random);
  }

  private static String chosen(List<String> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  private static void check(String expression, QueryResult result) {
    switch (result.value()) {
      case InstantVector vector -> {
        for (int i = 0; i < vector.size(); i++) {
          check(expression, vector.histogram(i));
        }
      }
      case RangeMatrix matrix -> {
        for (RangeMatrix.Series series : matrix.series()) {
          for (int i = 0; i < series.size(); i++) {
            check(expression, series.histogram(i));
          }
        }
      }
      default -> throw new AssertionError(expression + " gave " + result.value());
    }
  }

  private static void check(String expression, Histogram histogram) {
    // trims pass over a zero bucket of less than nothing, as Prometheus' do
    boolean trimmed = expression.contains("</") || expression.contains(">/");
    if (histogram == null || trimmed || !Double.isFinite(histogram.count())) {
      return;
    }
    double total = histogram.zeroCount();
    double magnitude = Math.abs(total);
    for (Histogram.Buckets side : List.of(histogram.positive(), histogram.negative())) {
      for (int i = 0; i < side.size(); i++) {
        total += side.count(i);
        magnitude += Math.abs(side.count(i));
      }
    }
    assertThat(total)
        .as("%s gave %s", expression, histogram)
        .isCloseTo(histogram.count(), offset(1e-6 * (1 + magnitude)));
  }
}
