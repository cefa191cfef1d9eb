package io.pharos.server.api;

import io.pharos.access.Access;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;

/// The caller of an authorized request.
///
/// @param granted name, scopes and restrictions of the caller's token
public record Caller(Access.Granted granted) implements SecurityContext, Principal {
  /// Returns the permissions of the caller, whose request
  /// [io.pharos.server.api.refusal.AccessFilter] admitted.
  ///
  /// @throws IllegalStateException if the method is [Exempt], because then the caller was not
  ///   authorized
  public static Access.Granted of(SecurityContext security) {
    if (security.getUserPrincipal() instanceof Caller(Access.Granted granted)) {
      return granted;
    }
    throw new IllegalStateException("the caller of an exempt method is not authenticated");
  }

  /// Returns the permissions of the caller, which must include the service and environment.
  ///
  /// @throws NotCoveredException if the permissions do not include them
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
    return false; // permissions are scopes, and the filter has checked them
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
