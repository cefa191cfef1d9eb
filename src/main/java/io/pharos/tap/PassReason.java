package io.pharos.tap;

import java.util.Locale;

/// Why an exchange was not inspected, was counted under a collective label, or was not logged.
public enum PassReason {
  /// The inspection failed with an error in the tap's own code.
  FAILURE,
  /// The body is JSON, but compressed, so it is not inspected.
  ENCODED,
  /// No code was found in the inspected prefix of the body.
  PREFIX,
  /// The limit on label sets was reached, so the exchange is counted under the route `other`.
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
