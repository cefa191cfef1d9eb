package io.pharos.dashboards;

/// Reports that a panel can't be drawn. The reason is a sentence for the reader of the page.
final class UndrawnException extends RuntimeException {
  UndrawnException(String reason) {
    super(reason);
  }
}
