package io.pharos.tap;

import java.util.Locale;

/// Why an exchange was forwarded without inspection, or was counted with collective labels.
public enum PassReason {
  /// An error in the tap's own code.
  FAILURE,
  /// The body is JSON, but compressed, so it is not inspected.
  ENCODED,
  /// The inspected prefix of the body has no code.
  PREFIX,
  /// The limit on label sets was reached, so the exchange has collective labels.
  SERIES,
  /// The limit on envelope codes was reached, so the code is counted as `other`.
  CODES,
  /// The queue of the access log was full, so the entry was dropped.
  LOG;

  /// Returns the label value for `pharos_tap_passed_through_total`.
  public String reason() {
    return name().toLowerCase(Locale.ROOT);
  }
}
