package io.pharos.model;

/// The NaN that ends a series: it says that the series is no longer exposed.
///
/// It is told from other NaNs by its bits alone (prometheus `model/value/value.go`), so it must be
/// copied as raw bits and never recomputed.
public final class StaleMarker {
  /// The marker's IEEE 754 bits.
  public static final long BITS = 0x7ff0000000000002L;

  /// The marker as a double; compare with [#is], never with `==`.
  public static final double VALUE = Double.longBitsToDouble(BITS);

  private StaleMarker() {}

  public static boolean is(double value) {
    return Double.doubleToRawLongBits(value) == BITS;
  }
}
