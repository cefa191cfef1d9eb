package io.pharos.tap;

/// Why the backend gave no answer, or not all of it. The tap answers for it where it still can.
public enum UpstreamFault {
  /// No connection: refused, unreachable, or the name is not known.
  CONNECT("connect", 502),
  /// The backend's certificate is not trusted, or it does not speak TLS as is asked of it, or does
  /// not take the tap's own certificate.
  TLS("tls", 502),
  /// The connection was closed before an answer began.
  CLOSED("closed", 502),
  /// What came is no HTTP.
  PROTOCOL("protocol", 502),
  /// No answer began in time.
  TIMEOUT("timeout", 504),
  /// As many exchanges as may be are under way.
  OVERLOADED("overloaded", 503),
  /// The answer broke off in its body: the client's connection was broken off too.
  TRUNCATED("truncated", 502);

  private final String reason;
  private final int status;

  UpstreamFault(String reason, int status) {
    this.reason = reason;
    this.status = status;
  }

  /// The label of `pharos_tap_upstream_errors_total`.
  public String reason() {
    return reason;
  }

  /// What the client gets.
  public int status() {
    return status;
  }
}
