package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;

/// The widths of Prometheus' integers of a variable number of bits.
final class Varbit {
  /// Bits of a `varbit_int` or `varbit_uint` behind one, two, … ones; no ones are zero.
  static final int[] WIDTHS = {3, 6, 9, 12, 18, 25, 56, 64};

  /// Bits of a change of time in a chunk of floats behind one, two, … ones; no ones are zero.
  static final int[] TIME_WIDTHS = {14, 17, 20, 64};

  private Varbit() {}

  /// Whether so many bits hold a number as Prometheus has it: with one positive number more than
  /// negative ones.
  static boolean fits(long value, int width) {
    return width == 64 || (value >= -((1L << (width - 1)) - 1) && value <= 1L << (width - 1));
  }

  /// The number in the `width` low bits.
  static long signed(long bits, int width) {
    return width < 64 && bits > 1L << (width - 1) ? bits - (1L << width) : bits;
  }

  /// Writes a `varbit_int`.
  static void write(BitSink sink, long value) {
    if (value == 0) {
      sink.bit(false);
      return;
    }
    int at = 0;
    while (at < WIDTHS.length - 1 && !fits(value, WIDTHS[at])) {
      at++;
    }
    write(sink, value, at);
  }

  /// Writes a `varbit_uint`.
  static void writeUnsigned(BitSink sink, long value) {
    if (value == 0) {
      sink.bit(false);
      return;
    }
    int needed = 64 - Long.numberOfLeadingZeros(value);
    int at = 0;
    while (WIDTHS[at] < needed) {
      at++;
    }
    write(sink, value, at);
  }

  private static void write(BitSink sink, long value, int at) {
    /* As many ones as the number of the width, and a zero where another could follow. */
    int ones = at + 1;
    if (ones == WIDTHS.length) {
      sink.bits(0xFF, ones);
    } else {
      sink.bits(((1L << ones) - 1) << 1, ones + 1);
    }
    sink.bits(value, WIDTHS[at]);
  }
}
