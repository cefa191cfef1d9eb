package io.pharos.demo;

import java.time.Instant;

/// A fault, the time in which it holds, and the share of the requests that it strikes.
///
/// @param from inclusive
/// @param until exclusive
/// @param ratio above 0, at most 1; only errors, envelope-errors, panics and latency look at it
record DemoFault(FaultKind kind, Instant from, Instant until, double ratio) {
  static final DemoFault NONE = new DemoFault(FaultKind.NONE, Instant.MIN, Instant.MAX, 1);

  /// What is wrong at that time.
  FaultKind kindAt(Instant time) {
    return !time.isBefore(from) && time.isBefore(until) ? kind : FaultKind.NONE;
  }

  /// True if the backend as a whole answers nothing at that time.
  boolean silencesAt(Instant time) {
    return silences(kindAt(time));
  }

  /// True if the backend as a whole answers nothing while that is wrong.
  static boolean silences(FaultKind kind) {
    return kind == FaultKind.DOWN || kind == FaultKind.HANG;
  }
}
