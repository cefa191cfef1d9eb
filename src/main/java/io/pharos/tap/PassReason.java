package io.pharos.tap;

import java.util.Locale;

/// Why an exchange was forwarded without inspection, or counted under a collective label.
public enum PassReason {
  /// The tap's own code failed.
  FAILURE,
  /// The body is JSON, but compressed.
  ENCODED,
  /// The inspected prefix of the body has no code.
  PREFIX,
  /// The limit on label sets was reached.
  SERIES,
  /// The limit on envelope codes was reached.
  CODES,
  /// The queue of the access log was full.
  LOG;

  /// Returns the label value in `pharos_tap_passed_through_total`.
  public String reason() {
    return name().toLowerCase(Locale.ROOT);
  }
}
