package io.pharos.tap;

/// Why the backend gave no answer, or an incomplete one. The tap answers instead if it still can.
public enum UpstreamFault {
  /// No connection: refused, unreachable, or the host name does not resolve.
  CONNECT("connect", 502),
  /// The TLS handshake failed: untrusted certificate, no common version, or the backend rejected
  /// the tap's certificate.
  TLS("tls", 502),
  /// The connection was closed before an answer started.
  CLOSED("closed", 502),
  /// The answer is not HTTP.
  PROTOCOL("protocol", 502),
  /// No answer started before the timeout.
  TIMEOUT("timeout", 504),
  /// The limit on concurrent exchanges was reached.
  OVERLOADED("overloaded", 503),
  /// The answer ended within its body; the client's connection was aborted too.
  TRUNCATED("truncated", 502);

  private final String reason;
  private final int status;

  UpstreamFault(String reason, int status) {
    this.reason = reason;
    this.status = status;
  }

  /// Returns the label value in `pharos_tap_upstream_errors_total`.
  public String reason() {
    return reason;
  }

  /// Returns the HTTP status that the client receives.
  public int status() {
    return status;
  }
}
