package io.pharos.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.CorruptDataException;
import io.pharos.storage.SampleWindow;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkTest {
  private static final long T0 = 1_700_000_000_000L;

  private static SampleWindow read(Chunk chunk, long from, long to) {
    var window = new SampleWindow();
    chunk.read(from, to, window);
    return window;
  }

  private static ChunkAppender.Floats append(long[] times, long[] bits) {
    var appender = new ChunkAppender.Floats(times[0], Double.longBitsToDouble(bits[0]));
    for (int i = 1; i < times.length; i++) {
      appender.append(times[i], Double.longBitsToDouble(bits[i]));
    }
    return appender;
  }

  private static Chunk assertRoundTrip(long[] times, long[] bits) {
    ChunkAppender.Floats appender = append(times, bits);
    Chunk chunk = appender.seal();
    assertThat(chunk.count()).isEqualTo(times.length);
    assertThat(chunk.minTime()).isEqualTo(times[0]);
    assertThat(chunk.maxTime()).isEqualTo(times[times.length - 1]);
    SampleWindow window = read(chunk, Long.MIN_VALUE, Long.MAX_VALUE);
    assertThat(window.size()).isEqualTo(times.length);
    for (int i = 0; i < times.length; i++) {
      assertThat(window.timestamp(i)).isEqualTo(times[i]);
      assertThat(Double.doubleToRawLongBits(window.value(i))).isEqualTo(bits[i]);
    }
    int half = (times.length + 1) / 2;
    assertWalks(appender.encoding(), appender.data(), half, times, bits);
    assertWalks(chunk.encoding(), chunk.data(), times.length, times, bits);
    return chunk;
  }

  /// Reads the samples, some of which are appended later, and switches to another cursor now and
  /// then.
  private static void assertWalks(
      Chunk.Encoding encoding, byte[] data, int first, long[] times, long[] bits) {
    var cursor = new FloatCursor();
    cursor.open(encoding, data, first);
    for (int i = 0; i < times.length; i++) {
      if (i == first) {
        assertThat(cursor.next()).isFalse();
        cursor.grow(data, times.length);
      }
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.timestamp()).isEqualTo(times[i]);
      assertThat(Double.doubleToRawLongBits(cursor.value())).isEqualTo(bits[i]);
      boolean isWhole = first == times.length || i >= first;
      if (i % 3 == 0 && isWhole && cursor.place() != FloatCursor.NO_PLACE) {
        var other = new FloatCursor();
        other.resume(
            encoding,
            data,
            times.length,
            cursor.timestamp(),
            cursor.value(),
            cursor.place(),
            cursor.delta());
        cursor = other;
      }
    }
    assertThat(cursor.next()).isFalse();
  }

  @Test
  void read_randomSamples_givesBackEachBit() {
    var random = new Random(42);
    for (int round = 0; round < 2_000; round++) {
      int count = 1 + random.nextInt(130);
      var times = new long[count];
      var bits = new long[count];
      long time = T0;
      double counter = 0;
      int kind = random.nextInt(6);
      for (int i = 0; i < count; i++) {
        time += step(random, kind);
        times[i] = time;
        counter += random.nextInt(100);
        bits[i] =
            switch (random.nextInt(kind == 5 ? 4 : 2)) {
              case 0 -> Double.doubleToRawLongBits(counter);
              case 1 -> Double.doubleToRawLongBits(random.nextInt(3));
              case 2 -> random.nextLong();
              default -> Double.doubleToRawLongBits(random.nextDouble());
            };
      }
      assertRoundTrip(times, bits);
    }
  }

  private static long step(Random random, int kind) {
    return switch (kind) {
      case 0 -> 15_000;
      case 1 -> 15_000 + random.nextInt(7) - 3;
      case 2 -> 1 + random.nextInt(2_000);
      case 3 -> 1 + random.nextInt(2_000_000);
      default -> 1 + random.nextLong(1L << 40);
    };
  }

  /// Typical counters and gauges: integers, or decimals with a few digits.
  @Test
  void read_randomDecimals_givesBackEachBitAndTakesFewerBytes() {
    var random = new Random(43);
    int packed = 0;
    for (int round = 0; round < 2_000; round++) {
      int count = 1 + random.nextInt(130);
      var times = new long[count];
      var bits = new long[count];
      long time = T0;
      int kind = random.nextInt(5);
      double power = Math.pow(10, random.nextInt(13));
      long range = 1L << random.nextInt(1, 40);
      boolean counter = random.nextBoolean();
      long mantissa = random.nextLong(-range, range);
      for (int i = 0; i < count; i++) {
        time += step(random, kind);
        times[i] = time;
        mantissa =
            counter ? mantissa + random.nextLong(1 + range / 1000) : random.nextLong(-range, range);
        bits[i] = Double.doubleToRawLongBits(mantissa / power);
      }
      Chunk chunk = assertRoundTrip(times, bits);
      packed += chunk.encoding() == Chunk.Encoding.PACKED ? 1 : 0;
      assertThat(chunk.data().length).isLessThanOrEqualTo(append(times, bits).sizeBytes());
    }
    assertThat(packed).isBetween(1_000, 1_999);
  }

  @Test
  void seal_withANonDecimal_doesNotPack() {
    for (double other : new double[] {-0.0, Double.NaN, Double.POSITIVE_INFINITY, 1.0 / 3, 1e17}) {
      var times = new long[100];
      var bits = new long[100];
      for (int i = 0; i < times.length; i++) {
        times[i] = T0 + i * 1000L;
        bits[i] = Double.doubleToRawLongBits(i == 50 ? other : 100 + i);
      }
      assertThat(assertRoundTrip(times, bits).encoding()).isEqualTo(Chunk.Encoding.FLOATS);
    }
  }

  @Test
  void seal_mantissasAtBothEnds_areExact() {
    var times = new long[60];
    var bits = new long[60];
    for (int i = 0; i < times.length; i++) {
      times[i] = T0 + i * 1000L;
      bits[i] = Double.doubleToRawLongBits((i % 2 == 0 ? 1 : -1) * (0x1p53 - i));
    }
    assertRoundTrip(times, bits);
  }

  @Test
  void read_theEdgesOfEachTimeRange_areExact() {
    long[] changes = {
      0, 1, -1, 31, 32, -32, -33, 1023, 1024, -1024, -1025, 524_287, 524_288, -524_288, -524_289
    };
    var times = new long[changes.length * 2 + 1];
    var bits = new long[times.length];
    times[0] = T0;
    long delta = 10_000_000;
    for (int i = 1; i < times.length; i++) {
      delta += i % 2 == 0 ? changes[i / 2 - 1] : 0;
      times[i] = times[i - 1] + delta;
      bits[i] = i;
    }
    assertRoundTrip(times, bits);
  }

  @Test
  void read_theEdgesOfEachValueWindow_areExact() {
    long[] bits = {
      0, -1, 0, 1, 0, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 3L << 31, 0xFFFF_FFFF_0000_0000L, 5
    };
    var times = new long[bits.length];
    for (int i = 0; i < times.length; i++) {
      times[i] = i - 5;
    }
    assertRoundTrip(times, bits);
  }

  @Test
  void read_interval_isClosed() {
    var appender = new ChunkAppender.Floats(T0, 0);
    for (int i = 1; i < 10; i++) {
      appender.append(T0 + i * 10, i);
    }
    Chunk chunk = appender.seal();
    assertThat(read(chunk, T0 + 10, T0 + 30).size()).isEqualTo(3);
    assertThat(read(chunk, T0 + 11, T0 + 19).size()).isZero();
    assertThat(read(chunk, T0 - 10, T0 - 1).size()).isZero();
    assertThat(read(chunk, T0 + 91, T0 + 99).size()).isZero();
    var window = new SampleWindow();
    Chunk.Floats.read(appender.data(), appender.count(), T0 - 5, T0 - 1, window);
    assertThat(window.size()).isZero();
  }

  @Test
  void read_prefixDuringAppends_seesThatPrefix() {
    var appender = new ChunkAppender.Floats(T0, 1.5);
    for (int i = 1; i < 50; i++) {
      byte[] data = appender.data();
      int count = appender.count();
      appender.append(T0 + i * 7L * i, i * 1.1);
      var window = new SampleWindow();
      Chunk.Floats.read(data, count, T0, Long.MAX_VALUE, window);
      assertThat(window.size()).isEqualTo(i);
      assertThat(window.timestamp(i - 1)).isEqualTo(T0 + (i - 1) * 7L * (i - 1));
    }
  }

  @Test
  void seal_regularSamples_takeNoBytesEach() {
    var appender = new ChunkAppender.Floats(T0, 1000);
    for (int i = 1; i < 120; i++) {
      appender.append(T0 + i * 15_000L, 1000 + i);
    }
    assertThat(appender.seal().data().length).isLessThan(20);
  }

  @Test
  void timeColumn_ofPackedChunks_givesThemBack() {
    var random = new Random(9);
    int packed = 0;
    for (int round = 0; round < 2_000; round++) {
      long time = random.nextBoolean() ? T0 : random.nextLong() >> 8;
      int jitter = 1 << random.nextInt(20);
      int size = 1 << random.nextInt(30);
      double unit = Math.pow(10, random.nextInt(4));
      var appender = new ChunkAppender.Floats(time, random.nextInt(size) / unit);
      for (int i = random.nextInt(200); i > 0; i--) {
        time += 1 + random.nextInt(jitter);
        appender.append(time, random.nextInt(size) / unit);
      }
      Chunk chunk = appender.seal();
      if (chunk.encoding() != Chunk.Encoding.PACKED) {
        continue;
      }
      packed++;
      var column = TimeColumn.of(chunk);
      byte[] untimed = TimeColumn.untimed(chunk);
      assertThat(column.chunk(untimed).data()).isEqualTo(chunk.data());
      assertThat(untimed.length + column.data().length)
          .isBetween(chunk.data().length, chunk.data().length + 1);
      long from = chunk.minTime() + random.nextInt(jitter);
      long to = chunk.maxTime() - random.nextInt(jitter);
      var expected = new SampleWindow();
      chunk.read(from, to, expected);
      var window = new SampleWindow();
      column.read(untimed, from, to, window);
      assertThat(window.size()).isEqualTo(expected.size());
      for (int i = 0; i < window.size(); i++) {
        assertThat(window.timestamp(i)).isEqualTo(expected.timestamp(i));
        assertThat(window.value(i)).isEqualTo(expected.value(i));
      }
    }
    assertThat(packed).isGreaterThan(1_000);
  }

  @Test
  void timeColumn_ofOtherTimes_isAnother() {
    var one = new ChunkAppender.Floats(T0, 1);
    var other = new ChunkAppender.Floats(T0, 7);
    var third = new ChunkAppender.Floats(T0, 1);
    for (int i = 1; i < 100; i++) {
      one.append(T0 + i * 1000, i);
      other.append(T0 + i * 1000, i % 3);
      third.append(T0 + i * 1000 + i % 2, i);
    }
    TimeColumn column = TimeColumn.of(one.seal());
    assertThat(TimeColumn.of(other.seal())).isEqualTo(column).hasSameHashCodeAs(column);
    assertThat(TimeColumn.of(third.seal())).isNotEqualTo(column);
  }

  @Test
  void read_damagedTimeColumn_endsOrIsRefused() {
    var random = new Random(10);
    int read = 0;
    for (int round = 0; round < 5_000; round++) {
      byte[] data = new byte[random.nextInt(40)];
      byte[] times = new byte[random.nextInt(40)];
      random.nextBytes(data);
      random.nextBytes(times);
      var window = new SampleWindow();
      int count = 1 + random.nextInt(120);
      try {
        var column = new TimeColumn(0, 1, count, times);
        column.read(data, Long.MIN_VALUE, Long.MAX_VALUE, window);
        assertThat(column.chunk(data).count()).isEqualTo(count);
        read++;
      } catch (CorruptDataException e) {
        assertThat(e)
            .hasMessageMatching("(?s).*(in a chunk of|the data ends|more than 10 bytes).*");
      }
      assertThat(window.size()).isBetween(0, count);
    }
    assertThat(read).isPositive();
  }

  @Test
  void read_damagedPackedData_endsOrIsRefused() {
    var random = new Random(8);
    int read = 0;
    for (int round = 0; round < 5_000; round++) {
      byte[] data = new byte[random.nextInt(40)];
      random.nextBytes(data);
      var window = new SampleWindow();
      try {
        PackedFloats.read(data, 1 + random.nextInt(120), Long.MIN_VALUE, Long.MAX_VALUE, window);
        read++;
      } catch (CorruptDataException e) {
        assertThat(e)
            .hasMessageMatching("(?s).*(in a chunk of|the data ends|more than 10 bytes).*");
      }
      assertThat(window.size()).isBetween(0, 120);
    }
    assertThat(read).isPositive();
  }

  @Test
  void read_damagedData_ends() {
    var random = new Random(7);
    for (int round = 0; round < 500; round++) {
      byte[] data = new byte[random.nextInt(40)];
      random.nextBytes(data);
      var window = new SampleWindow();
      Chunk.Floats.read(data, 120, Long.MIN_VALUE, Long.MAX_VALUE, window);
      assertThat(window.size()).isBetween(0, 120);
    }
  }

  @Test
  void append_notLater_isRefused() {
    var appender = new ChunkAppender.Floats(T0, 1);
    assertThatThrownBy(() -> appender.append(T0, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the sample at " + T0 + " is not after the last sample");
  }

  @Test
  void chunk_withoutSamples_isRefused() {
    assertThatThrownBy(() -> Chunk.of(Chunk.Encoding.FLOATS, 1, 2, 0, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Chunk.of(Chunk.Encoding.FLOATS, 2, 1, 1, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /* The bytes in docs/format/chunk.md. */
  @Test
  void seal_exampleOfTheFormat_hasItsBytes() {
    var appender = new ChunkAppender.Floats(1000, 1.0);
    appender.append(2000, 1.0);
    appender.append(3000, 2.0);
    assertThat(HexFormat.of().formatHex(Arrays.copyOf(appender.data(), appender.sizeBytes())))
        .isEqualTo("00000000000003e83ff0000000000000cfa0c257ff");
    Chunk packed = appender.seal();
    assertThat(packed.encoding()).isEqualTo(Chunk.Encoding.PACKED);
    assertThat(HexFormat.of().formatHex(packed.data()))
        .isEqualTo("00000000000003e8" + "00" + "02" + "d00f" + "00" + "02" + "01" + "40");
    assertThat(HexFormat.of().formatHex(TimeColumn.of(packed).data()))
        .isEqualTo("00000000000003e8" + "d00f" + "00");
    assertThat(HexFormat.of().formatHex(TimeColumn.untimed(packed)))
        .isEqualTo("00" + "02" + "02" + "01" + "40");
  }
}
