package io.pharos.model;

/// The NaN that marks the end of a series, because its target no longer exposes it.
///
/// Only its bits distinguish it from other NaNs (prometheus `model/value/value.go`), so it must be
/// copied as raw bits and never recomputed.
public final class StaleMarker {
  /// The bits of the marker.
  public static final long BITS = 0x7ff0000000000002L;

  /// The marker as a double; compare with [#is], never with `==`.
  public static final double VALUE = Double.longBitsToDouble(BITS);

  private StaleMarker() {}

  /// Whether a value is the marker.
  public static boolean is(double value) {
    return Double.doubleToRawLongBits(value) == BITS;
  }
}
