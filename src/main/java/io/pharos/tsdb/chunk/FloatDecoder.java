package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.WINDOW_BITS;
import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.bits64;
import static io.pharos.tsdb.chunk.Bits.difference;
import static io.pharos.tsdb.chunk.Bits.stepChange;
import static io.pharos.tsdb.chunk.Bits.stepChangeBits;
import static io.pharos.tsdb.chunk.Bits.window;

import io.pharos.storage.SampleWindow;

/// Reads encoded floats. Damaged data yields wrong samples but never an endless loop. The caller
/// verifies checksums.
final class FloatDecoder {
  /// Bits of the longest prefix of a time, and of an unchanged time with the control bits of a
  /// value.
  private static final int PEEK = 4;

  private FloatDecoder() {}

  /// Appends those of the first `count` samples to the window that lie in the closed interval.
  static void read(byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
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
    int valueWindow = 0;
    for (int i = 1; i < count; i++) {
      int prefix = (int) bits(data, at, PEEK);
      int control;
      if (prefix < 0b1000) {
        /* The interval did not change: the prefix holds the control bits of the value too. */
        at += 1;
        control = prefix >>> 1;
      } else {
        delta += stepChange(data, at, prefix);
        at += stepChangeBits(prefix);
        control = (int) bits(data, at, 2);
      }
      time += delta;
      if (time > toMillis) {
        return;
      }
      if (control < 0b10) {
        at += 1;
      } else {
        if (control == 0b10) {
          at += 2;
        } else {
          valueWindow = window(data, at + 2);
          at += 2 + WINDOW_BITS;
        }
        value ^= difference(data, at, valueWindow);
        at += valueWindow & 0x7F;
      }
      if (time >= fromMillis) {
        window.add(time, Double.longBitsToDouble(value));
      }
    }
  }
}
