package io.pharos.tsdb;

import io.pharos.bench.ServiceSeries;
import io.pharos.bench.TemporaryStore;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Offers, logs and stores a batch of a thousand samples of known series.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AppendBenchmark {
  private static final int SCRAPES = 8;
  private static final int CHUNK = 120;

  @Param({"1", "100"})
  public int targets;

  private TemporaryStore store;
  private ServiceSeries[] series;
  private int turn;

  @Setup
  public void open() throws IOException {
    store = new TemporaryStore();
    series = new ServiceSeries[targets];
    for (int i = 0; i < targets; i++) {
      series[i] = new ServiceSeries(i, SCRAPES);
    }
    /* Chunks get full at different times, so that each measurement contains some full ones. */
    for (int scrape = 0; scrape < CHUNK; scrape++) {
      for (int i = 0; i < targets; i++) {
        if (scrape >= i * CHUNK / targets) {
          series[i].append(store.tsdb(), scrape, store.now());
        }
      }
      store.now(store.now() + ServiceSeries.INTERVAL);
    }
    turn = CHUNK * targets;
  }

  @TearDown
  public void close() {
    store.close();
  }

  /// Per sample.
  @Benchmark
  @OperationsPerInvocation(ServiceSeries.SERIES)
  public int append() {
    series[turn % targets].append(store.tsdb(), turn / targets, store.now());
    if (++turn % targets == 0) {
      store.now(store.now() + ServiceSeries.INTERVAL);
    }
    return turn;
  }
}
