package io.pharos.api;

import static java.util.Objects.requireNonNull;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Scope;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/// Asks for every request, before its body is read, whether its client may do what it wants: the
/// one place that does. What a method needs stands at the method ([Needs], [Exempt]); one that says
/// nothing is refused to everybody but an administrator, unless it only reads.
class AccessFilter {
  /// What a request may send that needs no scope: a silence form with 100 matchers at most.
  private static final int MAX_OPEN_BODY = 64 * 1024;

  private final AccessControl access;
  private final RequestClient clients;
  private final RefusalPage page;

  AccessFilter(AccessControl access, RequestClient clients, RefusalPage page) {
    this.access = requireNonNull(access, "access is null");
    this.clients = requireNonNull(clients, "clients is null");
    this.page = requireNonNull(page, "page is null");
  }

  /// The scope that a method needs, by its annotation or, without one, by the request's method;
  /// empty for an exempt one.
  static Optional<Scope> scope(Method method, String httpMethod) {
    if (method.isAnnotationPresent(Exempt.class)) {
      return Optional.empty();
    }
    var needs = method.getAnnotation(Needs.class);
    if (needs != null) {
      return Optional.of(needs.value());
    }
    return Optional.of(
        switch (httpMethod) {
          case "GET", "HEAD", "OPTIONS" -> Scope.READ;
          default -> Scope.ADMIN;
        });
  }

  /// Lets a request through as [Caller], or answers it.
  @ServerRequestFilter(priority = Priorities.AUTHORIZATION)
  Optional<Response> check(
      ContainerRequestContext context, ResourceInfo resource, HttpServerRequest request) {
    Optional<Scope> scope = scope(resource.getResourceMethod(), context.getMethod());
    if (scope.isEmpty()) {
      return tooLarge(request) ? Optional.of(Response.status(413).build()) : Optional.empty();
    }
    return switch (access.authorize(clients.of(request), scope.get())) {
      case Access.Granted granted -> {
        context.setSecurityContext(new Caller(granted));
        yield Optional.empty();
      }
      case Access.Missing(String reason) -> Optional.of(refuse(401, reason, context, resource));
      case Access.Invalid(String reason) -> Optional.of(refuse(401, reason, context, resource));
      case Access.Forbidden(String reason) -> Optional.of(refuse(403, reason, context, resource));
    };
  }

  /// Whether a body is more than a form of ours can have: those who need no scope must not fill the
  /// memory.
  private static boolean tooLarge(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length == null) {
      return request.getHeader("Transfer-Encoding") != null;
    }
    try {
      return Long.parseLong(length) > MAX_OPEN_BODY;
    } catch (NumberFormatException _) { // more digits than any length has
      return true;
    }
  }

  private Response refuse(
      int status, String reason, ContainerRequestContext context, ResourceInfo resource) {
    var answer = Response.fromResponse(answer(status, reason, context, resource));
    if (status == 401) {
      answer.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    return answer.build();
  }

  private Response answer(
      int status, String reason, ContainerRequestContext context, ResourceInfo resource) {
    if (isPage(resource)) {
      var uri = context.getUriInfo().getRequestUri();
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      boolean reads = context.getMethod().equals("GET");
      return page.page(status, reason, reads ? uri.getRawPath() + query : "");
    }
    return ErrorMapper.refused(status, reason, context.getUriInfo().getPath());
  }

  private static boolean isPage(ResourceInfo resource) {
    var produces = resource.getResourceMethod().getAnnotation(Produces.class);
    if (produces == null) {
      produces = resource.getResourceClass().getAnnotation(Produces.class);
    }
    return produces != null && Arrays.asList(produces.value()).contains(MediaType.TEXT_HTML);
  }
}
