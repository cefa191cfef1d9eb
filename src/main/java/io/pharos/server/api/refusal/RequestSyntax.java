package io.pharos.server.api.refusal;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.model.Quoted;
import io.pharos.server.api.Rendering;
import io.pharos.server.api.UnreadablePage;
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

/// Answers requests that can't be read as HTTP has it: an address with escapes that are none, or
/// without a host. The framework's own answers are empty, or a failure with a stack in the log.
/// What else stands in a query is taken as it is, braces and quotes too, as Prometheus takes it.
@ApplicationScoped
class RequestSyntax {
  /// After the headers of every answer, before everything else.
  private static final int PRIORITY = 990;

  private static final Logger LOG = LoggerFactory.getLogger(RequestSyntax.class);
  private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2}).{0,2}");
  private static final Pattern WITHOUT_VALUE = Pattern.compile("=\\s*+(?:[,;]|$)");
  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f]");

  private final UnreadablePage page;
  private final ObjectMapper json;

  RequestSyntax(UnreadablePage page, ObjectMapper json) {
    this.page = requireNonNull(page, "page is null");
    this.json = requireNonNull(json, "json is null");
  }

  void register(@Observes Filters filters) {
    filters.register(this::handle, PRIORITY);
  }

  /// The router refuses requests without a host before any filter sees them.
  void register(@Observes Router router) {
    router.route().order(Integer.MIN_VALUE).failureHandler(this::failed);
  }

  private void handle(RoutingContext context) {
    Optional<String> problem = problem(context.request().uri());
    if (problem.isPresent()) {
      answer(context, problem.get());
    } else {
      ignoreUnreadable(context.request().headers());
      context.next();
    }
  }

  /* The framework fails on an `Accept` with a parameter that has no value. Whoever can't say what he
   * takes gets what there is. */
  private static void ignoreUnreadable(MultiMap headers) {
    if (headers.getAll(HttpHeaders.ACCEPT).stream()
        .anyMatch(value -> WITHOUT_VALUE.matcher(value).find())) {
      headers.remove(HttpHeaders.ACCEPT);
    }
  }

  /// Why an address can't be read; empty where it can.
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
        ? Optional.of("the address has a control character")
        : Optional.empty();
  }

  private void failed(RoutingContext context) {
    if (context.statusCode() == 400
        && context.failure() instanceof VertxException e
        && String.valueOf(e.getMessage()).contains("'Host'")
        && !context.response().headWritten()) {
      LOG.debug("A request of {} has no host", context.request().remoteAddress());
      answer(context, "there is no Host header, or one that is no host");
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
      throw new IllegalStateException("an answer of our own can't be written", e);
    }
  }
}
