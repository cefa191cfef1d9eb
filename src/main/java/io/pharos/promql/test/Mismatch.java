package io.pharos.promql.test;

/// What an eval gave is not what it expects. It ends the eval, and nobody outside sees it.
final class Mismatch extends RuntimeException {
  private final String reason;

  Mismatch(String reason) {
    super(reason, null, false, false);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
