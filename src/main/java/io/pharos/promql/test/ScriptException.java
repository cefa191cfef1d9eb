package io.pharos.promql.test;

import static java.util.Objects.requireNonNull;

/// An invalid script: file, line, what was found and what was expected.
public final class ScriptException extends RuntimeException {
  ScriptException(String name, int line, String reason) {
    super(name + ":" + line + ": " + requireNonNull(reason, "reason is null"));
  }

  ScriptException(String name, int line, String reason, Throwable cause) {
    super(name + ":" + line + ": " + requireNonNull(reason, "reason is null"), cause);
  }
}
