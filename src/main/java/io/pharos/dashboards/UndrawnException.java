package io.pharos.dashboards;

/// A panel can't be drawn; the reason is a sentence for its reader.
final class UndrawnException extends RuntimeException {
  private final String reason;

  UndrawnException(String reason) {
    super(reason);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
