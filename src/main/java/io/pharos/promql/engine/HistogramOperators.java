package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Span;
import org.jspecify.annotations.Nullable;

/// What a binary operator makes of two samples of which at least one is a histogram, and what a
/// trim makes of any two.
final class HistogramOperators {
  private final BinaryOp op;
  private final Span span;
  private final QueryAnnotations remarks;
  private @Nullable Runnable @Nullable [] lastOfStep;

  HistogramOperators(BinaryOp op, Span span, QueryAnnotations remarks) {
    this.op = op;
    this.span = span;
    this.remarks = remarks;
  }

  /// A result.
  ///
  /// @param holds whether a comparison holds; true for other operators
  record Result(Histogram histogram, boolean holds) {}

  /// The result, or null where there is none: the sample is dropped with a remark.
  ///
  /// @param leftHistogram null where the left side is the float `left`
  /// @param rightHistogram null where the right side is the float `right`
  @Nullable Result apply(
      int step,
      int steps,
      double left,
      @Nullable Histogram leftHistogram,
      double right,
      @Nullable Histogram rightHistogram) {
    if (leftHistogram != null && rightHistogram != null) {
      switch (op) {
        case ADD, SUBTRACT -> {
          return combine(step, steps, leftHistogram, rightHistogram);
        }
        case EQUAL -> {
          return new Result(leftHistogram, leftHistogram.isSameAs(rightHistogram));
        }
        case NOT_EQUAL -> {
          return new Result(leftHistogram, !leftHistogram.isSameAs(rightHistogram));
        }
        case MULTIPLY,
            DIVIDE,
            MODULO,
            POWER,
            ATAN2,
            GREATER,
            LESS,
            GREATER_OR_EQUAL,
            LESS_OR_EQUAL,
            TRIM_UPPER,
            TRIM_LOWER,
            AND,
            OR,
            UNLESS -> {}
      }
    } else if (leftHistogram != null) {
      Histogram changed = change(leftHistogram, right);
      if (changed != null) {
        return new Result(changed, true);
      }
    } else if (rightHistogram != null && op == BinaryOp.MULTIPLY) {
      return new Result(rightHistogram.times(left).compacted(), true);
    }
    String leftType = typeName(leftHistogram);
    String rightType = typeName(rightHistogram);
    note(step, steps, () -> remarks.incompatibleTypes(leftType, op, rightType, span));
    return null;
  }

  private static String typeName(@Nullable Histogram histogram) {
    return histogram == null ? "float" : "histogram";
  }

  private @Nullable Histogram change(Histogram histogram, double right) {
    return switch (op) {
      case MULTIPLY -> histogram.times(right).compacted();
      case DIVIDE -> histogram.dividedBy(right).compacted();
      case TRIM_UPPER -> histogram.trimmed(Histogram.Trim.KEEP_BELOW, right);
      case TRIM_LOWER -> histogram.trimmed(Histogram.Trim.KEEP_ABOVE, right);
      case ADD,
          SUBTRACT,
          MODULO,
          POWER,
          ATAN2,
          EQUAL,
          NOT_EQUAL,
          GREATER,
          LESS,
          GREATER_OR_EQUAL,
          LESS_OR_EQUAL,
          AND,
          OR,
          UNLESS ->
          null;
    };
  }

  private @Nullable Result combine(int step, int steps, Histogram left, Histogram right) {
    var sum = new HistogramSum(left);
    if (!sum.accepts(right)) {
      note(step, steps, () -> remarks.incompatibleBuckets(op, span));
      return null;
    }
    boolean plus = op == BinaryOp.ADD;
    String operation = plus ? "addition" : "subtraction";
    if (plus) {
      sum.add(right);
    } else {
      sum.subtract(right);
    }
    if (sum.resetsCollide()) {
      // as in Prometheus, the warning takes the place of the result
      note(step, steps, () -> remarks.resetsCollide(operation, span));
      return null;
    }
    if (sum.boundsReconciled()) {
      note(step, steps, () -> remarks.boundsReconciled(operation, span));
    }
    Histogram result = sum.value().compacted();
    return new Result(plus ? result : result.withHint(ResetHint.GAUGE), true);
  }

  /// Of all remarks about a step, the last one stays.
  private void note(int step, int steps, Runnable remark) {
    if (lastOfStep == null) {
      lastOfStep = new @Nullable Runnable[steps];
    }
    lastOfStep[step] = remark;
  }

  /// Makes the remarks.
  void finish() {
    if (lastOfStep != null) {
      for (Runnable remark : lastOfStep) {
        if (remark != null) {
          remark.run();
        }
      }
    }
  }
}
