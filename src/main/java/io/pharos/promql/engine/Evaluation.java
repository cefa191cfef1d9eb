package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.promql.engine.cache.EvaluationCache;
import io.pharos.promql.engine.function.FunctionCalls;
import io.pharos.promql.engine.function.FunctionImplementation.OfWindows;
import io.pharos.promql.engine.function.HistogramStatistics;
import io.pharos.promql.engine.function.Operands;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.MatrixSource;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.Steps;
import io.pharos.promql.value.Value;
import io.pharos.storage.SampleWindow;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Evaluates an expression tree node by node, each node at all steps at once. The only class that
/// handles every type of node.
final class Evaluation implements Operands {
  /// Finds expressions with the same value at every step, so that they are evaluated once: all
  /// their selectors are fixed by `@`, and none of their functions depends on the evaluation time.
  /// As in Prometheus, the parameter of an aggregation is not examined: its value at the first step
  /// is used for all steps.
  private static final class StepInvariance {
    private final IdentityHashMap<Expr, Boolean> invariantByNode = new IdentityHashMap<>();

    boolean holds(Expr expr) {
      Boolean found = invariantByNode.get(expr);
      if (found == null) {
        found = judge(expr);
        invariantByNode.put(expr, found);
      }
      return found;
    }

    private boolean judge(Expr expr) {
      return switch (expr) {
        case Expr.NumberLiteral _, Expr.StringLiteral _ -> true;
        case Expr.VectorSelector selector -> selector.shift().at() != null;
        case Expr.MatrixSelector matrix -> holds(matrix.selector());
        case Expr.Subquery subquery -> subquery.shift().at() != null;
        case Expr.Paren _, Expr.Unary _, Expr.Binary _ -> childrenHold(expr);
        case Expr.Aggregate aggregate -> holds(aggregate.operand());
        // `info` reads info series at the time of a selector in its argument; without a selector,
        // at the evaluation time
        case Expr.Call call when call.function() == Function.INFO ->
            childrenHold(call) && call.arguments().getFirst().selectors().findAny().isPresent();
        case Expr.Call call -> !call.function().readsTime() && childrenHold(call);
      };
    }

    private boolean childrenHold(Expr expr) {
      return expr.children().stream().allMatch(this::holds);
    }
  }

  private final QueryContext context;
  private final @Nullable EvaluationCache cache;
  private final StepInvariance invariance = new StepInvariance();
  private final Selectors selectors;
  private final SmoothedSelectors smoothedSelectors;
  private final BinaryOperations binaryOperations;
  private final Aggregations aggregations;
  private final FunctionCalls calls;

  /// Creates an evaluation within a query.
  ///
  /// @param root the whole expression of the query
  /// @param cache cache for the caller's repeated queries, or null
  Evaluation(QueryContext context, Expr root, @Nullable EvaluationCache cache) {
    this.context = context;
    this.cache = cache;
    this.selectors = new Selectors(context, new HistogramStatistics(root), cache);
    this.smoothedSelectors = new SmoothedSelectors(context);
    this.binaryOperations = new BinaryOperations(context);
    this.aggregations = new Aggregations(context);
    this.calls = new FunctionCalls(context, this);
  }

  @Override
  public double[] scalar(Expr expr, Steps steps) {
    if (steps.count() > 1 && invariance.holds(expr)) {
      return FunctionCalls.constant(numbers(expr, steps.first())[0], steps);
    }
    return numbers(expr, steps);
  }

  private double[] numbers(Expr expr, Steps steps) {
    return switch (expr) {
      case Expr.NumberLiteral number -> FunctionCalls.constant(number.value(), steps);
      case Expr.Paren paren -> numbers(paren.inner(), steps);
      case Expr.Unary unary -> {
        double[] values = numbers(unary.operand(), steps);
        if (unary.sign() == Expr.Unary.Sign.MINUS) {
          Arrays.setAll(values, i -> -values[i]);
        }
        yield values;
      }
      case Expr.Binary binary -> {
        long bytesBefore = context.otherBytes();
        double[] left = numbers(binary.left(), steps);
        context.holdScalar(steps.count());
        double[] right = numbers(binary.right(), steps);
        context.holdScalar(steps.count());
        context.releaseOtherBytes(bytesBefore);
        Arrays.setAll(left, i -> BinaryOperations.apply(binary.op(), left[i], right[i]));
        yield left;
      }
      case Expr.Call call -> calls.numbers(call, steps);
      case Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.MatrixSelector _,
          Expr.Subquery _,
          Expr.Aggregate _ ->
          throw new IllegalStateException(expr + " is not a scalar");
    };
  }

  /// Evaluates a vector expression. Then counts the result as memory of the query, and no longer
  /// counts the intermediate values.
  @Override
  public Columns vector(Expr expr, Steps steps) {
    if (steps.count() == 0) {
      return Columns.empty(0);
    }
    if (steps.isRange() && invariance.holds(expr)) {
      Columns once = vector(expr, steps.first());
      context.hold(once.samples() * (steps.count() - 1));
      return once.repeated(steps.count());
    }
    context.checkTime();
    long heldBefore = context.held();
    long otherBytesBefore = context.otherBytes();
    Columns result =
        cache == null
            ? evaluate(expr, steps)
            : cache.shared().of(context, expr, steps, () -> evaluate(expr, steps));
    context.release(heldBefore);
    context.releaseOtherBytes(otherBytesBefore);
    context.hold(result.samples());
    context.holdRows(result.rows());
    return result;
  }

  private Columns evaluate(Expr expr, Steps steps) {
    return switch (expr) {
      case Expr.VectorSelector selector when selector.edges() == Expr.Edges.SMOOTHED ->
          smoothedSelectors.read(selector, steps);
      case Expr.VectorSelector selector -> instant(selector, Reading.VALUE, steps);
      case Expr.Paren paren -> vector(paren.inner(), steps);
      case Expr.Unary unary -> unary(unary, steps);
      case Expr.Binary binary -> binary(binary, steps);
      case Expr.Aggregate aggregate -> aggregate(aggregate, steps);
      case Expr.Call call -> calls.call(call, steps);
      case Expr.NumberLiteral _, Expr.StringLiteral _, Expr.MatrixSelector _, Expr.Subquery _ ->
          throw new IllegalStateException(expr + " is not an instant vector");
    };
  }

  @Override
  public Columns instant(Expr.VectorSelector selector, Reading reading, Steps steps) {
    return selectors.instant(selector, reading, steps);
  }

  @Override
  public Optional<Columns> cached(Expr.Call call, OfWindows function, Steps steps) {
    return cache == null ? Optional.empty() : cache.call(context, call, function, steps);
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
          aggregate, vector(aggregate.operand(), steps), FunctionCalls.string(parameter));
    }
    Columns folded = folded(aggregate, steps);
    if (folded != null) {
      return folded;
    }
    double[] parameters = parameter == null ? new double[0] : scalar(parameter, steps);
    return aggregations.aggregate(aggregate, vector(aggregate.operand(), steps), parameters);
  }

  /// Evaluates an aggregation without storing its input: each series is computed and added to its
  /// group. Returns null if the input must be stored.
  private @Nullable Columns folded(Expr.Aggregate aggregate, Steps steps) {
    if (cache != null
        || !(aggregate.operand().unwrapped() instanceof Expr.Call call)
        || !calls.canComputeRows(call)) {
      return null;
    }
    GroupedRows rows = aggregations.rows(aggregate, steps.count(), calls.keepsNames(call));
    if (rows == null) {
      return null;
    }
    long readBefore = context.samplesRead();
    if (calls.rows(call, steps, rows)) {
      return rows.columns();
    }
    context.resetSamplesRead(readBefore);
    return null;
  }

  @Override
  public MatrixSource matrix(Expr expr, Steps steps) {
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
          throw new IllegalStateException(expr + " is not a range vector");
    };
  }

  /// Returns the samples of a range vector expression at the only step.
  Value window(Expr expr, Steps steps) {
    MatrixSource source = matrix(expr, steps);
    return calls
        .extendedWindow(expr, source, steps)
        .orElseGet(() -> Results.window(source, context));
  }

  private MatrixSource subquery(Expr.Subquery subquery, Steps steps) {
    long range = context.positiveMillis(subquery.range());
    long step =
        subquery.step() == null
            ? context.options().defaultSubqueryStep().toMillis()
            : context.positiveMillis(subquery.step());
    long rangeStart = context.reference(subquery.shift(), steps.startMillis()) - range;
    long end = context.reference(subquery.shift(), steps.lastMillis());
    // inner times are multiples of the step, independent of the outer evaluation time
    long start = Math.floorDiv(rangeStart, step) * step + step;
    context.requireSteps(start, end, step);
    Steps inner = Steps.between(start, end, step);
    Columns columns = vector(subquery.inner(), inner);
    return new MatrixSource(
        columns.rows(),
        columns::labels,
        columns::nameDropped,
        (row, window) -> load(columns, row, inner, window),
        i -> context.reference(subquery.shift(), steps.at(i)),
        range);
  }

  private static void load(Columns columns, int row, Steps steps, SampleWindow window) {
    for (int step = 0; step < steps.count(); step++) {
      if (columns.has(row, step)) {
        Histogram histogram = columns.histogram(row, step);
        if (histogram == null) {
          window.add(steps.at(step), columns.value(row, step));
        } else {
          window.add(steps.at(step), withoutResetHint(histogram));
        }
      }
    }
  }

  /* A subquery may skip or repeat samples, so a hint about a reset since the previous sample no
   * longer applies. */
  private static Histogram withoutResetHint(Histogram histogram) {
    return switch (histogram.hint()) {
      case RESET, NOT_RESET -> histogram.withHint(ResetHint.UNKNOWN);
      case UNKNOWN, GAUGE -> histogram;
    };
  }
}
