package io.pharos.access;

import java.util.Arrays;
import java.util.stream.Collectors;

/// A permission of a token. `admin` includes all others.
public enum Scope {
  READ("read", false),
  DEPLOYMENT_WRITE("deployment:write", true),
  GATE_CREATE("gate:create", true),
  GATE_READ("gate:read", false),
  GATE_OVERRIDE("gate:override", true),
  ROLLOUT_WRITE("rollout:write", true),
  ROLLOUT_ACT("rollout:act", true),
  ROLLOUT_APPROVE("rollout:approve", true),
  SILENCE_WRITE("silence:write", true),
  ALERT_WRITE("alert:write", true),
  SAMPLE_WRITE("sample:write", true),
  HEARTBEAT_WRITE("heartbeat:write", true),
  RELOAD("reload", true),
  ADMIN("admin", true);

  private final String text;
  private final boolean writes;

  Scope(String text, boolean writes) {
    this.text = text;
    this.writes = writes;
  }

  /// Returns the name of the scope in tokens files.
  public String text() {
    return text;
  }

  /// Whether the scope permits changes, not only reading.
  public boolean writes() {
    return writes;
  }

  /// Returns the names of all scopes, separated by commas.
  static String words() {
    return Arrays.stream(values()).map(Scope::text).collect(Collectors.joining(", "));
  }

  /// Parses the name of a scope.
  ///
  /// @throws IllegalArgumentException if there is no such scope
  public static Scope parse(String text) {
    for (Scope scope : values()) {
      if (scope.text.equals(text)) {
        return scope;
      }
    }
    throw new IllegalArgumentException("not a scope");
  }
}
