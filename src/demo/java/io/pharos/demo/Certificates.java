package io.pharos.demo;

import java.time.Duration;
import java.time.Instant;

/// The certificates of the TLS listener.
final class Certificates {
  static final Duration HEALTHY = Duration.ofDays(90);
  static final Duration ENDING = Duration.ofDays(2);

  private Certificates() {}

  /// Returns when the certificate that is served during a fault expires.
  static Instant end(Instant now, FaultKind fault) {
    return now.plus(fault == FaultKind.CERTIFICATE_ENDING ? ENDING : HEALTHY);
  }
}
