package io.pharos.access;

import java.util.Set;

/// The result of an authorization check. It never contains a token.
public sealed interface Access {
  /// The request is permitted.
  ///
  /// @param name name of the token; `local` for a client on this host if there is no tokens file
  /// @param services permitted services; empty permits all
  /// @param envs permitted environments; empty permits all
  record Granted(String name, Set<String> services, Set<String> envs) implements Access {
    public Granted {
      services = Set.copyOf(services);
      envs = Set.copyOf(envs);
    }

    /// Whether the token permits this service and environment.
    public boolean covers(String service, String env) {
      return (services.isEmpty() || services.contains(service))
          && (envs.isEmpty() || envs.contains(env));
    }
  }

  /// The request has no token.
  record Missing(String reason) implements Access {}

  /// The token is unknown, malformed or expired.
  record Invalid(String reason) implements Access {}

  /// The token is valid, but does not permit the request.
  record Forbidden(String reason) implements Access {}

  /// The client's address has tried too many wrong tokens, so the token is not checked.
  record Limited(GuessLimit.Attempt.Refused attempt) implements Access {
    /// Returns the text for the client.
    public String reason() {
      return "too many wrong tokens from this address; try again in "
          + attempt.retryAfter()
          + " seconds";
    }
  }

  /// The token can't be checked now.
  record Unknown(String reason) implements Access {}
}
