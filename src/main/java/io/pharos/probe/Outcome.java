package io.pharos.probe;

import static java.util.Objects.requireNonNull;

/// What a probe says.
public sealed interface Outcome {
  /// The target answers, and answers what it should.
  record Success() implements Outcome {}

  /// The target does not answer, or answers wrong.
  record Failure(String reason) implements Outcome {
    public Failure {
      requireNonNull(reason, "reason is null");
    }
  }

  /// Trouble of the prober's own: nothing is said about the target.
  record Unknown(String reason) implements Outcome {
    public Unknown {
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
