package io.pharos.dashboards;

import static java.util.Objects.requireNonNull;

/// A panel can't be drawn; the reason is a sentence for its reader.
final class UndrawnException extends RuntimeException {
  private final String reason;

  UndrawnException(String reason) {
    super(reason);
    this.reason = requireNonNull(reason, "reason is null");
  }

  String reason() {
    return reason;
  }
}
