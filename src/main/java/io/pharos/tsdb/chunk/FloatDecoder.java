package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.bits64;
import static io.pharos.tsdb.chunk.Bits.payload;
import static io.pharos.tsdb.chunk.Bits.signed;

import io.pharos.storage.SampleWindow;

/// Reads all floats of a chunk. It is faster than [FloatCursor] because it keeps its state in local
/// variables. Damaged data yields wrong samples but never an endless loop. The caller verifies
/// checksums.
final class FloatDecoder {
  /// Bits of the longest encoded time step, except for steps that need 64 bits.
  private static final int LOOK = 24;

  private FloatDecoder() {}

  /// Appends those of the first `count` samples to the window that lie in the closed interval.
  static void read(byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
    long time = bits64(data, 0);
    long value = bits64(data, 64);
    if (time >= fromMillis && time <= toMillis) {
      window.add(time, Double.longBitsToDouble(value));
    }
    int at = 128;
    long delta = 0;
    int leading = 0;
    int significant = 0;
    for (int i = 1; i < count && time <= toMillis; i++) {
      long word = bits(data, at, LOOK);
      int prefix = (int) (word >>> (LOOK - 4));
      int control;
      if (prefix < 0b1000) {
        /* The interval did not change: the word also has the control bits of the value. */
        at += 1;
        control = prefix >>> 1;
      } else {
        if (prefix < 0b1100) {
          delta += signed(word >>> (LOOK - 8), 6);
          at += 8;
        } else if (prefix < 0b1110) {
          delta += signed(word >>> (LOOK - 14), 11);
          at += 14;
        } else if (prefix == 0b1110) {
          delta += signed(word, 20);
          at += 24;
        } else {
          delta += bits64(data, at + 4);
          at += 68;
        }
        control = (int) bits(data, at, 2);
      }
      time += delta;
      if (control < 0b10) {
        at += 1;
      } else {
        if (control == 0b10) {
          at += 2;
        } else {
          int window11 = (int) bits(data, at + 2, Bits.WINDOW_BITS);
          leading = window11 >>> 6;
          significant = Math.min((window11 & 0x3F) + 1, 64 - leading);
          at += 2 + Bits.WINDOW_BITS;
        }
        value ^= payload(data, at, significant) << (64 - leading - significant);
        at += significant;
      }
      if (time >= fromMillis && time <= toMillis) {
        window.add(time, Double.longBitsToDouble(value));
      }
    }
  }
}
