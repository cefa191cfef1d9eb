package io.pharos.tsdb.chunk;

import io.pharos.storage.SampleWindow;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Reads encoded samples. Bits past the end of the array count as zero, so that damaged data gives
/// wrong samples but never an endless loop; checksums are the caller's business.
public final class ChunkDecoder {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private ChunkDecoder() {}

  /// Appends those of the first `count` samples that lie in the closed interval to the window.
  public static void read(
      byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
    long time = bits64(data, 0);
    long value = bits64(data, 64);
    if (time > toMillis) {
      return;
    }
    if (time >= fromMillis) {
      window.add(time, Double.longBitsToDouble(value));
    }
    int at = 128;
    long delta = 0;
    int leading = 0;
    int significant = 0;
    for (int i = 1; i < count; i++) {
      int prefix = (int) bits(data, at, 4);
      if (prefix < 0b1000) {
        at += 1;
      } else if (prefix < 0b1100) {
        delta += signed(bits(data, at + 2, 6), 6);
        at += 8;
      } else if (prefix < 0b1110) {
        delta += signed(bits(data, at + 3, 11), 11);
        at += 14;
      } else if (prefix == 0b1110) {
        delta += signed(bits(data, at + 4, 20), 20);
        at += 24;
      } else {
        delta += bits64(data, at + 4);
        at += 68;
      }
      time += delta;
      if (time > toMillis) {
        return;
      }
      int control = (int) bits(data, at, 2);
      if (control < 0b10) {
        at += 1;
      } else {
        if (control == 0b10) {
          at += 2;
        } else {
          int window11 = (int) bits(data, at + 2, 11);
          leading = window11 >>> 6;
          significant = Math.min((window11 & 0x3F) + 1, 64 - leading);
          at += 13;
        }
        value ^= payload(data, at, significant) << (64 - leading - significant);
        at += significant;
      }
      if (time >= fromMillis) {
        window.add(time, Double.longBitsToDouble(value));
      }
    }
  }

  private static long payload(byte[] data, int at, int n) {
    if (n > 32) {
      return (bits(data, at, n - 32) << 32) | bits(data, at + n - 32, 32);
    }
    return n == 0 ? 0 : bits(data, at, n);
  }

  private static long bits64(byte[] data, int at) {
    return (bits(data, at, 32) << 32) | bits(data, at + 32, 32);
  }

  /* `n` bits from bit `at`, 1 to 57: one unaligned load, then two shifts. */
  private static long bits(byte[] data, int at, int n) {
    int i = at >>> 3;
    long word = i + 8 <= data.length ? (long) LONG.get(data, i) : tail(data, i);
    return (word << (at & 7)) >>> (64 - n);
  }

  private static long tail(byte[] data, int from) {
    long word = 0;
    for (int i = 0; i < 8; i++) {
      int at = from + i;
      word = (word << 8) | (at < data.length ? data[at] & 0xFF : 0);
    }
    return word;
  }

  private static long signed(long value, int n) {
    return value << (64 - n) >> (64 - n);
  }
}
