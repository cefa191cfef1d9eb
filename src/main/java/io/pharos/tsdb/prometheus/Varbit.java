package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;

/// Prometheus' integers with a variable number of bits.
final class Varbit {
  /// Width of a `varbit_int` or `varbit_uint` after a prefix of one, two, … ones; no ones mean
  /// zero.
  static final int[] WIDTHS = {3, 6, 9, 12, 18, 25, 56, 64};

  /// Width of a change of a time step in a chunk of floats after one, two, … ones; no ones mean
  /// zero.
  static final int[] TIME_WIDTHS = {14, 17, 20, 64};

  private Varbit() {}

  /// Whether a number fits into a width as in Prometheus, with one more positive number than
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
    write(sink, value, WIDTHS);
  }
  /// Writes a signed number with the first of these widths that it fits, the last of which is 64.
  static void write(BitSink sink, long value, int[] widths) {
    if (value == 0) {
      sink.bit(false);
      return;
    }
    int at = 0;
    while (!fits(value, widths[at])) {
      at++;
    }
    write(sink, value, widths, at);
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
    write(sink, value, WIDTHS, at);
  }
  private static void write(BitSink sink, long value, int[] widths, int at) {
    /* The prefix: a number of ones, then a zero unless it is the last width. */
    sink.bits(-1, at + 1);
    if (at + 1 < widths.length) {
      sink.bit(false);
    }
    sink.bits(value, widths[at]);
  }
}
