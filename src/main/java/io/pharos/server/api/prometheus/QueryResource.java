package io.pharos.server.api.prometheus;

import io.pharos.access.Scope;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryBounds;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.Needs;
import io.pharos.server.api.Parameters;
import io.pharos.storage.Exemplars;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Prometheus' `query`, `query_range` and `query_exemplars`.
@Path("/api/v1")
@RunOnVirtualThread
public class QueryResource {
  /// Maximum number of points per series in a range query, as in Prometheus.
  private static final long MAX_POINTS = 11_000;

  private final Evaluator evaluator;
  private final InstantSource clock;
  private final LargeAnswers answers;
  private final Exemplars exemplars;

  QueryResource(
      Evaluator evaluator, InstantSource clock, LargeAnswers answers, Exemplars exemplars) {
    this.exemplars = exemplars;
    this.evaluator = evaluator;
    this.clock = clock;
    this.answers = answers;
  }

  /// Evaluates an instant query.
  @GET
  @Path("/query")
  public Response query(@Context UriInfo uri) {
    return query(new Parameters(uri.getQueryParameters()));
  }

  /// Evaluates an instant query from a form.
  @POST
  @Needs(Scope.READ)
  @Path("/query")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response query(@Context UriInfo uri, MultivaluedMap<String, String> form) {
    return query(new Parameters(uri.getQueryParameters(), form));
  }

  private Response query(Parameters parameters) {
    String expression = parameters.get("query").orElse("");
    long time = parameters.time("time", clock.instant());
    QueryBounds bounds = bounds(parameters);
    return answer(
        parameters, bounds, () -> evaluator.evaluate(Query.at(expression, time).within(bounds)));
  }

  private static QueryBounds bounds(Parameters parameters) {
    Optional<Duration> lookback =
        parameters.duration("lookback_delta").filter(Duration::isPositive);
    Optional<Duration> timeout = parameters.duration("timeout");
    if (timeout.isPresent() && !timeout.get().isPositive()) {
      throw ApiException.invalidParameter("timeout", "it must be longer than 0");
    }
    return new QueryBounds(timeout, lookback);
  }

  private Response answer(Parameters parameters, QueryBounds bounds, Supplier<QueryResult> query) {
    int limit = parameters.limit();
    boolean stats = parameters.get("stats").isPresent();
    Instant arrived = clock.instant();
    try {
      return answers.query(
          bounds.timeout(),
          query,
          result -> {
            Duration total = Duration.between(arrived, clock.instant());
            Duration queued = total.minus(result.stats().evaluated());
            return PrometheusJson.result(result, limit, stats, queued);
          });
    } catch (QueryException e) {
      if (e.kind() == QueryException.Kind.BAD_DATA) {
        throw ApiException.invalidParameter("query", e.reason());
      }
      throw e;
    }
  }

  /// Evaluates a range query.
  @GET
  @Path("/query_range")
  public Response queryRange(@Context UriInfo uri) {
    return queryRange(new Parameters(uri.getQueryParameters()));
  }

  /// Evaluates a range query from a form.
  @POST
  @Needs(Scope.READ)
  @Path("/query_range")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response queryRange(@Context UriInfo uri, MultivaluedMap<String, String> form) {
    return queryRange(new Parameters(uri.getQueryParameters(), form));
  }

  private Response queryRange(Parameters parameters) {
    String expression = parameters.get("query").orElse("");
    long start = parameters.requireTime("start");
    long end = parameters.requireTime("end");
    if (end < start) {
      throw ApiException.invalidParameter("end", "end timestamp must not be before start time");
    }
    Duration step = parameters.requireDuration("step");
    if (step.toMillis() <= 0) {
      throw ApiException.invalidParameter(
          "step",
          "zero or negative query resolution step widths are not accepted. Try a positive integer");
    }
    if ((end - start) / step.toMillis() > MAX_POINTS) {
      throw ApiException.badData(
          "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query"
              + " resolution (?step=XX)");
    }
    QueryBounds bounds = bounds(parameters);
    return answer(
        parameters,
        bounds,
        () -> evaluator.evaluate(Query.over(expression, start, end, step).within(bounds)));
  }

  /// Returns the exemplars of all series that the expression's selectors select.
  @GET
  @Path("/query_exemplars")
  public Response exemplars(@Context UriInfo uri) {
    return exemplars(new Parameters(uri.getQueryParameters()));
  }

  /// Like [#exemplars(UriInfo)], with parameters from a form.
  @POST
  @Needs(Scope.READ)
  @Path("/query_exemplars")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response exemplars(@Context UriInfo uri, MultivaluedMap<String, String> form) {
    return exemplars(new Parameters(uri.getQueryParameters(), form));
  }

  Response exemplars(Parameters parameters) {
    long start = parameters.time("start").orElse(Parameters.MIN_TIME);
    long end = parameters.time("end").orElse(Parameters.MAX_TIME);
    if (end < start) {
      throw ApiException.badData("end timestamp must not be before start timestamp");
    }
    List<List<LabelMatcher>> selectors;
    try {
      Expr expression = PromqlParser.parse(parameters.get("query").orElse(""));
      selectors = expression.selectors().map(Expr.VectorSelector::matchers).toList();
    } catch (ParseException e) {
      throw ApiException.badData(String.valueOf(e.getMessage()));
    }
    // As in Prometheus, an expression without selectors is answered with 204, not with an empty
    // list.
    return selectors.isEmpty()
        ? Response.noContent().build()
        : PrometheusJson.exemplars(exemplars.select(selectors, start, end));
  }
}
