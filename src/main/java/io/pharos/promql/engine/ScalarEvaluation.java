package io.pharos.promql.engine;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.FunctionImplementation.OfScalars;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/// Evaluates scalar expressions: a number per step.
final class ScalarEvaluation {
  private final QueryContext context;
  private final Evaluation evaluation;

  ScalarEvaluation(QueryContext context, Evaluation evaluation) {
    this.context = context;
    this.evaluation = evaluation;
  }

  double[] evaluate(Expr expr, Steps steps) {
    return switch (expr) {
      case Expr.NumberLiteral number -> constant(number.value(), steps);
      case Expr.Paren paren -> evaluate(paren.inner(), steps);
      case Expr.Unary unary -> {
        double[] values = evaluate(unary.operand(), steps);
        if (unary.sign() == Expr.Unary.Sign.MINUS) {
          for (int i = 0; i < values.length; i++) {
            values[i] = -values[i];
          }
        }
        yield values;
      }
      case Expr.Binary binary -> {
        long before = context.besides();
        double[] left = evaluate(binary.left(), steps);
        context.holdScalar(steps.count());
        double[] right = evaluate(binary.right(), steps);
        context.holdScalar(steps.count());
        context.releaseBesides(before);
        for (int i = 0; i < left.length; i++) {
          left[i] = Operators.apply(binary.op(), left[i], right[i]);
        }
        yield left;
      }
      case Expr.Call call -> call(call, steps);
      case Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.MatrixSelector _,
          Expr.Subquery _,
          Expr.Aggregate _ ->
          throw new IllegalStateException(expr + " is no scalar");
    };
  }

  private double[] call(Expr.Call call, Steps steps) {
    if (FunctionTable.of(call.function()) instanceof OfScalars(var function)) {
      return function.apply(this, call, steps);
    }
    throw new IllegalStateException(call.function().symbol() + " gives no scalar");
  }

  /// Start of the query in Unix seconds.
  double start() {
    return context.steps().startMillis() / 1000.0;
  }

  /// End of the query in Unix seconds.
  double end() {
    return context.steps().endMillis() / 1000.0;
  }

  /// Step of the query in seconds; 0 for an instant query.
  double step() {
    return end() == start() ? 0 : context.steps().stepMillis() / 1000.0;
  }

  /// Applies a function to both arguments of a call.
  double[] ofBoth(Expr.Call call, DoubleBinaryOperator function, Steps steps) {
    double[] left = evaluate(call.arguments().get(0), steps);
    double[] right = evaluate(call.arguments().get(1), steps);
    for (int i = 0; i < left.length; i++) {
      left[i] = function.applyAsDouble(left[i], right[i]);
    }
    return left;
  }

  double[] single(Expr.Call call, Steps steps) {
    Columns vector = evaluation.vector(call.arguments().getFirst(), steps);
    double[] values = new double[steps.count()];
    for (int step = 0; step < values.length; step++) {
      int found = 0;
      double value = Double.NaN;
      for (int row = 0; row < vector.rows(); row++) {
        if (vector.hasFloat(row, step)) {
          found++;
          value = vector.value(row, step);
        }
      }
      values[step] = found == 1 ? value : Double.NaN;
    }
    return values;
  }

  static double[] times(Steps steps) {
    double[] values = new double[steps.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = steps.at(i) / 1000.0;
    }
    return values;
  }

  static double[] constant(double value, Steps steps) {
    double[] values = new double[steps.count()];
    Arrays.fill(values, value);
    return values;
  }
}
