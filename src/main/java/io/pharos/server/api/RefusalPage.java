package io.pharos.server.api;

import jakarta.ws.rs.core.Response;

/// Renders the page for a browser whose request was refused, because it lacks a permission.
public interface RefusalPage {
  /// Renders a page with the reason and a login form.
  ///
  /// @param status 401, 403 or 503
  /// @param address URL of the page to open after the login; empty for the start page
  Response page(int status, String reason, String address);
}
