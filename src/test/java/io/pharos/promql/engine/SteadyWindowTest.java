package io.pharos.promql.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.storage.Appender;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an evaluation with kept windows leaves for the garbage collector, by the window.
class SteadyWindowTest {
  private static final long T0 = 1_700_006_400_000L;
  private static final int SERIES = 20;
  private static final int SCRAPES = 3_200;
  private static final int MEASURED = 400;

  @TempDir Path directory;

  private final Labels[] series = new Labels[SERIES];
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static long at(int scrape) {
    return T0 + scrape * 15_000L;
  }

  private void scrape(Tsdb tsdb, int scrape) {
    try (Appender appender = tsdb.appender()) {
      for (int i = 0; i < SERIES; i++) {
        appender.append(series[i], at(scrape), scrape % 997 * (i + 1));
      }
      appender.commit();
    }
  }

  private static void evaluate(Evaluator evaluator, String text, Expr tree, int scrape) {
    evaluator.evaluate(Query.at(text, tree, at(scrape)));
  }

  /// Bytes that evaluations allocate, sorted, over so many of the last scrapes.
  private long[] bytes(Path folder, String text) throws Exception {
    Expr tree = PromqlParser.parse(text, ParserOptions.all());
    var bytes = new long[MEASURED];
    try (var tsdb =
        Tsdb.open(
            folder,
            TsdbOptions.defaults(),
            () -> Instant.ofEpochMilli(T0),
            new SimpleMeterRegistry())) {
      Evaluator keeping =
          new Engine(tsdb, EngineOptions.defaults(), () -> 0, new SimpleMeterRegistry())
              .keeping(List.of());
      for (int i = 0; i < SERIES; i++) {
        series[i] = Labels.of("__name__", "x_total", "i", Integer.toString(i));
      }
      for (int scrape = 0; scrape < SCRAPES; scrape++) {
        scrape(tsdb, scrape);
        int measured = scrape - (SCRAPES - MEASURED);
        if (measured >= -MEASURED) {
          long before = threads.getCurrentThreadAllocatedBytes();
          evaluate(keeping, text, tree, scrape);
          bytes[Math.floorMod(measured, MEASURED)] =
              threads.getCurrentThreadAllocatedBytes() - before;
        }
      }
      keeping.forget();
    }
    Arrays.sort(bytes);
    return bytes;
  }

  /* Both begin in a finished chunk. Queues of extremes and sums of segments move when they have filled
   * their arrays, which the longer window does more rarely, and with more in them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sum(rate(x_total[%s]))",
        "sum(increase(x_total[%s]))",
        "max(max_over_time(x_total[%s]))",
        "sum(sum_over_time(x_total[%s]))",
        "sum(avg_over_time(x_total[%s])) > 1"
      })
  void evaluation_ofAnyWindow_leavesTheSame(String shape) throws Exception {
    long[] brief = bytes(directory.resolve("brief"), shape.formatted("1h"));
    long[] extended = bytes(directory.resolve("long"), shape.formatted("12h"));
    double briefMean = Arrays.stream(brief).average().orElseThrow();
    double longMean = Arrays.stream(extended).average().orElseThrow();
    String figures =
        "%s, bytes an evaluation over [1h] and [12h]: median %d, %d; mean %.0f, %.0f"
            .formatted(shape, brief[MEASURED / 2], extended[MEASURED / 2], briefMean, longMean);
    System.out.println("SteadyWindowTest: " + figures);

    assertThat(extended[MEASURED / 2]).as(figures).isLessThanOrEqualTo(brief[MEASURED / 2] + 64);
    assertThat(longMean).as(figures).isLessThan(briefMean * 1.1);
  }
}
