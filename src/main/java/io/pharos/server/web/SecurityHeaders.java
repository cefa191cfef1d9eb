package io.pharos.server.web;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;

/// Adds security headers to every answer. Also answers 404 on the paths below `/q`, where Quarkus
/// would serve pages that Pharos does not need.
@ApplicationScoped
class SecurityHeaders {
  /// Runs before all other filters.
  private static final int PRIORITY = 1000;

  /// Runs after the filter that checks the syntax of the URL.
  private static final int PRIORITY_OF_PATHS = 980;

  /* Silence links are secret, so browsers must not send them to other sites as the referrer. The
   * policy `no-referrer` would be too strict: browsers would not send the origin with Pharos' own
   * forms. */
  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
              + " data:; connect-src 'self'; font-src 'self'; frame-src 'self'; worker-src 'self';"
              + " manifest-src 'self'; form-action 'self';"
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

  /// Adds each header that the page has not set itself.
  private static void complete(MultiMap headers) {
    HEADERS.forEach(
        (name, value) -> {
          if (!headers.contains(name)) {
            headers.set(name, value);
          }
        });
  }
}
