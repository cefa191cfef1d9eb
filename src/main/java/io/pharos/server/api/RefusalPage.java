package io.pharos.server.api;

import jakarta.ws.rs.core.Response;

/// What people see whose request is refused.
public interface RefusalPage {
  /// A page that says why, and asks for a token.
  ///
  /// @param status 401 or 403
  /// @param address where the person wanted to go, to be led there afterwards; empty for nowhere
  Response page(int status, String reason, String address);
}
