package io.pharos.tsdb.chunk;

import io.pharos.bench.ServiceSeries;
import io.pharos.storage.SampleWindow;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The chunks of a target's thousand series with 120 samples each.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChunkBenchmark {
  private static final int SAMPLES = 120;
  private static final int ALL = SAMPLES * ServiceSeries.SERIES;

  private final long[] times = new long[SAMPLES];
  private double[][] values;
  private Chunk[] chunks;

  @Setup
  public void encodeAll() {
    var series = new ServiceSeries(0, SAMPLES);
    values = new double[ServiceSeries.SERIES][SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      for (int number = 0; number < values.length; number++) {
        values[number][i] = series.values(i)[number];
      }
      times[i] = ServiceSeries.BEGIN + i * ServiceSeries.INTERVAL + i * 7 % 5;
    }
    chunks = new Chunk[ServiceSeries.SERIES];
    for (int i = 0; i < chunks.length; i++) {
      chunks[i] = encoded(i);
    }
  }

  private Chunk encoded(int number) {
    double[] samples = values[number];
    var appender = new ChunkAppender.Floats(times[0], samples[0]);
    for (int i = 1; i < SAMPLES; i++) {
      appender.append(times[i], samples[i]);
    }
    return appender.seal();
  }

  /// Appends to growing chunks and finishes them; per sample.
  @Benchmark
  @OperationsPerInvocation(ALL)
  public long encode() {
    long bytes = 0;
    for (int i = 0; i < chunks.length; i++) {
      bytes += encoded(i).data().length;
    }
    return bytes;
  }

  /// Reads finished chunks into a window; per sample.
  @Benchmark
  @OperationsPerInvocation(ALL)
  public double decode() {
    var window = new SampleWindow(SAMPLES);
    double sum = 0;
    for (Chunk chunk : chunks) {
      window.clear();
      chunk.read(Long.MIN_VALUE, Long.MAX_VALUE, window);
      sum += window.value(SAMPLES - 1);
    }
    return sum;
  }

  /// Steps through finished chunks; per sample.
  @Benchmark
  @OperationsPerInvocation(ALL)
  public double walk() {
    var cursor = new FloatCursor();
    double sum = 0;
    for (Chunk chunk : chunks) {
      cursor.open(chunk.encoding(), chunk.data(), chunk.count());
      while (cursor.next()) {
        sum += cursor.value();
      }
    }
    return sum;
  }
}
