package io.pharos.server.api.prometheus;

import io.pharos.access.Scope;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.PrettyPrinter;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.Needs;
import io.pharos.server.api.Parameters;
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

/// Prometheus' `format_query` and `parse_query`, which parse expressions without evaluating them.
@Path("/api/v1")
@RunOnVirtualThread
public class ExpressionResource {
  /// Formats the expression `query`.
  @GET
  @Path("/format_query")
  public Response format(@Context UriInfo uri) {
    return format(new Parameters(uri.getQueryParameters()));
  }

  /// Formats the expression `query` of a form.
  @POST
  @Needs(Scope.READ)
  @Path("/format_query")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response format(@Context UriInfo uri, MultivaluedMap<String, String> form) {
    return format(new Parameters(uri.getQueryParameters(), form));
  }

  Response format(Parameters parameters) {
    return PrometheusJson.success(PrettyPrinter.print(expression(parameters)));
  }

  /// Parses the expression `query`.
  @GET
  @Path("/parse_query")
  public Response parse(@Context UriInfo uri) {
    return parse(new Parameters(uri.getQueryParameters()));
  }

  /// Parses the expression `query` of a form.
  @POST
  @Needs(Scope.READ)
  @Path("/parse_query")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response parse(@Context UriInfo uri, MultivaluedMap<String, String> form) {
    return parse(new Parameters(uri.getQueryParameters(), form));
  }

  Response parse(Parameters parameters) {
    return PrometheusJson.success(ExpressionJson.of(expression(parameters)));
  }

  private static Expr expression(Parameters parameters) {
    try {
      return PromqlParser.parse(parameters.get("query").orElse(""));
    } catch (ParseException e) {
      throw ApiException.invalidParameter("query", String.valueOf(e.getMessage()));
    }
  }
}
