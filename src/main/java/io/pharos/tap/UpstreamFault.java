package io.pharos.tap;

import java.util.Locale;

/// Why the backend sent no answer, or an incomplete one. If no answer of the backend has started,
/// the tap sends its own.
public enum UpstreamFault {
  /// No connection: refused, unreachable, or the host name does not resolve.
  CONNECT(502),
  /// The TLS handshake failed: untrusted certificate, no common version, or the backend rejected
  /// the tap's certificate.
  TLS(502),
  /// The connection was closed before an answer started.
  CLOSED(502),
  /// The answer is not HTTP.
  PROTOCOL(502),
  /// No answer started before the timeout.
  TIMEOUT(504),
  /// The limit on concurrent exchanges was reached.
  OVERLOADED(503),
  /// The answer ended within its body; the client's connection was aborted too.
  TRUNCATED(502);

  private final int status;

  UpstreamFault(int status) {
    this.status = status;
  }

  /// Returns the label value for `pharos_tap_upstream_errors_total`.
  public String reason() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Returns the HTTP status that the client receives.
  public int status() {
    return status;
  }
}
