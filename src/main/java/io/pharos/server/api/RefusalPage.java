package io.pharos.server.api;

import jakarta.ws.rs.core.Response;

/// Renders the page for people whose request has no permission.
public interface RefusalPage {
  /// Renders a page with the reason and a login form.
  ///
  /// @param status 401, 403 or 503
  /// @param address URL of the page to open after the login; empty for none
  Response page(int status, String reason, String address);
}
