package io.pharos.probe;

import java.util.Locale;

/// A part of a request's time; the phases of the requests of a redirect add up.
public enum RequestPhase {
  /// From the name to addresses
  RESOLVE,
  CONNECT,
  TLS,
  /// From the first byte sent to the first one received
  PROCESSING,
  /// From the first byte received to the last
  TRANSFER;

  /// The value of the `phase` label.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
