package io.pharos.tap;

import java.util.Locale;

/// Why the client did not receive a complete answer of the backend. If no answer of the backend has
/// started, the tap sends an error answer.
public enum UpstreamFault {
  /// The connection failed: refused, unreachable, or the host name does not resolve.
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
  /// The backend's answer ended before its body was complete; the tap aborted the client's
  /// connection.
  TRUNCATED(502);

  private final int status;

  UpstreamFault(int status) {
    this.status = status;
  }

  /// Returns the label value for `pharos_tap_upstream_errors_total`.
  public String reason() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Returns the HTTP status of the tap's error answer.
  public int status() {
    return status;
  }
}
