package io.pharos.server.web;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;

/// Adds security headers to every answer, and answers 404 to the paths that Quarkus itself serves,
/// which Pharos does not need.
@ApplicationScoped
class SecurityHeaders {
  /// Runs before all other filters.
  private static final int PRIORITY = 1000;

  /// Runs after the syntax check of the URL.
  private static final int PRIORITY_OF_PATHS = 980;

  /* Silence links are secret, so browsers must not send them to other sites as the referrer.
   * Without any referrer, browsers would not send the origin with Pharos' own forms. */
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

  /// Adds the headers that the answer lacks: a page may have set its own.
  private static void complete(MultiMap headers) {
    HEADERS.forEach(
        (name, value) -> {
          if (!headers.contains(name)) {
            headers.set(name, value);
          }
        });
  }
}
