package io.pharos.access;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A token's permissions. It contains only the SHA-256 of the token's UTF-8 bytes.
///
/// @param name name of its owner, for logs and records
/// @param sha256 64 lower-case hex digits
/// @param expires end of its validity; null for never
/// @param services permitted services; empty means all
/// @param envs permitted environments; empty means all
record AccessToken(
    String name,
    String sha256,
    Set<Scope> scopes,
    @Nullable Instant expires,
    Set<String> services,
    Set<String> envs) {
  AccessToken {
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

  /// Checks whether the token has a scope and has not expired.
  Access answer(Scope scope, Instant now) {
    if (hasExpired(now)) {
      return new Access.Invalid("the token of " + name + " expired at " + expires);
    }
    return scopes.contains(scope) || scopes.contains(Scope.ADMIN)
        ? new Access.Granted(name, services, envs)
        : new Access.Forbidden("the token of " + name + " lacks the scope " + scope.text());
  }
}
