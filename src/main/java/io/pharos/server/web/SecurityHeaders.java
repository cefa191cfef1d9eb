package io.pharos.server.web;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;

/// What browsers must hold every answer to, whatever made it; and the framework's own paths, which
/// nobody needs, are closed.
@ApplicationScoped
class SecurityHeaders {
  /// First of all filters.
  private static final int PRIORITY = 1000;

  /// Once it is known that the address can be read.
  private static final int PRIORITY_OF_PATHS = 980;

  /* A referrer for our own pages alone: the addresses of silence links are worth something, and
   * without any, browsers would not tell the origin of our forms. */
  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'"
              + " data:; connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self';"
              + " frame-ancestors 'none'; base-uri 'none'",
          "X-Frame-Options",
          "DENY",
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "same-origin");

  void register(@Observes Filters filters) {
    filters.register(SecurityHeaders::handle, PRIORITY);
    filters.register(SecurityHeaders::close, PRIORITY_OF_PATHS);
  }

  private static void handle(RoutingContext context) {
    context.addHeadersEndHandler(_ -> complete(context.response().headers()));
    context.next();
  }

  private static void close(RoutingContext context) {
    String path = context.normalizedPath();
    if (path.equals("/q") || path.startsWith("/q/")) {
      context.response().setStatusCode(404).end("404 page not found\n");
    } else {
      context.next();
    }
  }

  /// A page that asks for more or for less says so itself.
  private static void complete(MultiMap headers) {
    HEADERS.forEach(
        (name, value) -> {
          if (!headers.contains(name)) {
            headers.set(name, value);
          }
        });
  }
}
