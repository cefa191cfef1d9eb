package io.pharos.access;

import java.time.Instant;
import java.util.Set;

/// The holder of a session, with the rights of this moment.
public sealed interface Holder {
  /// Returns the name for logs, records and pages.
  String name();

  /// Returns what the holder is, for pages: a role, or `token`.
  String kind();

  /// Checks whether the holder may do what a scope permits.
  Access answer(Scope scope, Instant now);

  /// An access token, with its own scopes.
  record OfToken(Tokens.AccessToken token) implements Holder {
    @Override
    public String name() {
      return token.name();
    }

    @Override
    public String kind() {
      return "token";
    }

    @Override
    public Access answer(Scope scope, Instant now) {
      return token.answer(scope, now);
    }
  }

  /// A person with a role.
  record OfPerson(String name, Role role) implements Holder {
    @Override
    public String kind() {
      return role.text();
    }

    @Override
    public Access answer(Scope scope, Instant now) {
      return role.permits(scope)
          ? new Access.Granted(name, Set.of(), Set.of())
          : new Access.Forbidden(
              "%s has the role %s, and this needs the role %s"
                  .formatted(name, role.text(), Role.permitting(scope)));
    }
  }
}
