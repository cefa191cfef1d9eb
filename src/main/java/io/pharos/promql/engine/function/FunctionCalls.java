package io.pharos.promql.engine.function;

import io.pharos.model.GoFloat;
import io.pharos.model.GoMath;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.engine.function.FunctionImplementation.OfFloats;
import io.pharos.promql.engine.function.FunctionImplementation.OfHistograms;
import io.pharos.promql.engine.function.FunctionImplementation.OfScalars;
import io.pharos.promql.engine.function.FunctionImplementation.OfVectors;
import io.pharos.promql.engine.function.FunctionImplementation.OfWindows;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.MatrixSource;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import io.pharos.promql.engine.query.RowSink;
import io.pharos.promql.engine.query.Steps;
import io.pharos.promql.value.Value;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Evaluates calls of functions.
public final class FunctionCalls {
  private final QueryContext context;
  private final Operands operands;
  private final RangeFunctions rangeFunctions;
  private final ExtendedRanges extendedRanges;
  private final HistogramQuantile histograms;
  private final Sorting sorting;

  /// Creates an evaluator of calls within a query.
  ///
  /// @param operands evaluates the arguments
  public FunctionCalls(QueryContext context, Operands operands) {
    this.context = context;
    this.operands = operands;
    this.rangeFunctions = new RangeFunctions(context);
    this.extendedRanges = new ExtendedRanges(context, rangeFunctions);
    this.histograms = new HistogramQuantile(context);
    this.sorting = new Sorting(context);
  }

  /// Evaluates a call whose result is an instant vector.
  public Columns call(Expr.Call call, Steps steps) {
    return switch (FunctionTable.of(call.function())) {
      case OfFloats(var function) ->
          mapFloats(vectorOrTime(call, steps), (value, _) -> function.applyAsDouble(value));
      case OfHistograms(var function, _) -> mapHistograms(vector(call, 0, steps), function);
      case OfWindows function -> overWindow(call, function, steps);
      case OfVectors(var function, _) -> function.apply(this, call, steps);
      case OfScalars _ ->
          throw new IllegalStateException(
              call.function().symbol() + " does not return an instant vector");
    };
  }

  /// Evaluates a call whose result is a scalar: one value per step.
  public double[] numbers(Expr.Call call, Steps steps) {
    if (FunctionTable.of(call.function()) instanceof OfScalars(var function)) {
      return function.apply(this, call, steps);
    }
    throw new IllegalStateException(call.function().symbol() + " does not return a scalar");
  }

  /// Returns the start of the query in Unix seconds.
  double start() {
    return context.steps().startMillis() / 1000.0;
  }

  /// Returns the end of the query in Unix seconds.
  double end() {
    return context.steps().endMillis() / 1000.0;
  }

  /// Returns the step of the query in seconds; 0 for an instant query.
  double step() {
    return end() == start() ? 0 : context.steps().stepMillis() / 1000.0;
  }

  /// Applies a function of two numbers to the arguments of a call at each step.
  double[] combine(Expr.Call call, DoubleBinaryOperator function, Steps steps) {
    double[] left = scalar(call, 0, steps);
    double[] right = scalar(call, 1, steps);
    Arrays.setAll(left, i -> function.applyAsDouble(left[i], right[i]));
    return left;
  }

  /// Evaluates `scalar`: returns the float of each step if exactly one series has a float, or NaN.
  double[] single(Expr.Call call, Steps steps) {
    Columns vector = vector(call, 0, steps);
    double[] values = new double[steps.count()];
    for (int step = 0; step < values.length; step++) {
      int floats = 0;
      double value = Double.NaN;
      for (int row = 0; row < vector.rows(); row++) {
        if (vector.hasFloat(row, step)) {
          floats++;
          value = vector.value(row, step);
        }
      }
      values[step] = floats == 1 ? value : Double.NaN;
    }
    return values;
  }

  static double[] times(Steps steps) {
    double[] values = new double[steps.count()];
    Arrays.setAll(values, step -> steps.at(step) / 1000.0);
    return values;
  }

  /// Returns an array with the same number for each step.
  public static double[] constant(double value, Steps steps) {
    double[] values = new double[steps.count()];
    Arrays.fill(values, value);
    return values;
  }

  private Columns vector(Expr.Call call, int argument, Steps steps) {
    return operands.vector(call.arguments().get(argument), steps);
  }

  double[] scalar(Expr.Call call, int argument, Steps steps) {
    return operands.scalar(call.arguments().get(argument), steps);
  }

  private static Span place(Expr.Call call, int argument) {
    return QueryAnnotations.place(call.arguments().get(argument));
  }

  /// Returns the text of a string expression.
  public static String string(Expr expr) {
    if (expr.unwrapped() instanceof Expr.StringLiteral literal) {
      return literal.value();
    }
    throw new IllegalStateException(expr + " is not a string");
  }

  private static String string(Expr.Call call, int argument) {
    return string(call.arguments().get(argument));
  }

  private static List<String> strings(Expr.Call call, int from) {
    return call.arguments().stream().skip(from).map(FunctionCalls::string).toList();
  }

  private Columns overWindow(Expr.Call call, OfWindows function, Steps steps) {
    Optional<Columns> cached = operands.cached(call, function, steps);
    if (cached.isPresent()) {
      rangeFunctions.remark(call, function, cached.get());
      return cached.get();
    }
    Expr matrix = matrix(call);
    List<double[]> scalars = scalars(call, steps);
    MatrixSource source = operands.matrix(matrix, steps);
    Expr.MatrixSelector extended = ExtendedRanges.of(matrix);
    if (extended != null) {
      return extendedRanges.apply(call, function, extended, source, steps);
    }
    return rangeFunctions.apply(
        call, function, source, scalars, QueryAnnotations.place(matrix), steps);
  }

  /// Returns the samples of a range at the only step if its edges are `anchored` or `smoothed`;
  /// empty for other ranges.
  public Optional<Value> extendedWindow(Expr range, MatrixSource source, Steps steps) {
    return Optional.ofNullable(ExtendedRanges.of(range))
        .map(extended -> extendedRanges.window(extended, source, steps));
  }

  private static Expr matrix(Expr.Call call) {
    return call.arguments().stream()
        .filter(one -> one.type() == ValueType.MATRIX)
        .findFirst()
        .orElseGet(call.arguments()::getFirst);
  }

  private List<double[]> scalars(Expr.Call call, Steps steps) {
    return call.arguments().stream()
        .filter(one -> one.type() != ValueType.MATRIX)
        .map(one -> operands.scalar(one, steps))
        .toList();
  }

  /// Returns whether [#rows] can compute the rows of a call one by one: the function is applied to
  /// the windows of a range selector, and needs neither samples around the range nor start
  /// timestamps.
  public boolean canComputeRows(Expr.Call call) {
    return !context.options().startTimestamps()
        && FunctionTable.of(call.function()) instanceof OfWindows
        && matrix(call).unwrapped() instanceof Expr.MatrixSelector selector
        && selector.selector().edges() == Expr.Edges.PLAIN;
  }

  /// Returns whether the result of a call keeps the metric names. Names that are dropped at the end
  /// of the evaluation count as kept.
  public boolean keepsNames(Expr.Call call) {
    return context.options().delayedNameRemoval()
        || (FunctionTable.of(call.function()) instanceof OfWindows function
            && function.has(FunctionImplementation.Trait.KEEPS_NAME));
  }

  /// Computes the rows of a call for which [#canComputeRows] returned true, and passes them to a
  /// sink.
  ///
  /// @return false if the sink rejected a row
  public boolean rows(Expr.Call call, Steps steps, RowSink sink) {
    if (!(FunctionTable.of(call.function()) instanceof OfWindows function)) {
      throw new IllegalStateException(call + " has no range argument");
    }
    Expr matrix = matrix(call);
    return rangeFunctions.rows(
        call,
        function,
        operands.matrix(matrix, steps),
        scalars(call, steps),
        QueryAnnotations.place(matrix),
        steps,
        sink);
  }

  /// Returns the vector argument of a date function, or the evaluation time as a vector if the call
  /// has no argument.
  private Columns vectorOrTime(Expr.Call call, Steps steps) {
    if (!call.arguments().isEmpty()) {
      return vector(call, 0, steps);
    }
    return new Columns(new Labels[] {Labels.empty()}, new boolean[1], steps.count(), times(steps));
  }

  /// Returns the float for a cell at a step, or [Columns#ABSENT].
  @FunctionalInterface
  private interface CellFunction {
    double apply(double value, int step);
  }

  /// Applies a function to the float of each cell and drops metric names. Cells with histograms
  /// have no result.
  private Columns mapFloats(Columns input, CellFunction change) {
    var builder = new ColumnsBuilder(input.steps(), input.rows());
    for (int row = 0; row < input.rows(); row++) {
      int target = builder.row(context.dropName(input.labels(row)), true);
      for (int step = 0; step < input.steps(); step++) {
        if (input.hasFloat(row, step)) {
          double value = change.apply(input.value(row, step), step);
          if (!Columns.isAbsent(value)) {
            builder.add(target, step, value);
          }
        }
      }
    }
    return builder.build();
  }

  /// Applies a function to the histogram of each cell and drops metric names. Cells with floats
  /// have no result.
  private Columns mapHistograms(Columns input, ToDoubleFunction<Histogram> change) {
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

  private static boolean[] presence(Columns vector) {
    var present = new boolean[vector.steps()];
    for (int row = 0; row < vector.rows(); row++) {
      for (int step = 0; step < vector.steps(); step++) {
        present[step] |= vector.has(row, step);
      }
    }
    return present;
  }

  Columns absent(Expr.Call call, Steps steps) {
    return absent(call, presence(vector(call, 0, steps)), steps);
  }

  Columns absentOverTime(Expr.Call call, Steps steps) {
    Optional<Columns> cached = operands.cached(call, FunctionTable.PRESENCE, steps);
    if (cached.isPresent()) {
      return absent(call, new boolean[] {cached.get().rows() > 0}, steps);
    }
    Expr range = call.arguments().getFirst();
    MatrixSource source = operands.matrix(range, steps);
    ExtendedRanges.requireAllowed(call.function(), range);
    return absent(call, rangeFunctions.present(source, steps), steps);
  }

  private static Columns absent(Expr.Call call, boolean[] present, Steps steps) {
    var builder = new ColumnsBuilder(steps.count());
    int row = builder.row(absentLabels(call.arguments().getFirst()), false);
    for (int step = 0; step < steps.count(); step++) {
      if (!present[step]) {
        builder.set(row, step, 1);
      }
    }
    return builder.build();
  }

  /// Returns the labels of the result of `absent`: the labels of the selector that have an `=`
  /// matcher and no other matcher.
  private static Labels absentLabels(Expr expr) {
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

  Columns clamp(Expr.Call call, double @Nullable [] low, double @Nullable [] high, Steps steps) {
    return mapFloats(
        vector(call, 0, steps),
        (value, step) -> {
          if (low != null && high != null && high[step] < low[step]) {
            return Columns.ABSENT;
          }
          double capped = high == null ? value : GoMath.min(high[step], value);
          return low == null ? capped : GoMath.max(low[step], capped);
        });
  }

  Columns round(Expr.Call call, Steps steps) {
    double[] nearest = call.arguments().size() > 1 ? scalar(call, 1, steps) : constant(1, steps);
    return mapFloats(
        vector(call, 0, steps),
        (value, step) -> {
          // dividing by the inverse is more accurate: 0.1 is inexact, but its inverse is exactly 10
          double inverse = 1 / nearest[step];
          return Math.floor(value * inverse + 0.5) / inverse;
        });
  }

  Columns histogramQuantile(Expr.Call call, Steps steps) {
    return histograms.quantile(
        scalar(call, 0, steps), place(call, 0), vector(call, 1, steps), place(call, 1), steps);
  }

  Columns histogramFraction(Expr.Call call, Steps steps) {
    return histograms.fraction(
        scalar(call, 0, steps),
        scalar(call, 1, steps),
        vector(call, 2, steps),
        place(call, 2),
        steps);
  }

  Columns histogramQuantiles(Expr.Call call, Steps steps) {
    Columns input = vector(call, 0, steps);
    String label = string(call, 1);
    var builder = new ColumnsBuilder(steps.count());
    for (int i = 2; i < call.arguments().size(); i++) {
      double[] quantiles = scalar(call, i, steps);
      Columns result = histograms.quantile(quantiles, place(call, i), input, place(call, 0), steps);
      for (int row = 0; row < result.rows(); row++) {
        for (int step = 0; step < steps.count(); step++) {
          if (result.has(row, step)) {
            if (result.labels(row).has(label)) {
              throw QueryErrors.execution("conflicting label \"" + label + "\" found in vector");
            }
            Labels labels = result.labels(row).with(label, quantileLabel(quantiles[step]));
            int target = builder.row(labels, result.nameDropped(row));
            builder.add(target, step, result.value(row, step));
          }
        }
      }
    }
    return builder.build();
  }

  /// Formats a quantile as in OpenMetrics: whole numbers end with `.0`.
  private static String quantileLabel(double quantile) {
    String text = GoFloat.general(quantile);
    boolean whole = text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
    return whole ? text + ".0" : text;
  }

  Columns labelReplace(Expr.Call call, Steps steps) {
    return LabelFunctions.replace(
        () -> vector(call, 0, steps),
        string(call, 1),
        string(call, 2),
        string(call, 3),
        string(call, 4));
  }

  Columns labelJoin(Expr.Call call, Steps steps) {
    return LabelFunctions.join(
        () -> vector(call, 0, steps), string(call, 1), string(call, 2), strings(call, 3));
  }

  Columns sort(Expr.Call call, boolean descending, Steps steps) {
    return sorting.byValue(call, vector(call, 0, steps), descending, steps);
  }

  Columns sortByLabels(Expr.Call call, boolean descending, Steps steps) {
    return sorting.byLabels(call, vector(call, 0, steps), strings(call, 1), descending, steps);
  }

  Columns vectorOf(Expr.Call call, Steps steps) {
    return new Columns(
        new Labels[] {Labels.empty()}, new boolean[1], steps.count(), scalar(call, 0, steps));
  }

  Columns info(Expr.Call call, Steps steps) {
    Expr argument = call.arguments().getFirst();
    return new InfoJoin(context, call).join(operands.vector(argument, steps), argument, steps);
  }

  /// Returns the start timestamps of samples in seconds. Only samples of a selector have start
  /// timestamps.
  Columns startTimestamp(Expr.Call call, Steps steps) {
    return context.options().startTimestamps()
            && call.arguments().getFirst().unwrapped() instanceof Expr.VectorSelector selector
        ? read(selector, Operands.Reading.START, steps)
        : Columns.empty(steps.count());
  }

  private Columns read(Expr.VectorSelector selector, Operands.Reading reading, Steps steps) {
    return mapFloats(operands.instant(selector, reading, steps), (value, _) -> value);
  }

  Columns timestamp(Expr.Call call, Steps steps) {
    if (call.arguments().getFirst().unwrapped() instanceof Expr.VectorSelector selector) {
      return read(selector, Operands.Reading.TIME, steps);
    }
    Columns input = vector(call, 0, steps);
    var builder = new ColumnsBuilder(input.steps(), input.rows());
    for (int row = 0; row < input.rows(); row++) {
      int target = builder.row(context.dropName(input.labels(row)), true);
      for (int step = 0; step < input.steps(); step++) {
        if (input.has(row, step)) {
          builder.add(target, step, steps.at(step) / 1000.0);
        }
      }
    }
    return builder.build();
  }
}
