package io.pharos.probe;

import io.pharos.trouble.FailureOrigin;

/// The outcome of a probe.
public sealed interface ProbeOutcome {
  /// The target answers as expected.
  record Success() implements ProbeOutcome {}

  /// The target does not answer, or not as expected.
  record Failure(String reason) implements ProbeOutcome {}

  /// Own trouble of the prober; says nothing about the target.
  ///
  /// @param kind kind of the trouble
  record Unknown(FailureOrigin.Kind kind, String reason) implements ProbeOutcome {}

  /// Word in metrics and answers: `success`, `failure`, `unknown`.
  default String word() {
    return switch (this) {
      case Success() -> "success";
      case Failure _ -> "failure";
      case Unknown _ -> "unknown";
    };
  }
}
