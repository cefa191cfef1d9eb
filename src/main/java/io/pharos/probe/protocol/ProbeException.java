package io.pharos.probe.protocol;

import io.pharos.probe.ProbeOutcome;
import io.pharos.trouble.FailureOrigin;

/// Ends an attempt with a failure or an unknown outcome.
final class ProbeException extends Exception {
  private final transient ProbeOutcome outcome;
  private final boolean assertion;

  private ProbeException(ProbeOutcome outcome, String message, boolean assertion) {
    super(message);
    this.outcome = outcome;
    this.assertion = assertion;
  }

  static ProbeException failure(String reason) {
    return new ProbeException(new ProbeOutcome.Failure(reason), reason, false);
  }

  /// Returns a failure of a target that answered, but not as expected.
  static ProbeException assertion(String reason) {
    return new ProbeException(new ProbeOutcome.Failure(reason), reason, true);
  }

  static ProbeException unknown(FailureOrigin.Kind kind, String reason) {
    return new ProbeException(new ProbeOutcome.Unknown(kind, reason), reason, false);
  }

  ProbeOutcome outcome() {
    return outcome;
  }

  boolean isAssertion() {
    return assertion;
  }
}
