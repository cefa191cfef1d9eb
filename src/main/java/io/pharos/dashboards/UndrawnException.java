package io.pharos.dashboards;

/// A panel can't be drawn; the reason is a sentence for its reader.
final class UndrawnException extends RuntimeException {
  UndrawnException(String reason) {
    super(reason);
  }
}
