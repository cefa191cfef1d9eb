package io.pharos.probe;

import io.pharos.trouble.FailureOrigin;
import java.util.function.UnaryOperator;

/// The outcome of a probe.
public sealed interface ProbeOutcome {
  /// The target answers as expected.
  record Success() implements ProbeOutcome {}

  /// The target does not answer, or its answer is not as expected.
  record Failure(String reason) implements ProbeOutcome {}

  /// Own trouble prevented a result. This outcome says nothing about the target.
  ///
  /// @param kind kind of the trouble
  record Unknown(FailureOrigin.Kind kind, String reason) implements ProbeOutcome {}

  /// Returns the outcome with a changed reason.
  default ProbeOutcome withReason(UnaryOperator<String> change) {
    return switch (this) {
      case Success success -> success;
      case Failure(String reason) -> new Failure(change.apply(reason));
      case Unknown(FailureOrigin.Kind kind, String reason) ->
          new Unknown(kind, change.apply(reason));
    };
  }

  /// Returns the word in metrics and answers: `success`, `failure`, `unknown`.
  default String word() {
    return switch (this) {
      case Success() -> "success";
      case Failure _ -> "failure";
      case Unknown _ -> "unknown";
    };
  }
}
