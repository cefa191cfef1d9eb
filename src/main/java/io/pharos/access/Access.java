package io.pharos.access;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/// The answer to "may this request do that?". No answer ever holds a token.
public sealed interface Access {
  /// Yes.
  ///
  /// @param name whose token it is; `local` for a client of this host where there are no tokens
  /// @param services the services it may touch; empty means all
  /// @param envs the environments it may touch; empty means all
  record Granted(String name, Set<String> services, Set<String> envs) implements Access {
    public Granted {
      requireNonNull(name, "name is null");
      services = Set.copyOf(services);
      envs = Set.copyOf(envs);
    }

    /// Whether the token's restrictions leave this service and environment to it.
    public boolean covers(String service, String env) {
      return (services.isEmpty() || services.contains(service))
          && (envs.isEmpty() || envs.contains(env));
    }
  }

  /// No: the request has no token.
  record Missing(String reason) implements Access {}

  /// No: what it has is not a token that is valid now.
  record Invalid(String reason) implements Access {}

  /// No: the token is valid but does not allow this.
  record Forbidden(String reason) implements Access {}

  /// Nobody can say now: not a no, and never a yes.
  record Unknown(String reason) implements Access {}
}
