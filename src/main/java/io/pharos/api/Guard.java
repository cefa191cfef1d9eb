package io.pharos.api;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.deploy.InvalidFieldException;
import io.pharos.deploy.StoreUnavailableException;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets a request of Pharos' own API through if its client may do it, and turns what the services
/// throw into answers.
final class Guard {
  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

  private final AccessControl access;

  Guard(AccessControl access) {
    this.access = access;
  }

  /// What is done for a client who may do it.
  interface Action {
    Response answer(Access.Granted granted);
  }

  /// Refuses what concerns a service or environment that a token does not cover.
  static final class NotCovered extends RuntimeException {}

  /// @throws NotCovered when the token's restrictions forbid it
  static void require(Access.Granted granted, String service, String env) {
    if (!granted.covers(service, env)) {
      throw new NotCovered();
    }
  }

  Response run(Client client, Scope scope, Action action) {
    return switch (access.authorize(client, scope)) {
      case Access.Missing(String reason) -> unauthorized(reason);
      case Access.Invalid(String reason) -> unauthorized(reason);
      case Access.Forbidden(String reason) -> PharosError.answer(403, reason);
      case Access.Granted granted -> run(granted, action);
    };
  }

  private static Response run(Access.Granted granted, Action action) {
    try {
      return action.answer(granted);
    } catch (NotCovered _) {
      return PharosError.answer(
          403, "the token of " + granted.name() + " does not cover this service and environment");
    } catch (InvalidFieldException e) {
      return PharosError.answer(400, e);
    } catch (StoreUnavailableException e) {
      LOG.warn("The store is not available: {}", e.getMessage());
      return PharosError.builder(
              503, new PharosError("the store is not available now", null, null, null))
          .header("Retry-After", 2)
          .build();
    }
  }

  private static Response unauthorized(String reason) {
    return PharosError.builder(401, new PharosError(reason, null, null, null))
        .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer")
        .build();
  }

  /// Who sends a request.
  static Client client(HttpHeaders headers, HttpServerRequest request) {
    var address = request.remoteAddress();
    return Client.of(headers::getHeaderString, address == null ? null : address.hostAddress());
  }
}
