package io.pharos.access;

import java.util.Locale;

/// What a person may do. A role is a set of scopes, so requests of people and of tokens are
/// authorized alike.
public enum Role {
  /// Reads everything, changes nothing.
  VIEWER,
  /// A person on call: silences, sends test messages, decides in place of gates and holds rollouts.
  RESPONDER,
  /// Does everything.
  ADMIN;

  /// The names of all roles, for refusals.
  static final String WORDS = "viewer, responder or admin";

  /// Returns the name of the role in files and on pages.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether people with this role may do what a scope permits.
  public boolean permits(Scope scope) {
    return switch (scope) {
      case READ, GATE_READ -> true;
      case SILENCE_WRITE, ALERT_WRITE, GATE_OVERRIDE, ROLLOUT_WRITE, ROLLOUT_APPROVE ->
          this != VIEWER;
      case DEPLOYMENT_WRITE,
          GATE_CREATE,
          ROLLOUT_ACT,
          SAMPLE_WRITE,
          HEARTBEAT_WRITE,
          RELOAD,
          ADMIN ->
          this == ADMIN;
    };
  }

  /// Returns the roles that permit a scope, as in `responder or admin`.
  public static String permitting(Scope scope) {
    for (Role role : values()) {
      if (role.permits(scope)) {
        return switch (role) {
          case VIEWER -> WORDS;
          case RESPONDER -> "responder or admin";
          case ADMIN -> "admin";
        };
      }
    }
    throw new IllegalStateException("no role permits " + scope);
  }

  /// Parses the name of a role.
  ///
  /// @throws IllegalArgumentException if there is no such role
  public static Role parse(String text) {
    for (Role role : values()) {
      if (role.text().equals(text)) {
        return role;
      }
    }
    throw new IllegalArgumentException("not a role");
  }
}
