package io.pharos.promql.test;

/// The result of an eval differs from its expectation. Internal: it ends the eval.
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
