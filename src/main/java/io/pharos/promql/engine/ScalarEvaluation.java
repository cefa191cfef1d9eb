package io.pharos.promql.engine;

import io.pharos.promql.ast.Expr;
import java.util.Arrays;

/// Evaluates expressions of type scalar: a number per step.
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
        double[] left = evaluate(binary.left(), steps);
        double[] right = evaluate(binary.right(), steps);
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
    // A switch over some functions: the type checker lets only those of result scalar come here.
    if (call.function().result() != io.pharos.promql.ast.ValueType.SCALAR) {
      throw new IllegalStateException(call.function().symbol() + " gives no scalar");
    }
    return switch (call.function().symbol()) {
      case "time" -> times(steps);
      case "pi" -> constant(Math.PI, steps);
      case "scalar" -> single(call, steps);
      case "start" -> constant(context.steps().startMillis() / 1000.0, steps);
      case "end" -> constant(context.endMillis() / 1000.0, steps);
      case "step" -> constant(context.stepMillis() / 1000.0, steps);
      case "range" ->
          constant((context.endMillis() - context.steps().startMillis()) / 1000.0, steps);
      case "min_of", "max_of" -> extreme(call, steps);
      default ->
          throw Failures.notImplemented(
              "function \"" + call.function().symbol() + "\"", context.position(call.span()));
    };
  }

  private double[] extreme(Expr.Call call, Steps steps) {
    double[] left = evaluate(call.arguments().get(0), steps);
    double[] right = evaluate(call.arguments().get(1), steps);
    boolean max = call.function() == io.pharos.promql.ast.Function.MAX_OF;
    for (int i = 0; i < left.length; i++) {
      left[i] = max ? Math.max(left[i], right[i]) : Math.min(left[i], right[i]);
    }
    return left;
  }

  private double[] single(Expr.Call call, Steps steps) {
    Columns vector = evaluation.vector(call.arguments().getFirst(), steps);
    double[] values = new double[steps.count()];
    for (int step = 0; step < values.length; step++) {
      int found = 0;
      double value = Double.NaN;
      for (int row = 0; row < vector.rows(); row++) {
        if (vector.has(row, step)) {
          found++;
          value = vector.value(row, step);
        }
      }
      values[step] = found == 1 ? value : Double.NaN;
    }
    return values;
  }

  private static double[] times(Steps steps) {
    double[] values = new double[steps.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = steps.at(i) / 1000.0;
    }
    return values;
  }

  private static double[] constant(double value, Steps steps) {
    double[] values = new double[steps.count()];
    Arrays.fill(values, value);
    return values;
  }
}
