package io.pharos.promql.engine;

import io.pharos.model.GoFloat;
import io.pharos.model.GoMath;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Estimates;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Calls of functions that give an instant vector.
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
    RangeFunctions.WindowFunction window = RangeFunctions.windowFunction(call.function());
    if (window != null) {
      return overWindow(call, window, steps);
    }
    DoubleUnaryOperator element = ElementFunctions.of(call.function());
    if (element != null) {
      return evaluation.mapDroppingName(vectorOrTime(call, steps), element);
    }
    return switch (call.function()) {
      case ABSENT -> absent(call, presence(vector(call, 0, steps)), steps);
      case ABSENT_OVER_TIME -> {
        Expr range = call.arguments().getFirst();
        MatrixSource source = evaluation.matrix(range, steps);
        ExtendedRanges.requireAllowed(call.function(), range);
        yield absent(call, rangeFunctions.present(source, steps), steps);
      }
      case CLAMP -> clamp(call, scalar(call, 1, steps), scalar(call, 2, steps), steps);
      case CLAMP_MIN -> clamp(call, scalar(call, 1, steps), null, steps);
      case CLAMP_MAX -> clamp(call, null, scalar(call, 1, steps), steps);
      case ROUND -> round(call, steps);
      case HISTOGRAM_QUANTILE ->
          histograms.quantile(
              scalar(call, 0, steps),
              Remarks.place(call.arguments().get(0)),
              vector(call, 1, steps),
              Remarks.place(call.arguments().get(1)),
              steps);
      case HISTOGRAM_FRACTION ->
          histograms.fraction(
              scalar(call, 0, steps),
              scalar(call, 1, steps),
              vector(call, 2, steps),
              Remarks.place(call.arguments().get(2)),
              steps);
      case HISTOGRAM_QUANTILES -> histogramQuantiles(call, steps);
      case HISTOGRAM_AVG ->
          ofHistograms(call, steps, histogram -> histogram.sum() / histogram.count());
      case HISTOGRAM_COUNT -> ofHistograms(call, steps, Histogram::count);
      case HISTOGRAM_STDDEV ->
          ofHistograms(call, steps, histogram -> Math.sqrt(Estimates.variance(histogram)));
      case HISTOGRAM_STDVAR -> ofHistograms(call, steps, Estimates::variance);
      case HISTOGRAM_SUM -> ofHistograms(call, steps, Histogram::sum);
      case LABEL_REPLACE ->
          LabelFunctions.replace(
              () -> vector(call, 0, steps),
              string(call, 1),
              string(call, 2),
              string(call, 3),
              string(call, 4));
      case LABEL_JOIN ->
          LabelFunctions.join(
              () -> vector(call, 0, steps), string(call, 1), string(call, 2), strings(call, 3));
      case SORT -> sorting.byValue(call, vector(call, 0, steps), false, steps);
      case SORT_DESC -> sorting.byValue(call, vector(call, 0, steps), true, steps);
      case SORT_BY_LABEL ->
          sorting.byLabels(call, vector(call, 0, steps), strings(call, 1), false, steps);
      case SORT_BY_LABEL_DESC ->
          sorting.byLabels(call, vector(call, 0, steps), strings(call, 1), true, steps);
      case START_TIMESTAMP -> startTimestamp(call, steps);
      case TIMESTAMP -> timestamp(call, steps);
      case VECTOR_OF ->
          new Columns(
              new Labels[] {Labels.empty()}, new boolean[1], steps.count(), scalar(call, 0, steps));
      case INFO -> {
        Expr of = call.arguments().getFirst();
        yield new InfoJoin(context, call).join(evaluation.vector(of, steps), of, steps);
      }
      case ABS,
          ACOS,
          ACOSH,
          ASIN,
          ASINH,
          ATAN,
          ATANH,
          AVG_OVER_TIME,
          CEIL,
          CHANGES,
          COS,
          COSH,
          COUNT_OVER_TIME,
          DAYS_IN_MONTH,
          DAY_OF_MONTH,
          DAY_OF_WEEK,
          DAY_OF_YEAR,
          DEG,
          DELTA,
          DERIV,
          DOUBLE_EXPONENTIAL_SMOOTHING,
          END,
          EXP,
          FIRST_OVER_TIME,
          FLOOR,
          HOUR,
          IDELTA,
          INCREASE,
          IRATE,
          LAST_OVER_TIME,
          LN,
          LOG10,
          LOG2,
          MAD_OVER_TIME,
          MAX_OF,
          MAX_OVER_TIME,
          MINUTE,
          MIN_OF,
          MIN_OVER_TIME,
          MONTH,
          PI,
          PREDICT_LINEAR,
          PRESENT_OVER_TIME,
          QUANTILE_OVER_TIME,
          RAD,
          RANGE,
          RATE,
          RESETS,
          SCALAR_OF,
          SGN,
          SIN,
          SINH,
          SQRT,
          START,
          STDDEV_OVER_TIME,
          STDVAR_OVER_TIME,
          STEP,
          SUM_OVER_TIME,
          TAN,
          TANH,
          TIME,
          TS_OF_FIRST_OVER_TIME,
          TS_OF_LAST_OVER_TIME,
          TS_OF_MAX_OVER_TIME,
          TS_OF_MIN_OVER_TIME,
          YEAR ->
          throw new IllegalStateException(call.function().symbol() + " gives no instant vector");
    };
  }

  private Columns vector(Expr.Call call, int argument, Steps steps) {
    return evaluation.vector(call.arguments().get(argument), steps);
  }

  private Columns ofHistograms(Expr.Call call, Steps steps, ToDoubleFunction<Histogram> function) {
    return evaluation.mapHistograms(vector(call, 0, steps), function);
  }

  private double[] scalar(Expr.Call call, int argument, Steps steps) {
    return evaluation.scalar(call.arguments().get(argument), steps);
  }

  private static String string(Expr.Call call, int argument) {
    return Evaluation.string(call.arguments().get(argument));
  }

  private static List<String> strings(Expr.Call call, int from) {
    return call.arguments().stream().skip(from).map(Evaluation::string).toList();
  }

  private Columns overWindow(Expr.Call call, RangeFunctions.WindowFunction function, Steps steps) {
    var scalars = new ArrayList<double[]>();
    Expr matrix = call.arguments().getFirst();
    for (Expr argument : call.arguments()) {
      if (argument.type() == ValueType.MATRIX) {
        matrix = argument;
      } else {
        scalars.add(evaluation.scalar(argument, steps));
      }
    }
    MatrixSource source = evaluation.matrix(matrix, steps);
    Expr.MatrixSelector extended = ExtendedRanges.of(matrix);
    if (extended != null) {
      return extendedRanges.apply(call, extended, source, steps);
    }
    return rangeFunctions.apply(call, function, source, scalars, Remarks.place(matrix), steps);
  }

  /// The vector argument, or the time where a function of dates has none.
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

  private Columns clamp(
      Expr.Call call, double @Nullable [] low, double @Nullable [] high, Steps steps) {
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

  private Columns round(Expr.Call call, Steps steps) {
    double[] nearest = call.arguments().size() > 1 ? scalar(call, 1, steps) : null;
    Columns input = vector(call, 0, steps);
    var builder = new ColumnsBuilder(input.steps(), input.rows());
    for (int row = 0; row < input.rows(); row++) {
      int target = builder.row(context.dropName(input.labels(row)), true);
      for (int step = 0; step < input.steps(); step++) {
        if (input.hasFloat(row, step)) {
          // dividing by the inverse is more exact than multiplying by, say, 0.1
          double inverse = 1 / (nearest == null ? 1 : nearest[step]);
          double value = Math.floor(input.value(row, step) * inverse + 0.5) / inverse;
          builder.add(target, step, value);
        }
      }
    }
    return builder.build();
  }

  private Columns histogramQuantiles(Expr.Call call, Steps steps) {
    Columns input = vector(call, 0, steps);
    String label = string(call, 1);
    var builder = new ColumnsBuilder(steps.count());
    for (int i = 2; i < call.arguments().size(); i++) {
      double[] quantiles = scalar(call, i, steps);
      Columns result =
          histograms.quantile(
              quantiles,
              Remarks.place(call.arguments().get(i)),
              input,
              Remarks.place(call.arguments().getFirst()),
              steps);
      for (int row = 0; row < result.rows(); row++) {
        for (int step = 0; step < steps.count(); step++) {
          if (result.has(row, step)) {
            if (result.labels(row).has(label)) {
              throw Failures.execution("conflicting label \"" + label + "\" found in vector");
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

  /// A quantile as OpenMetrics writes it: whole numbers with `.0`.
  private static String quantileLabel(double quantile) {
    String text = GoFloat.general(quantile);
    boolean whole = text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
    return whole ? text + ".0" : text;
  }

  /// From when on samples count. What is no sample of the store, but computed, has no such time.
  private Columns startTimestamp(Expr.Call call, Steps steps) {
    return context.options().startTimestamps()
            && call.arguments().getFirst().unwrapped() instanceof Expr.VectorSelector selector
        ? read(selector, Selectors.Reading.START, steps)
        : Columns.empty(steps.count());
  }

  private Columns read(Expr.VectorSelector selector, Selectors.Reading reading, Steps steps) {
    return evaluation.mapDroppingName(selectors.instant(selector, steps, reading), value -> value);
  }

  private Columns timestamp(Expr.Call call, Steps steps) {
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
