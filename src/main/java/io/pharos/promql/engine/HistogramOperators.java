package io.pharos.promql.engine;

import io.pharos.model.Quoted;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.query.QueryAnnotations;
import org.jspecify.annotations.Nullable;

/// Applies binary operators to a histogram and another sample, and trim operators to any samples.
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

  /// The result of an operator.
  ///
  /// @param holds whether a comparison is true; always true for other operators
  record Result(Histogram histogram, boolean holds) {}

  /// Returns the result. If the operator has none, adds an annotation with the reason and returns
  /// null.
  ///
  /// @param leftHistogram null if the left side is the float `left`
  /// @param rightHistogram null if the right side is the float `right`
  @Nullable Result apply(
      int step,
      int steps,
      double left,
      @Nullable Histogram leftHistogram,
      double right,
      @Nullable Histogram rightHistogram) {
    if (leftHistogram != null && rightHistogram != null) {
      if (op == BinaryOp.ADD || op == BinaryOp.SUBTRACT) {
        return combine(step, steps, leftHistogram, rightHistogram);
      }
      if (op == BinaryOp.EQUAL || op == BinaryOp.NOT_EQUAL) {
        boolean same = leftHistogram.isSameAs(rightHistogram);
        return new Result(leftHistogram, same == (op == BinaryOp.EQUAL));
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
    String symbol = op.symbol();
    note(
        step,
        steps,
        () ->
            remarks.info(
                "incompatible sample types encountered for binary operator %s: %s"
                    .formatted(Quoted.of(symbol), String.join(" ", leftType, symbol, rightType)),
                span));
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
      default -> null;
    };
  }

  private @Nullable Result combine(int step, int steps, Histogram left, Histogram right) {
    var sum = new HistogramSum(left);
    if (!sum.accepts(right)) {
      String message = "incompatible bucket layout encountered for binary operator " + op.symbol();
      note(step, steps, () -> remarks.warn(message, span));
      return null;
    }
    boolean isAddition = op == BinaryOp.ADD;
    String operation = isAddition ? "addition" : "subtraction";
    if (isAddition) {
      sum.add(right);
    } else {
      sum.subtract(right);
    }
    if (sum.resetsCollide()) {
      // as in Prometheus, the query gets a warning instead of a result
      note(step, steps, () -> remarks.resetsCollide(operation, span));
      return null;
    }
    if (sum.boundsReconciled()) {
      note(step, steps, () -> remarks.boundsReconciled(operation, span));
    }
    Histogram result = sum.value().compacted();
    return new Result(isAddition ? result : result.withHint(ResetHint.GAUGE), true);
  }

  /// Stores the annotation of a step until [#finish]; a later annotation of the same step replaces
  /// it.
  private void note(int step, int steps, Runnable remark) {
    if (lastOfStep == null) {
      lastOfStep = new @Nullable Runnable[steps];
    }
    lastOfStep[step] = remark;
  }

  /// Adds the stored annotations.
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
