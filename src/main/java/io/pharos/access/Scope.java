package io.pharos.access;

import java.util.Arrays;
import java.util.stream.Collectors;

/// What a token allows. `admin` allows everything.
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

  /// The word that files use.
  public String text() {
    return text;
  }

  /// Whether the scope changes anything.
  public boolean writes() {
    return writes;
  }

  /// The words of all scopes, with commas.
  static String words() {
    return Arrays.stream(values()).map(Scope::text).collect(Collectors.joining(", "));
  }

  /// The scope that a word names.
  ///
  /// @throws IllegalArgumentException when it is none of them
  public static Scope parse(String text) {
    for (Scope scope : values()) {
      if (scope.text.equals(text)) {
        return scope;
      }
    }
    throw new IllegalArgumentException("not a scope");
  }
}
