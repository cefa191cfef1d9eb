package io.pharos.server.api;

import io.pharos.access.CorsOrigin;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/// Adds CORS headers to Prometheus' API, as Prometheus does by `--web.cors.origin`.
///
/// Only read endpoints answer with these headers. So a browser hides the answers of all other
/// endpoints from scripts of other sites, and does not send them requests that need a preflight
/// request. The browser's credentials are never allowed.
final class CrossOrigin {
  private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
  private static final Map<String, String> HEADERS =
      Map.of(
          "Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin",
          "Access-Control-Allow-Methods", "GET, POST, OPTIONS",
          "Access-Control-Expose-Headers", "Date");
  private static final String API = "/api/v1/";
  private static final Set<String> READS =
      Set.of(
          "alertmanagers",
          "alerts",
          "features",
          "format_query",
          "label",
          "labels",
          "metadata",
          "parse_query",
          "query",
          "query_exemplars",
          "query_range",
          "rules",
          "scrape_pools",
          "series",
          "status",
          "targets");

  private final CorsOrigin allowed;

  CrossOrigin(ApiSwitches switches) {
    this.allowed = switches.corsOrigin();
  }

  /// Answers a preflight request, by which a browser asks whether a script of another site may send
  /// a request. Returns an empty result for other requests.
  @ServerRequestFilter(preMatching = true)
  Optional<Response> preflight(ContainerRequestContext request) {
    String path = request.getUriInfo().getPath();
    if (!request.getMethod().equals(HttpMethod.OPTIONS) || !covers(path)) {
      return Optional.empty();
    }
    return Optional.of(Response.noContent().build());
  }

  @ServerResponseFilter
  void answer(ContainerRequestContext request, ContainerResponseContext response) {
    if (covers(request.getUriInfo().getPath())) {
      headers(request.getHeaderString("Origin"))
          .forEach((name, value) -> response.getHeaders().putSingle(name, value));
      response.getHeaders().add(HttpHeaders.VARY, "Origin");
    }
  }

  static boolean covers(String path) {
    if (!path.startsWith(API)) {
      return false;
    }
    int slash = path.indexOf('/', API.length());
    return READS.contains(path.substring(API.length(), slash < 0 ? path.length() : slash));
  }

  /// Returns the CORS headers for an origin; empty without an origin.
  Map<String, String> headers(@Nullable String origin) {
    if (origin == null || origin.isEmpty()) {
      return Map.of();
    }
    var headers = new LinkedHashMap<>(HEADERS);
    if (allowed.isAny()) {
      headers.put(ALLOW_ORIGIN, "*");
    } else if (allowed.matches(origin)) {
      headers.put(ALLOW_ORIGIN, origin);
    }
    return headers;
  }
}
