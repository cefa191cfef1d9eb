package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import io.pharos.trouble.FailureOrigin;

/// What a probe says.
public sealed interface ProbeOutcome {
  /// The target answers, and answers what it should.
  record Success() implements ProbeOutcome {}

  /// The target does not answer, or answers wrong.
  record Failure(String reason) implements ProbeOutcome {
    public Failure {
      requireNonNull(reason, "reason is null");
    }
  }

  /// Trouble of the prober's own: nothing is said about the target.
  ///
  /// @param kind what of the prober it is
  record Unknown(FailureOrigin.Kind kind, String reason) implements ProbeOutcome {
    public Unknown {
      requireNonNull(kind, "kind is null");
      requireNonNull(reason, "reason is null");
    }
  }

  /// The word in metrics and answers: `success`, `failure`, `unknown`.
  default String word() {
    return switch (this) {
      case Success() -> "success";
      case Failure _ -> "failure";
      case Unknown _ -> "unknown";
    };
  }
}
