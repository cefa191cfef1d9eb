package io.pharos.promql.engine;

import io.pharos.model.GoMath;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import java.util.HashMap;
import java.util.Map;

/// Applies binary operators with a vector on at least one side. [VectorMatcher] joins two vectors.
final class BinaryOperations {
  private final QueryContext context;

  BinaryOperations(QueryContext context) {
    this.context = context;
  }

  /// Combines a vector with one scalar per step.
  ///
  /// @param scalarLeft whether the scalar is the left operand
  Columns vectorScalar(Expr.Binary node, Columns vector, double[] scalars, boolean scalarLeft) {
    BinaryOp op = node.op();
    boolean dropsName = op.changesMetric() || node.returnBool();
    boolean onlyFloats = !vector.hasHistograms() && !op.isTrim();
    var histograms = new HistogramOperators(op, node.span(), context.remarks());
    var builder = new ColumnsBuilder(vector.steps(), vector.rows());
    for (int row = 0; row < vector.rows(); row++) {
      Labels labels = vector.labels(row);
      int target =
          builder.row(
              dropsName ? context.dropName(labels) : labels, dropsName || vector.nameDropped(row));
      for (int step = 0; step < vector.steps(); step++) {
        if (!vector.has(row, step)) {
          continue;
        }
        double value = vector.value(row, step);
        Histogram histogram = vector.histogram(row, step);
        if (!onlyFloats && (histogram != null || op.isTrim())) {
          HistogramOperators.Result result =
              scalarLeft
                  ? histograms.apply(step, vector.steps(), scalars[step], null, value, histogram)
                  : histograms.apply(step, vector.steps(), value, histogram, scalars[step], null);
          if (result != null) {
            builder.add(target, step, result.histogram());
          }
          continue;
        }
        double result =
            scalarLeft ? apply(op, scalars[step], value) : apply(op, value, scalars[step]);
        if (op.isComparison() && !node.returnBool()) {
          if (result == 0) {
            continue;
          }
          result = value;
        }
        builder.add(target, step, result);
      }
    }
    histograms.finish();
    return builder.build();
  }

  /// Combines two vectors.
  Columns vectors(Expr.Binary node, VectorMatching matching, Columns left, Columns right) {
    if (!node.op().isSet()) {
      return new VectorMatcher(context, node, matching, left, right).match();
    }
    return node.op() == BinaryOp.OR
        ? or(matching, left, right)
        : choose(matching, left, right, node.op() == BinaryOp.AND);
  }

  /// Returns one array per side with the match group of each row, and a last array whose only
  /// element is the number of groups. Groups are numbered from 0, for both sides together.
  static int[][] groups(VectorMatching matching, Columns... sides) {
    Map<Labels, Integer> numbers = new HashMap<>();
    int[][] groups = new int[sides.length + 1][];
    for (int side = 0; side < sides.length; side++) {
      groups[side] = new int[sides[side].rows()];
      for (int row = 0; row < sides[side].rows(); row++) {
        Labels key = groupLabels(matching, sides[side].labels(row));
        Integer number = numbers.putIfAbsent(key, numbers.size());
        groups[side][row] = number == null ? numbers.size() - 1 : number;
      }
    }
    groups[sides.length] = new int[] {numbers.size()};
    return groups;
  }

  /// Returns the labels that two series must share to match.
  static Labels groupLabels(VectorMatching matching, Labels labels) {
    return matching.on()
        ? labels.only(matching.labels())
        : labels.keep(
            name -> !name.equals(Labels.METRIC_NAME) && !matching.labels().contains(name));
  }

  private static Columns choose(
      VectorMatching matching, Columns left, Columns right, boolean withMatch) {
    int[][] groups = groups(matching, left, right);
    boolean[] present = present(right, groups[1], groups[2][0]);
    int steps = left.steps();
    var builder = new ColumnsBuilder(steps, left.rows());
    for (int row = 0; row < left.rows(); row++) {
      int target = builder.row(left.labels(row), left.nameDropped(row));
      for (int step = 0; step < steps; step++) {
        if (left.has(row, step) && present[groups[0][row] * steps + step] == withMatch) {
          builder.addFrom(target, step, left, row);
        }
      }
    }
    return builder.build();
  }

  private static Columns or(VectorMatching matching, Columns left, Columns right) {
    int[][] groups = groups(matching, left, right);
    boolean[] present = present(left, groups[0], groups[2][0]);
    int steps = left.steps();
    var builder = new ColumnsBuilder(steps);
    for (int row = 0; row < left.rows(); row++) {
      int target = builder.row(left.labels(row), left.nameDropped(row));
      builder.addRow(target, left, row);
    }
    for (int row = 0; row < right.rows(); row++) {
      int target = -1;
      for (int step = 0; step < steps; step++) {
        if (right.has(row, step) && !present[groups[1][row] * steps + step]) {
          if (target < 0) {
            target = builder.row(right.labels(row), right.nameDropped(row));
          }
          builder.addFrom(target, step, right, row);
        }
      }
    }
    return builder.build();
  }

  /// Returns for each group and step whether a side has a sample.
  private static boolean[] present(Columns side, int[] groups, int groupCount) {
    int steps = side.steps();
    var present = new boolean[groupCount * steps];
    for (int row = 0; row < side.rows(); row++) {
      for (int step = 0; step < steps; step++) {
        if (side.has(row, step)) {
          present[groups[row] * steps + step] = true;
        }
      }
    }
    return present;
  }

  /// Returns the result of an operator: for a comparison, 1 for true and 0 for false.
  static double apply(BinaryOp op, double left, double right) {
    return switch (op) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case MODULO -> left % right;
      case POWER -> GoMath.power(left, right);
      case ATAN2 -> Math.atan2(left, right);
      case EQUAL -> truth(left == right);
      case NOT_EQUAL -> truth(left != right);
      case GREATER -> truth(left > right);
      case LESS -> truth(left < right);
      case GREATER_OR_EQUAL -> truth(left >= right);
      case LESS_OR_EQUAL -> truth(left <= right);
      case AND, OR, UNLESS, TRIM_UPPER, TRIM_LOWER ->
          throw QueryErrors.execution(
              "operator " + Quoted.of(op.symbol()) + " not allowed for Scalar operations");
    };
  }

  private static double truth(boolean holds) {
    return holds ? 1 : 0;
  }
}
