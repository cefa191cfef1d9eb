package io.pharos.ingest.probe;

import static java.util.Objects.requireNonNull;

import io.pharos.trouble.Fault;

/// Ends an attempt with an outcome that is not success.
final class ProbeException extends Exception {
  private final transient Outcome outcome;
  private final boolean assertion;

  private ProbeException(Outcome outcome, String message, boolean assertion) {
    super(requireNonNull(message, "message is null"));
    this.outcome = outcome;
    this.assertion = assertion;
  }

  static ProbeException failure(String reason) {
    return new ProbeException(new Outcome.Failure(reason), reason, false);
  }

  /// The answer is there, but not as expected.
  static ProbeException assertion(String reason) {
    return new ProbeException(new Outcome.Failure(reason), reason, true);
  }

  static ProbeException unknown(Fault.Kind kind, String reason) {
    return new ProbeException(new Outcome.Unknown(kind, reason), reason, false);
  }

  Outcome outcome() {
    return outcome;
  }

  boolean isAssertion() {
    return assertion;
  }
}
