package io.pharos.tsdb.wal;

import io.pharos.bench.ServiceSeries;
import io.pharos.bench.TemporaryStore;
import io.pharos.storage.SampleWindow;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The write-ahead log of a target's thousand series.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LogBenchmark {
  private static final int SCRAPES = 8;
  private static final int COMMITS = 100;

  private final int[] numbers = new int[ServiceSeries.SERIES];
  private final SampleWindow samples = new SampleWindow(ServiceSeries.SERIES);
  private final WalEncoder encoder = new WalEncoder();
  private ServiceSeries series;
  private TemporaryStore store;
  private int turn;

  @Setup
  public void write() throws IOException {
    series = new ServiceSeries(0, SCRAPES);
    store = new TemporaryStore();
    for (int i = 0; i < COMMITS; i++) {
      series.append(store.tsdb(), i, store.now());
      store.now(store.now() + ServiceSeries.INTERVAL);
    }
    store.end();
    encoder.clear();
    encoder.beginSegment();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = encoder.series(series.labels().get(i));
    }
  }

  @TearDown
  public void close() {
    store.close();
  }

  /// Encodes the record of a commit; per sample.
  @Benchmark
  @OperationsPerInvocation(ServiceSeries.SERIES)
  public int encode() {
    encoder.clear();
    samples.clear();
    samples.reserve(numbers.length);
    Arrays.fill(
        samples.timestamps(),
        0,
        numbers.length,
        ServiceSeries.BEGIN + turn * ServiceSeries.INTERVAL);
    System.arraycopy(series.values(turn++), 0, samples.values(), 0, numbers.length);
    samples.added(numbers.length);
    encoder.samples(numbers, samples);
    encoder.written();
    return encoder.size();
  }

  /// Reads the files of a log of a hundred commits; per sample.
  @Benchmark
  @OperationsPerInvocation(COMMITS * ServiceSeries.SERIES)
  public long decode() throws IOException {
    long[] samples = {0};
    WalReader.read(
        store.log(),
        record -> {
          if (record instanceof WalRecord.Samples some) {
            samples[0] += some.samples().size();
          }
        });
    if (samples[0] != (long) COMMITS * ServiceSeries.SERIES) {
      throw new IllegalStateException("the log holds " + samples[0] + " samples");
    }
    return samples[0];
  }
}
