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
