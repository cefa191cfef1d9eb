package io.pharos.tsdb.prometheus;

import java.util.Arrays;

/// A growing string of bits, which fill each byte from the highest to the lowest, with the integers
/// that Prometheus' chunks are made of.
final class BitSink {
  private byte[] bytes = new byte[256];
  private int bits;

  void clear() {
    Arrays.fill(bytes, 0, sizeBytes(), (byte) 0);
    bits = 0;
  }

  int sizeBytes() {
    return (bits + 7) >>> 3;
  }

  /// The backing array; only the first [#sizeBytes] are valid, until the next change.
  byte[] array() {
    return bytes;
  }

  /// Overwrites a byte that was written before.
  void setU8(int at, int value) {
    bytes[at] = (byte) value;
  }

  void bit(boolean set) {
    bits(set ? 1 : 0, 1);
  }

  /// The `n` low bits of a value, 1 to 64, the highest first.
  void bits(long value, int n) {
    if (bits + n > bytes.length * 8) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2);
    }
    int left = n;
    while (left > 0) {
      int free = 8 - (bits & 7);
      int take = Math.min(free, left);
      long part = (value >>> (left - take)) & ((1L << take) - 1);
      bytes[bits >>> 3] |= (byte) (part << (free - take));
      bits += take;
      left -= take;
    }
  }

  void u8(int value) {
    bits(value, 8);
  }

  void f64(double value) {
    bits(Double.doubleToRawLongBits(value), 64);
  }

  /// Seven bits a byte, the lowest first, wherever a byte begins.
  void uvarint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      u8((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    u8((int) rest);
  }

  void varint(long value) {
    uvarint((value << 1) ^ (value >> 63));
  }

  /// Prometheus' `varbit_int`.
  void varbit(long value) {
    if (value == 0) {
      bit(false);
      return;
    }
    int at = 0;
    while (at < Varbit.WIDTHS.length - 1 && !Varbit.fits(value, Varbit.WIDTHS[at])) {
      at++;
    }
    varbit(value, at);
  }

  /// Prometheus' `varbit_uint`.
  void uvarbit(long value) {
    if (value == 0) {
      bit(false);
      return;
    }
    int needed = 64 - Long.numberOfLeadingZeros(value);
    int at = 0;
    while (Varbit.WIDTHS[at] < needed) {
      at++;
    }
    varbit(value, at);
  }

  private void varbit(long value, int at) {
    /* As many ones as the number of the width, and a zero where another could follow. */
    int ones = at + 1;
    if (ones == Varbit.WIDTHS.length) {
      bits(0xFF, ones);
    } else {
      bits(((1L << ones) - 1) << 1, ones + 1);
    }
    bits(value, Varbit.WIDTHS[at]);
  }
}
