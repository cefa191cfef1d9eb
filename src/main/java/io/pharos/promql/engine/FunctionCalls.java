package io.pharos.promql.engine;

import io.pharos.model.GoFloat;
import io.pharos.model.GoMath;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.engine.FunctionImplementation.OfFloats;
import io.pharos.promql.engine.FunctionImplementation.OfHistograms;
import io.pharos.promql.engine.FunctionImplementation.OfScalars;
import io.pharos.promql.engine.FunctionImplementation.OfVectors;
import io.pharos.promql.engine.FunctionImplementation.OfWindows;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Calls of functions that return an instant vector.
final class FunctionCalls {
  private final QueryContext context;
  private final Evaluation evaluation;
  private final Selectors selectors;
  private final RangeFunctions rangeFunctions;
  private final ExtendedRanges extendedRanges;
  private final HistogramQuantile histograms;
  private final Sorting sorting;

  FunctionCalls(QueryContext context, Evaluation evaluation, Selectors selectors) {
    this.context = context;
    this.evaluation = evaluation;
    this.selectors = selectors;
    this.rangeFunctions = new RangeFunctions(context);
    this.extendedRanges = new ExtendedRanges(context, rangeFunctions);
    this.histograms = new HistogramQuantile(context);
    this.sorting = new Sorting(context);
  }

  ExtendedRanges extendedRanges() {
    return extendedRanges;
  }

  Columns call(Expr.Call call, Steps steps) {
    return switch (FunctionTable.of(call.function())) {
      case OfFloats(var function) ->
          evaluation.mapDroppingName(vectorOrTime(call, steps), function);
      case OfHistograms(var function, _) ->
          evaluation.mapHistograms(vector(call, 0, steps), function);
      case OfWindows function -> overWindow(call, function, steps);
      case OfVectors(var function, _) -> function.apply(this, call, steps);
      case OfScalars _ ->
          throw new IllegalStateException(call.function().symbol() + " gives no instant vector");
    };
  }

  private Columns vector(Expr.Call call, int argument, Steps steps) {
    return evaluation.vector(call.arguments().get(argument), steps);
  }

  double[] scalar(Expr.Call call, int argument, Steps steps) {
    return evaluation.scalar(call.arguments().get(argument), steps);
  }

  private static Span place(Expr.Call call, int argument) {
    return QueryAnnotations.place(call.arguments().get(argument));
  }

  private static String string(Expr.Call call, int argument) {
    return Evaluation.string(call.arguments().get(argument));
  }

  private static List<String> strings(Expr.Call call, int from) {
    return call.arguments().stream().skip(from).map(Evaluation::string).toList();
  }

  private Columns overWindow(Expr.Call call, OfWindows function, Steps steps) {
    EvaluationCache kept = context.kept();
    if (kept != null) {
      Optional<Columns> known = kept.call(context, call, function, steps);
      if (known.isPresent()) {
        rangeFunctions.remark(call, function, known.get());
        return known.get();
      }
    }
    Expr matrix = matrix(call);
    List<double[]> scalars = scalars(call, steps);
    MatrixSource source = evaluation.matrix(matrix, steps);
    Expr.MatrixSelector extended = ExtendedRanges.of(matrix);
    if (extended != null) {
      return extendedRanges.apply(call, function, extended, source, steps);
    }
    return rangeFunctions.apply(
        call, function, source, scalars, QueryAnnotations.place(matrix), steps);
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
        .map(one -> evaluation.scalar(one, steps))
        .toList();
  }

  /// Whether the rows of a call can be produced one by one: it reads windows of the store and
  /// caches nothing.
  boolean givesRows(Expr.Call call) {
    return context.kept() == null
        && !context.options().startTimestamps()
        && FunctionTable.of(call.function()) instanceof OfWindows
        && matrix(call).unwrapped() instanceof Expr.MatrixSelector selector
        && selector.selector().edges() == Expr.Edges.PLAIN;
  }

  /// Whether the rows of a call keep the labels of their series.
  boolean namesStay(Expr.Call call) {
    return context.options().delayedNameRemoval()
        || (FunctionTable.of(call.function()) instanceof OfWindows function
            && function.has(FunctionImplementation.Trait.KEEPS_NAME));
  }

  /// Produces the rows of a call for which [#givesRows] is true.
  ///
  /// @return false if the sink rejected a row
  boolean rows(Expr.Call call, Steps steps, RowSink sink) {
    if (!(FunctionTable.of(call.function()) instanceof OfWindows function)) {
      throw new IllegalStateException(call + " has no windows");
    }
    Expr matrix = matrix(call);
    return rangeFunctions.rows(
        call,
        function,
        evaluation.matrix(matrix, steps),
        scalars(call, steps),
        QueryAnnotations.place(matrix),
        steps,
        sink);
  }

  /// Returns the vector argument, or the evaluation time if a date function has none.
  private Columns vectorOrTime(Expr.Call call, Steps steps) {
    if (!call.arguments().isEmpty()) {
      return vector(call, 0, steps);
    }
    double[] times = new double[steps.count()];
    for (int step = 0; step < times.length; step++) {
      times[step] = steps.at(step) / 1000.0;
    }
    return new Columns(new Labels[] {Labels.empty()}, new boolean[1], steps.count(), times);
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
    EvaluationCache kept = context.kept();
    if (kept != null) {
      Optional<Columns> known = kept.call(context, call, FunctionTable.PRESENCE, steps);
      if (known.isPresent()) {
        return absent(call, new boolean[] {known.get().rows() > 0}, steps);
      }
    }
    Expr range = call.arguments().getFirst();
    MatrixSource source = evaluation.matrix(range, steps);
    ExtendedRanges.requireAllowed(call.function(), range);
    return absent(call, rangeFunctions.present(source, steps), steps);
  }

  private static Columns absent(Expr.Call call, boolean[] present, Steps steps) {
    var builder = new ColumnsBuilder(steps.count());
    int row = builder.row(Evaluation.absentLabels(call.arguments().getFirst()), false);
    for (int step = 0; step < steps.count(); step++) {
      if (!present[step]) {
        builder.set(row, step, 1);
      }
    }
    return builder.build();
  }

  Columns clamp(Expr.Call call, double @Nullable [] low, double @Nullable [] high, Steps steps) {
    Columns input = vector(call, 0, steps);
    var builder = new ColumnsBuilder(input.steps(), input.rows());
    for (int row = 0; row < input.rows(); row++) {
      int target = builder.row(context.dropName(input.labels(row)), true);
      for (int step = 0; step < input.steps(); step++) {
        if (!input.hasFloat(row, step) || (low != null && high != null && high[step] < low[step])) {
          continue;
        }
        double value = input.value(row, step);
        if (high != null) {
          value = GoMath.min(high[step], value);
        }
        if (low != null) {
          value = GoMath.max(low[step], value);
        }
        builder.add(target, step, value);
      }
    }
    return builder.build();
  }

  Columns round(Expr.Call call, Steps steps) {
    double[] nearest = call.arguments().size() > 1 ? scalar(call, 1, steps) : null;
    Columns input = vector(call, 0, steps);
    var builder = new ColumnsBuilder(input.steps(), input.rows());
    for (int row = 0; row < input.rows(); row++) {
      int target = builder.row(context.dropName(input.labels(row)), true);
      for (int step = 0; step < input.steps(); step++) {
        if (input.hasFloat(row, step)) {
          // division by the inverse is more accurate than multiplication by, say, 0.1
          double inverse = 1 / (nearest == null ? 1 : nearest[step]);
          double value = Math.floor(input.value(row, step) * inverse + 0.5) / inverse;
          builder.add(target, step, value);
        }
      }
    }
    return builder.build();
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

  /// Formats a quantile like OpenMetrics: whole numbers with `.0`.
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
    Expr of = call.arguments().getFirst();
    return new InfoJoin(context, call).join(evaluation.vector(of, steps), of, steps);
  }

  /// Returns start timestamps. Computed samples have none.
  Columns startTimestamp(Expr.Call call, Steps steps) {
    return context.options().startTimestamps()
            && call.arguments().getFirst().unwrapped() instanceof Expr.VectorSelector selector
        ? read(selector, Selectors.Reading.START, steps)
        : Columns.empty(steps.count());
  }

  private Columns read(Expr.VectorSelector selector, Selectors.Reading reading, Steps steps) {
    return evaluation.mapDroppingName(selectors.instant(selector, steps, reading), value -> value);
  }

  Columns timestamp(Expr.Call call, Steps steps) {
    if (call.arguments().getFirst().unwrapped() instanceof Expr.VectorSelector selector) {
      return read(selector, Selectors.Reading.TIME, steps);
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
