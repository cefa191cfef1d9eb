package io.pharos.demo;

import java.time.Instant;

/// A fault, its duration, and the share of requests that it affects.
///
/// @param from inclusive
/// @param until exclusive
/// @param ratio above 0, at most 1; only errors, envelope-errors, panics and latency use it
record DemoFault(FaultKind kind, Instant from, Instant until, double ratio) {
  static final DemoFault NONE = new DemoFault(FaultKind.NONE, Instant.MIN, Instant.MAX, 1);

  /// The kind of fault at a time.
  FaultKind kindAt(Instant time) {
    return !time.isBefore(from) && time.isBefore(until) ? kind : FaultKind.NONE;
  }

  /// Whether the backend answers nothing at a time.
  boolean silencesAt(Instant time) {
    return silences(kindAt(time));
  }

  /// Whether the backend answers nothing during a fault.
  static boolean silences(FaultKind kind) {
    return kind == FaultKind.DOWN || kind == FaultKind.HANG;
  }
}
