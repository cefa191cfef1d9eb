package io.pharos.tsdb.prometheus;

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
}
