package io.pharos.server.api;

import io.pharos.access.Access;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;

/// The authenticated caller of a request.
///
/// @param granted name, scopes and restrictions of the caller
public record Caller(Access.Granted granted) implements SecurityContext, Principal {
  /// The permissions of a request that [io.pharos.server.api.refusal.AccessFilter] admitted.
  ///
  /// @throws IllegalStateException if the method is exempt, so its caller was not authenticated
  public static Access.Granted of(SecurityContext security) {
    if (security.getUserPrincipal() instanceof Caller(Access.Granted granted)) {
      return granted;
    }
    throw new IllegalStateException("the caller of an exempt method is not authenticated");
  }

  /// The permissions of a request, which must cover a service in an environment.
  ///
  /// @throws NotCoveredException if they do not
  public static Access.Granted covering(SecurityContext security, String service, String env) {
    Access.Granted granted = of(security);
    if (!granted.covers(service, env)) {
      throw new NotCoveredException(granted.name());
    }
    return granted;
  }

  /// A request for a service or environment that the caller's token does not cover.
  public static final class NotCoveredException extends RuntimeException {
    private NotCoveredException(String name) {
      super("the token of " + name + " does not cover this service and environment");
    }
  }

  @Override
  public String getName() {
    return granted.name();
  }

  @Override
  public Principal getUserPrincipal() {
    return this;
  }

  @Override
  public boolean isUserInRole(String role) {
    return false; // permissions are scopes, which the filter has checked
  }

  @Override
  public boolean isSecure() {
    return false;
  }

  @Override
  public String getAuthenticationScheme() {
    return "Bearer";
  }
}
