package io.pharos.release.gate;

import static java.util.Objects.requireNonNull;

/// Where one check stands.
public sealed interface CheckResult {
  Check check();

  Code code();

  /// A sentence with the value, the bound, the sample and what would change the result.
  String text();

  Evidence evidence();

  record Pass(Check check, String text, Evidence evidence) implements CheckResult {
    public Pass {
      requireNonNull(text, "text is null");
    }

    @Override
    public Code code() {
      return Code.OK;
    }
  }

  record Fail(Check check, Code code, String text, Evidence evidence) implements CheckResult {
    public Fail {
      requireNonNull(code, "code is null");
      requireNonNull(text, "text is null");
    }
  }

  /// Neither: not enough was seen, or nothing that can be relied on.
  record Unknown(Check check, Code code, String text, Evidence evidence) implements CheckResult {
    public Unknown {
      requireNonNull(code, "code is null");
      requireNonNull(text, "text is null");
    }
  }

  /// The word that the API uses: `pass`, `fail` or `unknown`.
  default String state() {
    return switch (this) {
      case Pass _ -> "pass";
      case Fail _ -> "fail";
      case Unknown _ -> "unknown";
    };
  }
}
