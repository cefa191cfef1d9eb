package io.pharos.promql.engine;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.promql.value.Value;
import java.util.Arrays;
import java.util.HashSet;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Evaluates an expression tree node by node, each over all steps. The only class that handles
/// every node type.
final class Evaluation {
  private final QueryContext context;
  private final StepInvariance invariance = new StepInvariance();
  private final Selectors selectors;
  private final SmoothedSelectors smoothedSelectors;
  private final ScalarEvaluation scalars;
  private final BinaryOperations binaryOperations;
  private final Aggregations aggregations;
  private final FunctionCalls calls;

  /// @param root the whole expression of the query
  Evaluation(QueryContext context, Expr root) {
    this.context = context;
    this.selectors = new Selectors(context, new HistogramStatistics(root));
    this.smoothedSelectors = new SmoothedSelectors(context);
    this.scalars = new ScalarEvaluation(context, this);
    this.binaryOperations = new BinaryOperations(context);
    this.aggregations = new Aggregations(context);
    this.calls = new FunctionCalls(context, this, selectors);
  }

  /// Evaluates a scalar expression into a new array.
  double[] scalar(Expr expr, Steps steps) {
    if (steps.count() > 1 && invariance.holds(expr)) {
      double[] values = new double[steps.count()];
      Arrays.fill(values, scalars.evaluate(expr, steps.first())[0]);
      return values;
    }
    return scalars.evaluate(expr, steps);
  }

  /// Evaluates a vector expression. Intermediate memory is released; the result is counted as held.
  Columns vector(Expr expr, Steps steps) {
    if (steps.count() == 0) {
      return Columns.empty(0);
    }
    if (steps.isRange() && invariance.holds(expr)) {
      Columns once = vector(expr, steps.first());
      context.hold(once.samples() * (steps.count() - 1));
      return once.repeated(steps.count());
    }
    context.checkTime();
    long before = context.held();
    long besides = context.besides();
    EvaluationCache kept = context.kept();
    Columns result =
        kept == null
            ? evaluate(expr, steps)
            : kept.shared().of(context, expr, steps, () -> evaluate(expr, steps));
    context.release(before);
    context.releaseBesides(besides);
    context.hold(result.samples());
    context.holdRows(result.rows());
    return result;
  }

  private Columns evaluate(Expr expr, Steps steps) {
    return switch (expr) {
      case Expr.VectorSelector selector -> instant(selector, steps);
      case Expr.Paren paren -> vector(paren.inner(), steps);
      case Expr.Unary unary -> unary(unary, steps);
      case Expr.Binary binary -> binary(binary, steps);
      case Expr.Aggregate aggregate -> aggregate(aggregate, steps);
      case Expr.Call call -> calls.call(call, steps);
      case Expr.NumberLiteral _, Expr.StringLiteral _, Expr.MatrixSelector _, Expr.Subquery _ ->
          throw new IllegalStateException(expr + " is no instant vector");
    };
  }

  private Columns instant(Expr.VectorSelector selector, Steps steps) {
    return switch (selector.edges()) {
      case PLAIN, ANCHORED -> selectors.instant(selector, steps, Selectors.Reading.VALUE);
      case SMOOTHED -> smoothedSelectors.read(selector, steps);
    };
  }

  private Columns unary(Expr.Unary unary, Steps steps) {
    Columns operand = vector(unary.operand(), steps);
    return switch (unary.sign()) {
      case PLUS -> operand;
      case MINUS -> negated(operand);
    };
  }

  private Columns negated(Columns input) {
    var builder = new ColumnsBuilder(input.steps(), input.rows());
    for (int row = 0; row < input.rows(); row++) {
      int target = builder.row(context.dropName(input.labels(row)), true);
      for (int step = 0; step < input.steps(); step++) {
        Histogram histogram = input.histogram(row, step);
        if (histogram != null) {
          builder.add(target, step, histogram.times(-1).compacted());
        } else if (input.has(row, step)) {
          builder.add(target, step, -input.value(row, step));
        }
      }
    }
    return builder.build();
  }

  /// Maps histograms to floats and drops metric names. Floats have no result.
  Columns mapHistograms(Columns input, ToDoubleFunction<Histogram> change) {
    var builder = new ColumnsBuilder(input.steps());
    for (int row = 0; input.hasHistograms() && row < input.rows(); row++) {
      int target = builder.row(context.dropName(input.labels(row)), true);
      for (int step = 0; step < input.steps(); step++) {
        Histogram histogram = input.histogram(row, step);
        if (histogram != null) {
          builder.add(target, step, change.applyAsDouble(histogram));
        }
      }
    }
    return builder.build();
  }

  /// Maps floats and drops metric names. Histograms have no result.
  Columns mapDroppingName(Columns input, DoubleUnaryOperator change) {
    var builder = new ColumnsBuilder(input.steps(), input.rows());
    for (int row = 0; row < input.rows(); row++) {
      int target = builder.row(context.dropName(input.labels(row)), true);
      for (int step = 0; step < input.steps(); step++) {
        if (input.hasFloat(row, step)) {
          builder.add(target, step, change.applyAsDouble(input.value(row, step)));
        }
      }
    }
    return builder.build();
  }

  private Columns binary(Expr.Binary binary, Steps steps) {
    boolean leftScalar = binary.left().type() == ValueType.SCALAR;
    boolean rightScalar = binary.right().type() == ValueType.SCALAR;
    if (leftScalar) {
      double[] values = scalar(binary.left(), steps);
      context.holdScalar(steps.count());
      return binaryOperations.vectorScalar(binary, vector(binary.right(), steps), values, true);
    }
    Columns left = vector(binary.left(), steps);
    if (rightScalar) {
      return binaryOperations.vectorScalar(binary, left, scalar(binary.right(), steps), false);
    }
    VectorMatching matching = binary.matching();
    return binaryOperations.vectors(
        binary,
        matching == null ? VectorMatching.oneToOne() : matching,
        left,
        vector(binary.right(), steps));
  }

  private Columns aggregate(Expr.Aggregate aggregate, Steps steps) {
    Expr parameter = aggregate.parameter();
    if (aggregate.op() == AggregateOp.COUNT_VALUES && parameter != null) {
      return aggregations.countValues(
          aggregate, vector(aggregate.operand(), steps), string(parameter));
    }
    Columns folded = folded(aggregate, steps);
    if (folded != null) {
      return folded;
    }
    double[] parameters = parameter == null ? new double[0] : scalar(parameter, steps);
    return aggregations.aggregate(aggregate, vector(aggregate.operand(), steps), parameters);
  }

  /// Evaluates an aggregation without materializing its input: each series is computed and added to
  /// its group. Null if that is not possible.
  private @Nullable Columns folded(Expr.Aggregate aggregate, Steps steps) {
    if (!(aggregate.operand().unwrapped() instanceof Expr.Call call) || !calls.givesRows(call)) {
      return null;
    }
    GroupedRows rows = aggregations.rows(aggregate, steps.count(), calls.namesStay(call));
    if (rows == null) {
      return null;
    }
    long touched = context.touched();
    if (calls.rows(call, steps, rows)) {
      return rows.columns();
    }
    context.touchedOnly(touched);
    return null;
  }

  /// Returns the text of a string expression.
  static String string(Expr expr) {
    if (expr.unwrapped() instanceof Expr.StringLiteral literal) {
      return literal.value();
    }
    throw new IllegalStateException(expr + " is no string");
  }

  /// Returns the source of a range vector expression.
  MatrixSource matrix(Expr expr, Steps steps) {
    return switch (expr) {
      case Expr.Paren paren -> matrix(paren.inner(), steps);
      case Expr.MatrixSelector selector -> selectors.range(selector, steps);
      case Expr.Subquery subquery -> subquery(subquery, steps);
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.Unary _,
          Expr.Binary _,
          Expr.Aggregate _,
          Expr.Call _ ->
          throw new IllegalStateException(expr + " is no range vector");
    };
  }

  /// Returns the samples of a range vector expression at the only step.
  Value window(Expr expr, Steps steps) {
    MatrixSource source = matrix(expr, steps);
    Expr.MatrixSelector extended = ExtendedRanges.of(expr);
    return extended == null
        ? Results.window(source, context)
        : calls.extendedRanges().window(extended, source, steps);
  }

  private MatrixSource subquery(Expr.Subquery subquery, Steps steps) {
    long range = context.positiveMillis(subquery.range());
    long step =
        subquery.step() == null
            ? context.options().defaultSubqueryStep().toMillis()
            : context.positiveMillis(subquery.step());
    long after = context.reference(subquery.shift(), steps.startMillis()) - range;
    long end = context.reference(subquery.shift(), steps.lastMillis());
    // inner times are multiples of the step, independent of the outer time
    long start = Math.floorDiv(after, step) * step + step;
    context.requireSteps(start, end, step);
    Steps inner = Steps.between(start, end, step);
    Columns columns = vector(subquery.inner(), inner);
    return new SubqueryMatrix(
        columns, inner, range, i -> context.reference(subquery.shift(), steps.at(i)));
  }

  /// Returns the labels of a vector for missing series: those fixed by the selector's `=` matchers.
  static Labels absentLabels(Expr expr) {
    Expr inner =
        expr.unwrapped() instanceof Expr.MatrixSelector matrix
            ? matrix.selector()
            : expr.unwrapped();
    if (!(inner instanceof Expr.VectorSelector selector)) {
      return Labels.empty();
    }
    Labels.Builder labels = Labels.builder();
    var seen = new HashSet<String>();
    for (var matcher : selector.matchers()) {
      if (matcher.name().equals(Labels.METRIC_NAME)) {
        continue;
      }
      boolean equal = matcher.type() == LabelMatcher.Type.EQUAL;
      if (equal && seen.add(matcher.name())) {
        labels.set(matcher.name(), matcher.value());
      } else {
        labels.remove(matcher.name());
      }
    }
    return labels.build();
  }
}
