package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.AtModifier;
import io.pharos.promql.ast.DurationExpr;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.ast.VectorMatching;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Writes the syntax tree of an expression as Prometheus' `parse_query` does.
final class ExpressionJson {
  private final JsonGenerator json;

  private ExpressionJson(JsonGenerator json) {
    this.json = json;
  }

  static void write(JsonGenerator json, Expr expression) throws IOException {
    new ExpressionJson(json).node(expression);
  }

  private void node(Expr expression) throws IOException {
    json.writeStartObject();
    switch (expression) {
      case Expr.NumberLiteral number -> {
        type("numberLiteral");
        json.writeStringField("val", GoFloat.plain(number.value()));
      }
      case Expr.StringLiteral text -> {
        type("stringLiteral");
        json.writeStringField("val", text.value());
      }
      case Expr.Paren paren -> {
        type("parenExpr");
        child("expr", paren.inner());
      }
      case Expr.Unary unary -> {
        type("unaryExpr");
        json.writeStringField("op", unary.sign() == Expr.Unary.Sign.MINUS ? "-" : "+");
        child("expr", unary.operand());
      }
      case Expr.VectorSelector selector -> {
        type("vectorSelector");
        selector(selector);
      }
      case Expr.MatrixSelector matrix -> {
        type("matrixSelector");
        json.writeNumberField("range", millis(matrix.range()));
        selector(matrix.selector());
      }
      case Expr.Subquery subquery -> {
        type("subquery");
        child("expr", subquery.inner());
        json.writeNumberField("range", millis(subquery.range()));
        json.writeNumberField("step", millis(subquery.step()));
        shift(subquery.shift());
      }
      case Expr.Call call -> call(call);
      case Expr.Aggregate aggregate -> {
        type("aggregation");
        json.writeStringField("op", aggregate.op().symbol());
        child("expr", aggregate.operand());
        child("param", aggregate.parameter());
        texts("grouping", aggregate.grouping());
        json.writeBooleanField("without", aggregate.without());
      }
      case Expr.Binary binary -> binary(binary);
    }
    json.writeEndObject();
  }

  private void type(String name) throws IOException {
    json.writeStringField("type", name);
  }

  private void child(String field, @Nullable Expr expression) throws IOException {
    json.writeFieldName(field);
    if (expression == null) {
      json.writeNull();
    } else {
      node(expression);
    }
  }

  private void texts(String field, List<String> texts) throws IOException {
    json.writeFieldName(field);
    PrometheusJson.writeStrings(json, texts);
  }

  private void call(Expr.Call call) throws IOException {
    type("call");
    Function function = call.function();
    json.writeObjectFieldStart("func");
    json.writeStringField("name", function.symbol());
    json.writeArrayFieldStart("argTypes");
    int max = function.maxArguments();
    int shown = max == Integer.MAX_VALUE ? Math.max(1, function.minArguments() + 1) : max;
    for (int i = 0; i < shown; i++) {
      json.writeString(function.argument(i).name().toLowerCase(Locale.ROOT));
    }
    json.writeEndArray();
    // Number of optional arguments at the end; -1 means unlimited.
    json.writeNumberField(
        "variadic", max == Integer.MAX_VALUE ? -1 : max - function.minArguments());
    json.writeStringField("returnType", function.result().name().toLowerCase(Locale.ROOT));
    json.writeEndObject();
    json.writeArrayFieldStart("args");
    for (Expr argument : call.arguments()) {
      node(argument);
    }
    json.writeEndArray();
  }

  private void binary(Expr.Binary binary) throws IOException {
    type("binaryExpr");
    json.writeStringField("op", binary.op().symbol());
    child("lhs", binary.left());
    child("rhs", binary.right());
    json.writeBooleanField("bool", binary.returnBool());
    VectorMatching matching = binary.matching();
    if (matching == null) {
      json.writeNullField("matching");
      return;
    }
    json.writeObjectFieldStart("matching");
    json.writeStringField(
        "card", matching.cardinality().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    texts("labels", matching.labels());
    json.writeBooleanField("on", matching.on());
    texts("include", matching.include());
    json.writeObjectFieldStart("fillValues");
    number("lhs", matching.fillLeft());
    number("rhs", matching.fillRight());
    json.writeEndObject();
    json.writeEndObject();
  }

  private void number(String field, @Nullable Double value) throws IOException {
    if (value == null) {
      json.writeNullField(field);
    } else {
      json.writeNumberField(field, value);
    }
  }

  private void selector(Expr.VectorSelector selector) throws IOException {
    json.writeStringField("name", selector.name());
    json.writeArrayFieldStart("matchers");
    for (LabelMatcher matcher : selector.matchers()) {
      json.writeStartObject();
      json.writeStringField("name", matcher.name());
      json.writeStringField("value", matcher.value());
      json.writeStringField("type", matcher.type().symbol());
      json.writeEndObject();
    }
    json.writeEndArray();
    shift(selector.shift());
    json.writeBooleanField("anchored", selector.edges() == Expr.Edges.ANCHORED);
    json.writeBooleanField("smoothed", selector.edges() == Expr.Edges.SMOOTHED);
  }

  private void shift(Shift shift) throws IOException {
    json.writeNumberField("offset", millis(shift.offset()));
    AtModifier at = shift.at();
    if (at instanceof AtModifier.Timestamp(long millis)) {
      json.writeNumberField("timestamp", millis);
    } else {
      json.writeNullField("timestamp");
    }
    json.writeStringField(
        "startOrEnd",
        at instanceof AtModifier.Start ? "start" : at instanceof AtModifier.End ? "end" : null);
  }

  /* Without a query, durations that depend on its step or range have no value. */
  private static long millis(@Nullable DurationExpr duration) {
    return duration == null || duration.dependsOnQuery()
        ? 0
        : Math.round(duration.seconds(0, 0) * 1000);
  }
}
