package io.pharos.access;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of one token: never the token, only the SHA-256 of its UTF-8 bytes.
///
/// @param name whose it is, for logs and records
/// @param sha256 64 lower-case hex digits
/// @param expires from when on it is invalid; null for never
/// @param services restricts it to these services; empty means all
/// @param envs restricts it to these environments; empty means all
record AccessToken(
    String name,
    String sha256,
    Set<Scope> scopes,
    @Nullable Instant expires,
    Set<String> services,
    Set<String> envs) {
  AccessToken {
    requireNonNull(name, "name is null");
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("sha256 must be 64 lower-case hex digits");
    }
    scopes = Set.copyOf(scopes);
    services = Set.copyOf(services);
    envs = Set.copyOf(envs);
  }

  boolean hasExpired(Instant now) {
    return expires != null && !now.isBefore(expires);
  }

  /// What the token says to a client that shows it.
  Access answer(Scope scope, Instant now) {
    if (hasExpired(now)) {
      return new Access.Invalid("the token of " + name + " has expired at " + expires);
    }
    return scopes.contains(scope) || scopes.contains(Scope.ADMIN)
        ? new Access.Granted(name, services, envs)
        : new Access.Forbidden("the token of " + name + " lacks the scope " + scope.text());
  }
}
