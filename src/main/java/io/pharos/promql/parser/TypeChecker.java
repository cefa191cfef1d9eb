package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.ValueType;
import java.util.Locale;
import java.util.Map;

/// Checks operand types in the same order as Prometheus. Binary operators are checked during
/// parsing, because their errors are reported at the operator.
final class TypeChecker {
  private final String text;
  private final Map<Expr, ParseException> problems;

  /// Creates a checker for the expression of a text.
  ///
  /// @param problems errors that the parser recorded, by the identity of the binary operator's node
  TypeChecker(String text, Map<Expr, ParseException> problems) {
    this.text = text;
    this.problems = problems;
  }

  /// Checks an expression after all its subexpressions.
  ///
  /// @throws ParseException at the first operand of a wrong type
  void check(Expr expr) {
    switch (expr) {
      case Expr.Aggregate aggregate -> {
        expect(aggregate.operand(), ValueType.VECTOR, "aggregation expression");
        Expr parameter = aggregate.parameter();
        ValueType type = aggregate.op().parameter();
        if (parameter != null && type != null) {
          expect(parameter, type, "aggregation parameter");
        }
      }
      case Expr.Binary binary -> {
        check(binary.left());
        check(binary.right());
        ParseException problem = problems.get(binary);
        if (problem != null) {
          throw problem;
        }
      }
      case Expr.Call call -> checkCall(call);
      case Expr.Unary unary -> {
        check(unary.operand());
        if (unary.type() != ValueType.SCALAR && unary.type() != ValueType.VECTOR) {
          throw error(
              unary,
              "unary expression only allowed on expressions of type scalar or instant vector, got "
                  + Quoted.of(unary.type().documented()));
        }
      }
      case Expr.Subquery subquery -> {
        check(subquery.inner());
        if (subquery.inner().type() != ValueType.VECTOR) {
          throw error(
              subquery,
              "subquery is only allowed on instant vector, got %s instead"
                  .formatted(subquery.inner().type().name().toLowerCase(Locale.ROOT)));
        }
      }
      case Expr.VectorSelector selector -> {
        if (selector.matchers().stream().allMatch(matcher -> matcher.matches(""))) {
          throw error(selector, "vector selector must contain at least one non-empty matcher");
        }
      }
      case Expr.MatrixSelector matrix -> check(matrix.selector());
      case Expr.Paren paren -> check(paren.inner());
      case Expr.NumberLiteral _, Expr.StringLiteral _ -> {}
    }
  }

  private void checkCall(Expr.Call call) {
    Function function = call.function();
    int count = call.arguments().size();
    int min = function.minArguments();
    int max = function.maxArguments();
    if (count < min || count > max) {
      String bound = min == max ? "" : count < min ? "at least " : "at most ";
      throw error(
          call,
          "expected "
              + bound
              + (count < min ? min : max)
              + " argument(s) in call to "
              + Quoted.of(function.symbol())
              + ", got "
              + count);
    }
    boolean hasInfoSelector = function == Function.INFO && count == 2;
    if (hasInfoSelector) {
      checkInfoSelector(call.arguments().get(1));
    }
    for (int i = 0; i < count - (hasInfoSelector ? 1 : 0); i++) {
      expect(
          call.arguments().get(i),
          function.argument(i),
          "call to function " + Quoted.of(function.symbol()));
    }
  }

  /// Checks that the second argument of `info` is a selector without a metric name. The selector
  /// may match everything, because it selects labels instead of series.
  private void checkInfoSelector(Expr argument) {
    if (!(argument instanceof Expr.VectorSelector selector) || !selector.name().isEmpty()) {
      throw error(argument, "expected label selectors only, got vector selector instead");
    }
  }

  private void expect(Expr expr, ValueType type, String context) {
    check(expr);
    if (expr.type() != type) {
      throw error(
          expr,
          "expected type %s in %s, got %s"
              .formatted(type.documented(), context, expr.type().documented()));
    }
  }

  private ParseException error(Expr expr, String reason) {
    return new ParseException(text, expr.span().start(), reason);
  }
}
