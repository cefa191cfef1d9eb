package io.pharos.probe;

import java.util.Locale;

/// A phase of a request. If there are redirects, the durations of each phase are added up.
public enum RequestPhase {
  /// Name resolution.
  RESOLVE,
  CONNECT,
  TLS,
  /// From the first byte sent to the first byte received.
  PROCESSING,
  /// From the first byte received to the last.
  TRANSFER;

  /// Returns the value of the `phase` label.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
