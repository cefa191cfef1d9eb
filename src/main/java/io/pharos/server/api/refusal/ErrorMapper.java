package io.pharos.server.api.refusal;

import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.CancelledException;
import io.pharos.model.Quoted;
import io.pharos.promql.value.QueryException;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.Caller.NotCoveredException;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.MissingPage;
import io.pharos.server.api.alertmanager.AlertmanagerJson;
import io.pharos.server.api.pharos.PharosError;
import io.pharos.server.api.prometheus.PrometheusJson;
import io.pharos.trouble.StoreUnavailableException;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Maps all exceptions to HTTP answers.
public class ErrorMapper {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorMapper.class);

  private static final MediaType HTML = MediaType.TEXT_HTML_TYPE.withCharset("UTF-8");

  /* Prefixes of the paths that programs use. A 404 on such a path has the form of its API. */
  private static final List<String> PROGRAM_PATHS =
      List.of(
          "/api/",
          "/alertmanager/",
          "/config/", // a path of Cortex: Grafana checks whether the server has a ruler
          "/-/",
          "/q/",
          "/metrics/",
          "/federate/",
          "/assets/",
          "/webjars/");

  private final MissingPage page;

  /// Creates the mapper, which answers browsers with the given pages.
  public ErrorMapper(MissingPage page) {
    this.page = page;
  }

  private static boolean isForPeople(String path) {
    return PROGRAM_PATHS.stream().noneMatch((path + "/").replace("//", "/")::startsWith);
  }

  @ServerExceptionMapper
  Response refused(ApiException e, UriInfo uri) {
    // A browser posted a malformed form of a page.
    if (e.status() == 400 && isForPeople(uri.getPath())) {
      return unreadable(uri.getPath(), e.reason(), page);
    }
    return PrometheusJson.error(e.status(), e.errorType(), e.reason());
  }

  /// Answers 404. Browsers get a page, programs an error in the form of the path's API.
  @ServerExceptionMapper
  Response notFound(NotFoundException e, UriInfo uri) {
    if (isAlertmanagers(uri.getPath())) {
      return alertmanagers(404, "path " + uri.getPath() + " was not found");
    }
    String reason = e instanceof NothingFoundException nothing ? nothing.reason() : "";
    return isForPeople(uri.getPath())
        ? answer(404, HTML, page.html(uri.getPath(), reason))
        : answer(404, MediaType.TEXT_PLAIN_TYPE, "404 page not found\n");
  }

  @ServerExceptionMapper
  Response notAllowed(NotAllowedException e, UriInfo uri, Request request) {
    return isAlertmanagers(uri.getPath()) ? notAllowed(e, request.getMethod()) : e.getResponse();
  }

  /// Answers 405 with the supported methods. Omits the methods that JAX-RS adds.
  private static Response notAllowed(NotAllowedException e, String method) {
    String allowed =
        e.getResponse().getAllowedMethods().stream()
            .filter(name -> !name.equals("HEAD") && !name.equals("OPTIONS"))
            .sorted()
            .collect(Collectors.joining(","));
    String message = "method " + method + " is not allowed, but [" + allowed + "] are";
    return Response.fromResponse(alertmanagers(405, message))
        .header(HttpHeaders.ALLOW, allowed)
        .build();
  }

  @ServerExceptionMapper
  Response notSupported(NotSupportedException e, UriInfo uri, HttpHeaders headers) {
    return isAlertmanagers(uri.getPath())
        ? alertmanagers(
            415,
            "unsupported media type "
                + Quoted.of(String.valueOf(headers.getHeaderString(HttpHeaders.CONTENT_TYPE)))
                + ", only [application/json] are allowed")
        : e.getResponse();
  }

  private static boolean isAlertmanagers(String path) {
    return path.startsWith("/api/v2/") || path.startsWith("/alertmanager/api/v2/");
  }

  private static Response alertmanagers(int status, String message) {
    return answer(status, MediaType.APPLICATION_JSON_TYPE, AlertmanagerJson.error(status, message));
  }

  /// Returns the answer that an error of the framework contains.
  @ServerExceptionMapper
  Response framework(WebApplicationException e) {
    return e.getResponse();
  }

  /// Answers 500 to an unexpected exception, which is a bug.
  @ServerExceptionMapper
  Response unexpected(RuntimeException e, UriInfo uri) {
    LOG.error("the request for {} failed unexpectedly, by a bug in Pharos", uri.getPath(), e);
    return internal(uri.getPath());
  }

  /// Returns an error in the form of the path's API; as plain text if the path belongs to no API.
  ///
  /// @param type Prometheus' error type
  static Response inForm(int status, String type, String message, String path) {
    if (path.startsWith("/api/pharos/")) {
      return PharosError.answer(status, message);
    }
    if (isAlertmanagers(path)) {
      return alertmanagers(status, message);
    }
    if (path.startsWith("/api/")) {
      return PrometheusJson.error(status, type, message);
    }
    return answer(status, MediaType.TEXT_PLAIN_TYPE.withCharset("UTF-8"), message + "\n");
  }

  private static Response answer(int status, MediaType type, Object entity) {
    return Response.status(status).type(type).entity(entity).build();
  }

  /// Answers a request that has no permission, or that exceeds a bound.
  static Response refused(int status, String reason, String path) {
    return inForm(status, errorType(status), reason, path);
  }

  /// Answers 400 to a malformed request. Browsers get a page.
  static Response unreadable(String path, String reason, MissingPage page) {
    return isForPeople(path)
        ? answer(400, HTML, page.unreadable(reason))
        : inForm(400, "bad_data", reason, path);
  }

  private static String errorType(int status) {
    return switch (status) {
      case 401 -> "unauthorized";
      case 403 -> "forbidden";
      case 503 -> "unavailable";
      default -> "too_large";
    };
  }

  /// Answers 403: the token does not permit the service and environment.
  @ServerExceptionMapper
  public Response notCovered(NotCoveredException e) {
    return PharosError.answer(403, String.valueOf(e.getMessage()));
  }

  /// Answers 400: a field of the body is invalid.
  @ServerExceptionMapper
  public Response invalid(InvalidFieldException e) {
    return PharosError.answer(400, e);
  }

  /// Answers 503: the database is unavailable or its disk is full, and a retry may succeed.
  @ServerExceptionMapper
  Response unavailable(StoreUnavailableException e, UriInfo uri) {
    LOG.warn(
        "a request for {} failed: the store is unavailable: {}", uri.getPath(), e.getMessage());
    return unavailable(uri.getPath());
  }

  /// Returns the answer 503 with `Retry-After` while the store is unavailable.
  public static Response unavailable(String path) {
    return withRetryAfter(
        inForm(503, "unavailable", "the store is unavailable; retry in a few seconds", path), 2);
  }

  static Response internal(String path) {
    return inForm(500, "internal", "internal error; the log of Pharos has the details", path);
  }

  private static Response withRetryAfter(Response answer, int seconds) {
    return Response.fromResponse(answer).header("Retry-After", seconds).build();
  }

  /// Answers a request whose work was not started.
  @ServerExceptionMapper
  Response busy(BusyException e, UriInfo uri) {
    String type =
        switch (e.reason()) {
          case FULL -> "unavailable";
          case LATE -> "timeout";
        };
    return withRetryAfter(inForm(503, type, e.text(), uri.getPath()), 2);
  }

  /// Answers a request whose work was cancelled.
  @ServerExceptionMapper
  Response cancelled(CancelledException e, UriInfo uri) {
    String message = String.valueOf(e.getMessage());
    return switch (e.reason()) {
      case GONE -> inForm(499, "canceled", message, uri.getPath());
      case LATE -> inForm(503, "timeout", message, uri.getPath());
    };
  }

  /// Answers a request that exceeds a memory bound: 503 if a retry may succeed, otherwise 413 or
  /// 422.
  @ServerExceptionMapper
  Response overBudget(OverBudgetException e, UriInfo uri) {
    return switch (e.bound()) {
      case ANSWER, ANSWERS -> answerOverBudget(e, uri.getPath());
      case QUERY, QUERIES -> query(LargeAnswers.refused(e));
      default -> overBudget(e, uri.getPath());
    };
  }

  static Response overBudget(OverBudgetException e, String path) {
    return e.isTemporary() ? busy(e.reason(), path) : refused(413, e.reason(), path);
  }

  /// Answers a request whose answer exceeds a memory bound: 503 if a retry may succeed, otherwise
  /// 422.
  static Response answerOverBudget(OverBudgetException e, String path) {
    return e.isTemporary()
        ? busy(e.reason(), path)
        : refused(422, "the answer is " + e.reason(), path);
  }

  private static Response busy(String reason, String path) {
    return withRetryAfter(refused(503, reason, path), 5);
  }

  @ServerExceptionMapper
  Response query(QueryException e) {
    int status =
        switch (e.kind()) {
          case BAD_DATA -> 400;
          case EXECUTION -> 422;
          case TIMEOUT -> 503;
          case CANCELED -> 499;
          case UNAVAILABLE -> 500;
          case BUSY -> 503;
        };
    Response answer = PrometheusJson.error(status, e.kind().errorType(), e.reason());
    return e.kind() == QueryException.Kind.BUSY ? withRetryAfter(answer, 5) : answer;
  }
}
