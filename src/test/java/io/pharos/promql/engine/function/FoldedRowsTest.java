package io.pharos.promql.engine.function;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.work.Cancellation;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.Steps;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.TestHistograms;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is computed without seeing all samples, or without holding all rows, is what it is with
/// them, bit for bit.
final class FoldedRowsTest {
  private static final long T0 = 1_700_000_000_000L;

  private static final List<String> OPERATORS =
      List.of("sum", "avg", "count", "min", "max", "group", "stddev", "stdvar");

  private static final List<String> GROUPINGS =
      List.of(
          "",
          " by (a)",
          " by (a, b)",
          " by (none)",
          " by (__name__, a)",
          " without (b)",
          " without (b, i)",
          " by (__type__)");

  private static final List<String> FUNCTIONS =
      List.of(
          "rate",
          "increase",
          "delta",
          "irate",
          "avg_over_time",
          "last_over_time",
          "count_over_time",
          "max_over_time");

  private static final List<String> SELECTORS =
      List.of("x_total", "gauge", "{__name__=~\"x_total|y_total\"}", "{a=\"1\"}", "h", "typed");

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aggregation_ofWindows_isThatOfTheirRowsTogether(boolean delayed) {
    var random = new Random(delayed ? 1 : 2);
    InMemoryStorage storage = storage(random);
    var engine =
        new Engine(
            storage,
            EngineOptions.defaults()
                .withFeatures(delayed ? Set.of(Feature.DELAYED_NAME_REMOVAL) : Set.of()),
            () -> 0,
            new SimpleMeterRegistry());
    int answered = 0;
    for (int i = 0; i < 1_500; i++) {
      String begin =
          pick(OPERATORS, random)
              + pick(GROUPINGS, random)
              + " ("
              + pick(FUNCTIONS, random)
              + "("
              + pick(SELECTORS, random)
              + pick(List.of("[1m]", "[5m]", "[20m]"), random)
              + pick(List.of("", "", " offset 2m"), random);
      long from = T0 + random.nextInt(1_800) * 1_000L;
      Query.Steps span = new Query.Steps(from, from + 900_000, Duration.ofSeconds(7));
      String folded = answer(engine, begin + "))", span);
      String whole = answer(engine, begin + ") or none)", span);
      assertThat(folded).as(begin).isEqualTo(whole);
      answered += folded.lines().count() > 1 ? 1 : 0;
    }
    assertThat(answered).isGreaterThan(800);
  }

  @Test
  void rates_ofAnySeries_areThoseOfEachWindow() {
    var random = new Random(3);
    for (int round = 0; round < 300; round++) {
      long range = 1_000L * (1 + random.nextInt(400));
      long[] ends = new long[1 + random.nextInt(200)];
      for (int i = 0; i < ends.length; i++) {
        ends[i] = T0 + i * 9_000L;
      }
      boolean counter = random.nextBoolean();
      boolean perSecond = counter && random.nextBoolean();
      var rates = new SteppedRates(context(), ends, range, counter, perSecond);
      double[] cells = new double[ends.length];
      SampleWindow samples = series(random);
      for (int i = 0; i < 20; i++) {
        if (random.nextInt(3) == 0) {
          samples = series(random);
        } else {
          alter(samples, random);
        }
        boolean any = rates.of(samples, cells);
        assertThat(any).isEqualTo(anyPresent(cells));
        for (int step = 0; step < ends.length; step++) {
          assertThat(Double.doubleToLongBits(cells[step]))
              .isEqualTo(
                  Double.doubleToLongBits(plain(samples, ends[step], range, counter, perSecond)));
        }
      }
    }
  }

  private static boolean anyPresent(double[] cells) {
    for (double cell : cells) {
      if (!Columns.isAbsent(cell)) {
        return true;
      }
    }
    return false;
  }

  private static double plain(
      SampleWindow samples, long end, long range, boolean counter, boolean perSecond) {
    var window = new Window();
    window.timestamps = samples.timestamps();
    window.values = samples.values();
    window.startMillis = end - range;
    window.endMillis = end;
    while (window.to < samples.size() && samples.timestamp(window.to) <= end) {
      window.to++;
    }
    while (window.from < window.to && samples.timestamp(window.from) <= window.startMillis) {
      window.from++;
    }
    if (window.size() == 0) {
      return Columns.ABSENT;
    }
    return !counter
        ? Extrapolation.delta(window)
        : perSecond ? Extrapolation.rate(window) : Extrapolation.increase(window);
  }

  private static SampleWindow series(Random random) {
    var samples = new SampleWindow();
    long time = T0 - random.nextInt(100_000);
    int size = random.nextInt(300);
    for (int i = 0; i < size; i++) {
      time += random.nextInt(20) == 0 ? 1 + random.nextInt(200_000) : 5_000;
      samples.add(time, 0);
    }
    alter(samples, random);
    return samples;
  }

  /// Other values at the same times.
  private static void alter(SampleWindow samples, Random random) {
    double value = random.nextInt(3) == 0 ? 0 : random.nextInt(1_000_000);
    int resets = random.nextInt(3) == 0 ? 5 : 100;
    for (int i = 0; i < samples.size(); i++) {
      value = random.nextInt(resets) == 0 ? random.nextInt(5) : value + random.nextInt(50) / 8.0;
      samples.values()[i] =
          random.nextInt(400) == 0
              ? pick(List.of(Double.NaN, Double.POSITIVE_INFINITY, -0.0, -7.5), random)
              : value;
    }
  }

  private static QueryContext context() {
    return new QueryContext(
        new InMemoryStorage(),
        EngineOptions.defaults(),
        "",
        Steps.single(T0),
        Cancellation.NEVER,
        MemoryBounds.unbounded().pool(MemoryBound.QUERIES).open(),
        null);
  }

  private static InMemoryStorage storage(Random random) {
    var storage = new InMemoryStorage();
    for (int target = 0; target < 6; target++) {
      for (int i = 0; i < 8; i++) {
        String name =
            switch (i) {
              case 0, 1, 2 -> "x_total";
              case 3 -> "y_total";
              case 4, 5 -> "gauge";
              case 6 -> "h";
              default -> "typed";
            };
        Labels.Builder labels =
            Labels.builder()
                .set("__name__", name)
                .set("a", Integer.toString(target % 3))
                .set("b", target % 2 == 0 ? "" : "b")
                .set("i", Integer.toString(i == 3 ? target * 8 : target * 8 + i));
        if (i == 7) {
          labels.set("__type__", target % 2 == 0 ? "counter" : "gauge").remove("b").remove("i");
        }
        append(storage, labels.build(), target, i == 6 && target > 2, random);
      }
    }
    return storage;
  }

  private static void append(
      InMemoryStorage storage, Labels labels, int target, boolean histograms, Random random) {
    try (Appender appender = storage.appender()) {
      double value = 0;
      for (long time = T0 + target * 1_000; time < T0 + 3_600_000; time += 15_000) {
        value = random.nextInt(60) == 0 ? 0 : value + random.nextInt(90) / 16.0;
        if (random.nextInt(30) == 0) {
          time += random.nextInt(3) * 100_000;
        } else if (random.nextInt(80) == 0) {
          appender.append(labels, time, StaleMarker.VALUE);
        } else if (histograms && random.nextInt(4) == 0) {
          appender.append(labels, time, TestHistograms.random(random));
        } else {
          appender.append(labels, time, random.nextInt(200) == 0 ? Double.NaN : value);
        }
      }
      appender.commit();
    }
  }

  private static <T> T pick(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  private static String answer(Engine engine, String text, Query.Steps span) {
    QueryResult result;
    try {
      result = engine.evaluate(Query.over(text, span.fromMillis(), span.toMillis(), span.step()));
    } catch (QueryException e) {
      return e.toString();
    }
    var answer = new StringBuilder().append(result.warnings()).append(result.infos());
    for (RangeMatrix.Series series : ((RangeMatrix) result.value()).series()) {
      answer.append('\n').append(series.labels());
      for (int i = 0; i < series.size(); i++) {
        answer.append(' ').append(series.timestamps()[i] - T0).append('=');
        answer.append(
            series.histogram(i) == null
                ? Long.toHexString(Double.doubleToLongBits(series.values()[i]))
                : series.histogram(i));
      }
    }
    return answer.toString();
  }
}
