package io.pharos.tsdb.chunk;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.CorruptDataException;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.TestHistograms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistogramChunkTest {
  private static final long T0 = 1_700_000_000_000L;

  private static SampleWindow read(Chunk chunk, long from, long to) {
    var window = new SampleWindow();
    chunk.read(from, to, window);
    return window;
  }

  private static Chunk encode(long[] times, List<Histogram> histograms) {
    var appender = new ChunkAppender.Histograms(times[0], histograms.getFirst());
    for (int i = 1; i < histograms.size(); i++) {
      appender.append(times[i], histograms.get(i));
    }
    return appender.seal();
  }

  private static List<Histogram> series(Random random, int count) {
    var histograms = new ArrayList<Histogram>();
    for (int i = 0; i < count; i++) {
      histograms.add(
          i == 0 || random.nextInt(10) == 0
              ? TestHistograms.random(random)
              : TestHistograms.grown(histograms.getLast(), random));
    }
    return histograms;
  }

  private static Histogram withoutHint(Histogram histogram) {
    return histogram.withHint(ResetHint.UNKNOWN);
  }

  @Test
  void read_randomHistograms_givesBackEachBit() {
    var random = new Random(42);
    for (int round = 0; round < 500; round++) {
      List<Histogram> histograms = series(random, 1 + random.nextInt(60));
      var times = new long[histograms.size()];
      long time = random.nextBoolean() ? T0 : -T0;
      for (int i = 0; i < times.length; i++) {
        time += 1 + random.nextInt(1 << random.nextInt(1, 31));
        times[i] = time;
      }
      Chunk chunk = encode(times, histograms);
      assertThat(chunk.encoding()).isEqualTo(Chunk.Encoding.HISTOGRAMS);
      assertThat(chunk.minTime()).isEqualTo(times[0]);
      assertThat(chunk.maxTime()).isEqualTo(time);
      SampleWindow window = read(chunk, Long.MIN_VALUE, Long.MAX_VALUE);
      assertThat(window.size()).isEqualTo(times.length);
      for (int i = 0; i < times.length; i++) {
        Histogram found = requireNonNull(window.histogram(i));
        assertThat(window.timestamp(i)).isEqualTo(times[i]);
        assertThat(withoutHint(found)).isEqualTo(withoutHint(histograms.get(i)));
        switch (histograms.get(i).hint()) {
          case GAUGE, RESET -> assertThat(found.hint()).isEqualTo(histograms.get(i).hint());
          case UNKNOWN, NOT_RESET ->
              assertThat(found.hint()).isIn(ResetHint.UNKNOWN, ResetHint.NOT_RESET);
        }
      }
    }
  }

  @Test
  void read_interval_isClosed() {
    var appender = new ChunkAppender.Histograms(T0, TestHistograms.of(1));
    for (int i = 1; i < 10; i++) {
      appender.append(T0 + i * 10, TestHistograms.of(1 + i));
    }
    Chunk chunk = appender.seal();
    SampleWindow window = read(chunk, T0 + 10, T0 + 30);
    assertThat(window.size()).isEqualTo(3);
    assertThat(requireNonNull(window.histogram(0)).count()).isEqualTo(2);
    assertThat(read(chunk, T0 + 11, T0 + 19).size()).isZero();
    assertThat(read(chunk, T0 - 10, T0 - 1).size()).isZero();
    assertThat(read(chunk, T0 + 91, T0 + 99).size()).isZero();
  }

  @Test
  void read_prefixDuringAppends_seesThatPrefix() {
    List<Histogram> histograms = series(new Random(9), 80);
    var appender = new ChunkAppender.Histograms(T0, histograms.getFirst());
    for (int i = 1; i < histograms.size(); i++) {
      byte[] data = appender.data();
      int count = appender.count();
      appender.append(T0 + i, histograms.get(i));
      var window = new SampleWindow();
      Chunk.read(Chunk.Encoding.HISTOGRAMS, data, count, T0, Long.MAX_VALUE, window);
      assertThat(window.size()).isEqualTo(i);
      assertThat(withoutHint(requireNonNull(window.histogram(i - 1))))
          .isEqualTo(withoutHint(histograms.get(i - 1)));
    }
  }

  @Test
  void seal_unchangedHistograms_takeABitForEachValue() {
    Histogram histogram = TestHistograms.of(new double[100]);
    var appender = new ChunkAppender.Histograms(T0, histogram);
    int first = appender.sizeBytes();
    for (int i = 1; i <= 80; i++) {
      appender.append(T0 + i * 15_000L, histogram);
    }
    /* 103 values, hint, layout bit and time. */
    assertThat(appender.sizeBytes() - first).isBetween(80 * 107 / 8, 80 * 107 / 8 + 4);
  }

  @Test
  void read_damagedData_endsOrIsRefused() {
    var random = new Random(7);
    Chunk whole = encode(new long[] {1, 2, 3}, series(random, 3));
    for (int round = 0; round < 3000; round++) {
      byte[] data =
          round % 2 == 0
              ? Arrays.copyOf(whole.data(), 1 + random.nextInt(whole.data().length))
              : new byte[random.nextInt(60)];
      if (round % 2 == 0) {
        data[random.nextInt(data.length)] ^= (byte) (1 << random.nextInt(8));
      } else {
        random.nextBytes(data);
      }
      var window = new SampleWindow();
      try {
        Chunk.read(
            Chunk.Encoding.HISTOGRAMS,
            data,
            Integer.MAX_VALUE,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            window);
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
      assertThat(window.size()).isLessThanOrEqualTo(8 * data.length);
    }
  }

  @Test
  void append_notLater_isRefused() {
    var appender = new ChunkAppender.Histograms(T0, TestHistograms.of(1));
    assertThatThrownBy(() -> appender.append(T0, TestHistograms.of(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the sample at " + T0 + " is not after the last sample");
  }

  /* The bytes in docs/format/chunk.md. */
  @Test
  void seal_exampleOfTheFormat_hasItsBytes() {
    var appender = new ChunkAppender.Histograms(1000, TestHistograms.of(1, 2));
    appender.append(2000, TestHistograms.of(1, 2));
    assertThat(HexFormat.of().formatHex(appender.seal().data()))
        .isEqualTo("00000000000003e820000001000200c25c00b097003889fff081cfa200");
  }
}
