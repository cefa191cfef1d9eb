package io.pharos.server.api.refusal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.model.Quoted;
import io.pharos.server.api.MissingPage;
import io.pharos.server.api.Rendering;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers 400 to malformed requests: URLs with invalid escapes, and requests without a host. The
/// framework itself would send no answer, or log a stack trace. Other unusual characters in a
/// query, such as braces and quotes, are accepted, as in Prometheus.
@ApplicationScoped
class RequestSyntax {
  /// Runs before all other filters, except the filter that sets security headers.
  private static final int PRIORITY = 990;

  private static final Logger LOG = LoggerFactory.getLogger(RequestSyntax.class);
  private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2}).{0,2}");
  private static final Pattern WITHOUT_VALUE = Pattern.compile("=\\s*+(?:[,;]|$)");
  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f]");

  private final MissingPage page;
  private final ObjectMapper json;

  RequestSyntax(MissingPage page, ObjectMapper json) {
    this.page = page;
    this.json = json;
  }

  void register(@Observes Filters filters) {
    filters.register(this::handle, PRIORITY);
  }

  /// Adds a failure handler to the router, because the router rejects requests without a host
  /// before any filter runs.
  void register(@Observes Router router) {
    router.route().order(Integer.MIN_VALUE).failureHandler(this::failed);
  }

  private void handle(RoutingContext context) {
    Optional<String> problem = problem(context.request().uri());
    if (problem.isPresent()) {
      answer(context, problem.get());
    } else {
      removeInvalidAccept(context.request().headers());
      context.next();
    }
  }

  /* The framework can't handle an `Accept` header that has a parameter without a value. */
  private static void removeInvalidAccept(MultiMap headers) {
    if (headers.getAll(HttpHeaders.ACCEPT).stream()
        .anyMatch(value -> WITHOUT_VALUE.matcher(value).find())) {
      headers.remove(HttpHeaders.ACCEPT);
    }
  }

  /// Returns why a URL is malformed; empty if it is valid.
  static Optional<String> problem(String address) {
    Matcher escape = BROKEN_ESCAPE.matcher(address);
    if (escape.find()) {
      boolean query = address.lastIndexOf('?', escape.start()) >= 0;
      return Optional.of(
          (query ? "error parsing form values: " : "error parsing the path: ")
              + "invalid URL escape "
              + Quoted.of(escape.group()));
    }
    return CONTROL.matcher(address).find()
        ? Optional.of("the URL contains a control character")
        : Optional.empty();
  }

  private void failed(RoutingContext context) {
    if (context.statusCode() == 400
        && context.failure() instanceof VertxException e
        && String.valueOf(e.getMessage()).contains("'Host'")
        && !context.response().headWritten()) {
      LOG.debug("a request from {} has no valid Host header", context.request().remoteAddress());
      answer(context, "the Host header is missing or invalid");
    } else {
      context.next();
    }
  }

  private void answer(RoutingContext context, String reason) {
    String path = context.request().path() == null ? "/" : context.request().path();
    Response refusal = ErrorMapper.unreadable(path, reason, page);
    context
        .response()
        .setStatusCode(refusal.getStatus())
        .putHeader("Content-Type", refusal.getMediaType().toString())
        .end(body(refusal.getEntity()));
  }

  private Buffer body(Object entity) {
    try {
      return switch (entity) {
        case Rendering rendering -> Buffer.buffer(rendering.bytes());
        case byte[] bytes -> Buffer.buffer(bytes);
        case String text -> Buffer.buffer(text);
        default -> Buffer.buffer(json.writeValueAsBytes(entity));
      };
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an error answer can't be encoded", e);
    }
  }
}
