package io.pharos.server.api;

import jakarta.ws.rs.core.Response;

/// The 401 and 403 page for people.
public interface RefusalPage {
  /// Renders a page with the reason and a login form.
  ///
  /// @param status 401 or 403
  /// @param address redirect target after the login; empty for none
  Response page(int status, String reason, String address);
}
