package io.pharos.gate.judge;

import io.pharos.gate.policy.Check;

/// The result of one check.
public sealed interface CheckResult {
  /// Maximum length of a reason in characters, with the name of its check: what a phone shows.
  int MAX_TEXT = 160;

  /// Returns the check.
  Check check();

  /// Returns the reason code for machines.
  ReasonCode code();

  /// Returns a sentence with the value, the bound, the number of requests and what would change the
  /// result.
  String text();

  /// Returns the numbers behind the result.
  Evidence evidence();

  record Pass(Check check, String text, Evidence evidence) implements CheckResult {
    @Override
    public ReasonCode code() {
      return ReasonCode.OK;
    }
  }

  record Fail(Check check, ReasonCode code, String text, Evidence evidence)
      implements CheckResult {}

  /// The check neither passed nor failed: too little was observed, or the readings are unusable.
  record Unknown(Check check, ReasonCode code, String text, Evidence evidence)
      implements CheckResult {}

  /// Returns the state as the word in the API: `pass`, `fail` or `unknown`.
  default String state() {
    return switch (this) {
      case Pass _ -> "pass";
      case Fail _ -> "fail";
      case Unknown _ -> "unknown";
    };
  }
}
