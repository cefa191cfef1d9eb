package io.pharos.server.api.prometheus;

import io.pharos.access.Scope;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.AtModifier;
import io.pharos.promql.ast.DurationExpr;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.PrettyPrinter;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.JsonValue;
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
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Prometheus' `format_query` and `parse_query`, which parse expressions without evaluating them.
@Path("/api/v1")
@RunOnVirtualThread
public class ExpressionResource {
  /// Formats the expression in the parameter `query`.
  @GET
  @Path("/format_query")
  public Response format(@Context UriInfo uri) {
    return format(new Parameters(uri.getQueryParameters()));
  }

  /// Formats the expression in the form field `query`.
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

  /// Parses the expression in the parameter `query`.
  @GET
  @Path("/parse_query")
  public Response parse(@Context UriInfo uri) {
    return parse(new Parameters(uri.getQueryParameters()));
  }

  /// Parses the expression in the form field `query`.
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

  /// Writes the syntax tree of an expression as Prometheus' `parse_query` does.
  static final class ExpressionJson {
    private ExpressionJson() {}

    static JsonValue of(Expr expression) {
      return switch (expression) {
        case Expr.NumberLiteral number ->
            JsonValue.object("type", "numberLiteral", "val", GoFloat.plain(number.value()));
        case Expr.StringLiteral text ->
            JsonValue.object("type", "stringLiteral", "val", text.value());
        case Expr.Paren paren -> JsonValue.object("type", "parenExpr", "expr", of(paren.inner()));
        case Expr.Unary unary ->
            JsonValue.object(
                "type",
                "unaryExpr",
                "op",
                unary.sign() == Expr.Unary.Sign.MINUS ? "-" : "+",
                "expr",
                of(unary.operand()));
        case Expr.VectorSelector selector -> selector(selector, "vectorSelector", Optional.empty());
        case Expr.MatrixSelector matrix ->
            selector(matrix.selector(), "matrixSelector", Optional.of(millis(matrix.range())));
        case Expr.Subquery subquery ->
            JsonValue.object(
                "type", "subquery",
                "expr", of(subquery.inner()),
                "range", millis(subquery.range()),
                "step", millis(subquery.step()),
                "offset", millis(subquery.shift().offset()),
                "timestamp", timestamp(subquery.shift().at()),
                "startOrEnd", startOrEnd(subquery.shift().at()));
        case Expr.Call call ->
            JsonValue.object(
                "type", "call",
                "func", function(call.function()),
                "args", JsonValue.array(call.arguments(), ExpressionJson::of));
        case Expr.Aggregate aggregate ->
            JsonValue.object(
                "type", "aggregation",
                "op", aggregate.op().symbol(),
                "expr", of(aggregate.operand()),
                "param", aggregate.parameter() == null ? null : of(aggregate.parameter()),
                "grouping", aggregate.grouping(),
                "without", aggregate.without());
        case Expr.Binary binary ->
            JsonValue.object(
                "type", "binaryExpr",
                "op", binary.op().symbol(),
                "lhs", of(binary.left()),
                "rhs", of(binary.right()),
                "bool", binary.returnBool(),
                "matching", matching(binary.matching()));
      };
    }

    private static JsonValue function(Function function) {
      int max = function.maxArguments();
      int shown = max == Integer.MAX_VALUE ? Math.max(1, function.minArguments() + 1) : max;
      return JsonValue.object(
          "name", function.symbol(),
          "argTypes", IntStream.range(0, shown).mapToObj(i -> word(function.argument(i))).toList(),
          // Number of optional arguments at the end; -1 for any number.
          "variadic", max == Integer.MAX_VALUE ? -1 : max - function.minArguments(),
          "returnType", word(function.result()));
    }

    private static String word(Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable JsonValue matching(@Nullable VectorMatching matching) {
      return matching == null
          ? null
          : JsonValue.object(
              "card", word(matching.cardinality()).replace('_', '-'),
              "labels", matching.labels(),
              "on", matching.on(),
              "include", matching.include(),
              "fillValues",
                  JsonValue.object("lhs", matching.fillLeft(), "rhs", matching.fillRight()));
    }

    private static JsonValue selector(
        Expr.VectorSelector selector, String type, Optional<Long> range) {
      return JsonValue.object(
          "type", type,
          "range", range,
          "name", selector.name(),
          "matchers", JsonValue.array(selector.matchers(), ExpressionJson::matcher),
          "offset", millis(selector.shift().offset()),
          "timestamp", timestamp(selector.shift().at()),
          "startOrEnd", startOrEnd(selector.shift().at()),
          "anchored", selector.edges() == Expr.Edges.ANCHORED,
          "smoothed", selector.edges() == Expr.Edges.SMOOTHED);
    }

    private static JsonValue matcher(LabelMatcher matcher) {
      return JsonValue.object(
          "name", matcher.name(), "value", matcher.value(), "type", matcher.type().symbol());
    }

    private static @Nullable Long timestamp(@Nullable AtModifier at) {
      return at instanceof AtModifier.Timestamp(long millis) ? (Long) millis : null;
    }

    private static @Nullable String startOrEnd(@Nullable AtModifier at) {
      return at instanceof AtModifier.Start ? "start" : at instanceof AtModifier.End ? "end" : null;
    }

    /* Durations that depend on the step or range of a query have no value here, because there is
     * no query. */
    private static long millis(@Nullable DurationExpr duration) {
      return duration == null || duration.dependsOnQuery()
          ? 0
          : Math.round(duration.seconds(0, 0) * 1000);
    }
  }
}
