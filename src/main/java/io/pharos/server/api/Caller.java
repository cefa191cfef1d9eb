package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

import io.pharos.access.Access;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;

/// Who is behind a request that was let through.
///
/// @param granted what was granted
public record Caller(Access.Granted granted) implements SecurityContext, Principal {
  public Caller {
    requireNonNull(granted, "granted is null");
  }

  /// The caller of a request that [AccessFilter] let through.
  public static Access.Granted of(SecurityContext security) {
    if (security.getUserPrincipal() instanceof Caller(Access.Granted granted)) {
      return granted;
    }
    throw new IllegalStateException("nobody asked who calls: the method must not be exempt");
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
    return false; // scopes say who may do what, and the filter has asked for them
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
