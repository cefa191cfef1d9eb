package io.pharos.promql.engine;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bench.ServiceSeries;
import io.pharos.bench.TemporaryStore;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.RangeMatrix;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Queries over an hour at steps of fifteen seconds, as dashboards ask them.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class QueryBenchmark {
  private static final int SCRAPES = 8;
  private static final int HOUR = 240;

  @Param("20")
  public int targets;

  private TemporaryStore store;
  private Engine engine;

  @Setup
  public void fill() throws IOException {
    store = new TemporaryStore();
    for (int i = 0; i < targets; i++) {
      var series = new ServiceSeries(i, SCRAPES);
      for (int scrape = 0; scrape <= HOUR; scrape++) {
        store.now(ServiceSeries.BEGIN + scrape * ServiceSeries.INTERVAL);
        series.append(store.tsdb(), scrape, store.now());
      }
    }
    engine =
        new Engine(
            store.tsdb(), EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
  }

  @TearDown
  public void close() {
    store.close();
  }

  private int range(String expression) {
    var value =
        (RangeMatrix)
            engine
                .range(
                    expression,
                    ServiceSeries.BEGIN,
                    store.now(),
                    Duration.ofMillis(ServiceSeries.INTERVAL))
                .value();
    if (value.series().size() == 0) {
      throw new IllegalStateException("nothing for " + expression);
    }
    return value.series().size();
  }

  /// The requests of each job.
  @Benchmark
  public int rangeOfRates() {
    return range("sum by (job) (rate(http_requests_total[5m]))");
  }

  /// The latency of all.
  @Benchmark
  public int rangeOfQuantiles() {
    return range(
        "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))");
  }
}
