package io.pharos.promql.test;

/// Thrown if a script is invalid. The message contains the file, the line, what was found and what
/// was expected.
public final class ScriptException extends RuntimeException {
  ScriptException(String name, int line, String reason) {
    super(name + ":" + line + ": " + reason);
  }

  ScriptException(String name, int line, String reason, Throwable cause) {
    super(name + ":" + line + ": " + reason, cause);
  }
}
