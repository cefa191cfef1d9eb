package io.pharos.server.api.refusal;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Scope;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.FormReader;
import io.pharos.server.api.Needs;
import io.pharos.server.api.RefusalPage;
import io.pharos.server.api.RequestBody;
import io.pharos.server.api.RequestClient;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/// Checks the permission for every request before its body is read. The resource methods declare
/// the scope that they need ([Needs], [Exempt]). Methods without a declaration need `read` for GET,
/// HEAD and OPTIONS, and `admin` for all others.
public class AccessFilter {
  /// Maximum size in bytes of the body if no scope is needed: enough for a silence form with 100
  /// matchers.
  private static final int MAX_OPEN_BODY = 64 * 1024;

  /// Maximum number of bytes of a refused body that are read and discarded. Clients often read the
  /// answer only after they have sent the whole body.
  private static final long MAX_DISCARDED = 256L << 20;

  /// Seconds after which a client should retry if its token could not be checked.
  private static final int RETRY_AFTER = 5;

  /// The field and the header that contain a session's form token.
  private static final String FORM_TOKEN = "form-token";

  private static final String FORM_TOKEN_HEADER = "X-Form-Token";

  private final AccessControl access;
  private final RequestClient clients;
  private final RefusalPage page;
  private final MemoryBounds budgets;

  AccessFilter(
      AccessControl access, RequestClient clients, RefusalPage page, MemoryBounds budgets) {
    this.access = access;
    this.clients = clients;
    this.page = page;
    this.budgets = budgets;
  }

  /// Returns the scope that a method needs; empty if the method is exempt.
  static Optional<Scope> scope(Method method, String httpMethod) {
    if (method.isAnnotationPresent(Exempt.class)) {
      return Optional.empty();
    }
    var needs = method.getAnnotation(Needs.class);
    if (needs != null) {
      return Optional.of(needs.value());
    }
    return Optional.of(isSafe(httpMethod) ? Scope.READ : Scope.ADMIN);
  }

  /// Admits a request and sets its [Caller]. If the request is refused, returns the answer.
  @ServerRequestFilter(priority = Priorities.AUTHORIZATION)
  Optional<Response> check(
      ContainerRequestContext context, ResourceInfo resource, RoutingContext routing) {
    var incoming = new Incoming(context, resource, routing);
    HttpServerRequest request = routing.request();
    Optional<Scope> scope = scope(resource.getResourceMethod(), context.getMethod());
    if (scope.isEmpty()) {
      if (length(request) > MAX_OPEN_BODY) {
        budgets.refuse(MemoryBound.BODY, context.getMethod() + " without authentication");
        return Optional.of(Response.status(413).build());
      }
      return meter(incoming, MAX_OPEN_BODY)
          .or(() -> isLogIn(resource) ? Optional.empty() : refuseForged(incoming));
    }
    return switch (access.authorize(clients.of(request), scope.get())) {
      case Access.Granted granted -> {
        context.setSecurityContext(new Caller(granted));
        Optional<Response> over = meter(incoming, budgets.of(MemoryBound.BODY));
        yield over.isEmpty() && scope.get().writes() ? refuseForged(incoming) : over;
      }
      case Access.Missing(String reason) ->
          // The user of a browser can't send a token in a header, but can log in.
          Optional.of(refuse(401, incoming.isForPage() ? "Please log in." : reason, incoming));
      case Access.Invalid(String reason) -> Optional.of(refuse(401, reason, incoming));
      case Access.Limited limited ->
          Optional.of(
              Response.fromResponse(answer(429, limited.reason(), incoming))
                  .header(HttpHeaders.RETRY_AFTER, limited.attempt().retryAfter())
                  .build());
      case Access.Forbidden(String reason) -> Optional.of(refuse(403, reason, incoming));
      case Access.Unknown(String reason) -> Optional.of(refuse(503, reason, incoming));
    };
  }

  private static boolean isLogIn(ResourceInfo resource) {
    return resource.getResourceMethod().getAnnotation(Exempt.class).value() == Exemption.LOG_IN;
  }

  /// Refuses a change that a session permits, unless the request contains the session's form token:
  /// in a header, or in the form, which is read here.
  private Optional<Response> refuseForged(Incoming incoming) {
    ContainerRequestContext context = incoming.context();
    var client = clients.of(incoming.routing().request());
    if (isSafe(context.getMethod())
        || !access.needsFormToken(client)
        || access.isFormToken(client, context.getHeaderString(FORM_TOKEN_HEADER))) {
      return Optional.empty();
    }
    MediaType type = context.getMediaType();
    if (type != null && type.isCompatible(MediaType.APPLICATION_FORM_URLENCODED_TYPE)) {
      byte[] form = bytes(context.getEntityStream());
      context.setEntityStream(new ByteArrayInputStream(form));
      if (access.isFormToken(client, FormReader.parse(form).getFirst(FORM_TOKEN))) {
        return Optional.empty();
      }
    }
    return Optional.of(
        answer(
            403,
            "This form is not from a page of your current login, so nothing was changed. Open the"
                + " page again and repeat it.",
            incoming));
  }

  static boolean isSafe(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS" -> true;
      case String _ -> false;
    };
  }

  private static byte[] bytes(InputStream body) {
    try {
      return body.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the form can't be read", e);
    }
  }

  /// Returns the declared length of the body in bytes: 0 if there is no body, the maximum if the
  /// length is not declared.
  private static long length(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length == null) {
      return request.getHeader("Transfer-Encoding") == null ? 0 : Long.MAX_VALUE;
    }
    try {
      return Long.parseLong(length);
    } catch (NumberFormatException _) { // the number exceeds the range of a long
      return Long.MAX_VALUE;
    }
  }

  /// Makes the body reserve memory while it is read. If the declared length is too large, returns
  /// the answer 413.
  ///
  /// @param maxBytes maximum length in bytes
  private Optional<Response> meter(Incoming incoming, long maxBytes) {
    RoutingContext routing = incoming.routing();
    ContainerRequestContext context = incoming.context();
    long length = length(routing.request());
    if (length == 0) {
      return Optional.empty();
    }
    if (length > maxBytes && length != Long.MAX_VALUE) {
      var over = budgets.over(MemoryBound.BODY, false, length);
      return Optional.of(answer(413, over.reason(), incoming));
    }
    var body = new RequestBody(context.getEntityStream(), budgets, maxBytes);
    routing.addEndHandler(_ -> end(body, routing.request()));
    if (routing.response().closed()) { // the request ended before the end handler was added
      body.release();
    }
    context.setEntityStream(body);
    return Optional.empty();
  }

  private static void end(RequestBody body, HttpServerRequest request) {
    body.release();
    discardRest(request);
  }

  /// Reads and discards the rest of a body after the answer, because the framework would store it
  /// in memory. Disconnects a client that sends too much.
  private static void discardRest(HttpServerRequest request) {
    if (request.isEnded()) {
      return;
    }
    var discarded = new long[1];
    request.handler(
        buffer -> {
          discarded[0] += buffer.length();
          if (discarded[0] > MAX_DISCARDED) {
            request.connection().close();
          }
        });
    request.resume();
  }

  private Response refuse(int status, String reason, Incoming incoming) {
    var answer = Response.fromResponse(answer(status, reason, incoming));
    if (status == 401) {
      answer.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    if (status == 503) {
      answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
    }
    return answer.build();
  }

  private Response answer(int status, String reason, Incoming incoming) {
    if (incoming.isForPage()) {
      HttpServerRequest request = incoming.routing().request();
      String query = request.query() == null ? "" : "?" + request.query();
      boolean reads = incoming.context().getMethod().equals("GET");
      return page.page(status, reason, reads ? request.path() + query : "");
    }
    return ErrorMapper.refused(status, reason, incoming.context().getUriInfo().getPath());
  }

  private record Incoming(
      ContainerRequestContext context, ResourceInfo resource, RoutingContext routing) {
    boolean isForPage() {
      var produces = resource.getResourceMethod().getAnnotation(Produces.class);
      if (produces == null) {
        produces = resource.getResourceClass().getAnnotation(Produces.class);
      }
      return produces != null && Arrays.asList(produces.value()).contains(MediaType.TEXT_HTML);
    }
  }
}
