package io.pharos.promql.engine;

import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Span;
import io.pharos.storage.SampleWindow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Functions over range vectors: slides a window over each series and asks a function about it.
final class RangeFunctions {
  /// What a function makes of a window of at least one sample; [Columns#ABSENT] for nothing.
  @FunctionalInterface
  interface WindowFunction {
    double apply(Window window);
  }

  private static final double[] NO_ARGUMENTS = {};

  private final QueryContext context;
  private final SampleWindow samples = new SampleWindow();
  private final Window window = new Window();
  private final HistogramWindows histogramWindows;

  RangeFunctions(QueryContext context) {
    this.context = context;
    this.histogramWindows = new HistogramWindows(context.remarks());
  }

  /// The function that a call of it means, or null where it is no function of a single window.
  static @Nullable WindowFunction windowFunction(Function function) {
    return switch (function) {
      case RATE -> Extrapolation::rate;
      case INCREASE -> Extrapolation::increase;
      case DELTA -> Extrapolation::delta;
      case IRATE -> Extrapolation::irate;
      case IDELTA -> Extrapolation::idelta;
      case DERIV -> Regression::deriv;
      case PREDICT_LINEAR -> Regression::predictLinear;
      case AVG_OVER_TIME -> OverTime::avg;
      case SUM_OVER_TIME -> OverTime::sum;
      case MIN_OVER_TIME -> OverTime::min;
      case MAX_OVER_TIME -> OverTime::max;
      case COUNT_OVER_TIME -> Window::size;
      case FIRST_OVER_TIME -> Window::first;
      case LAST_OVER_TIME -> Window::last;
      case PRESENT_OVER_TIME -> _ -> 1;
      case STDVAR_OVER_TIME -> OverTime::stdvar;
      case STDDEV_OVER_TIME -> window -> Math.sqrt(OverTime.stdvar(window));
      case QUANTILE_OVER_TIME -> OverTime::quantile;
      case MAD_OVER_TIME -> OverTime::mad;
      case CHANGES -> OverTime::changes;
      case RESETS -> OverTime::resets;
      case TS_OF_FIRST_OVER_TIME -> window -> window.firstMillis() / 1000.0;
      case TS_OF_LAST_OVER_TIME -> window -> window.lastMillis() / 1000.0;
      case TS_OF_MIN_OVER_TIME -> OverTime::timeOfMin;
      case TS_OF_MAX_OVER_TIME -> OverTime::timeOfMax;
      case DOUBLE_EXPONENTIAL_SMOOTHING -> OverTime::smoothing;
      case ABS,
          ABSENT,
          ABSENT_OVER_TIME,
          ACOS,
          ACOSH,
          ASIN,
          ASINH,
          ATAN,
          ATANH,
          CEIL,
          CLAMP,
          CLAMP_MAX,
          CLAMP_MIN,
          COS,
          COSH,
          DAYS_IN_MONTH,
          DAY_OF_MONTH,
          DAY_OF_WEEK,
          DAY_OF_YEAR,
          DEG,
          END,
          EXP,
          FLOOR,
          HISTOGRAM_AVG,
          HISTOGRAM_COUNT,
          HISTOGRAM_FRACTION,
          HISTOGRAM_QUANTILE,
          HISTOGRAM_QUANTILES,
          HISTOGRAM_STDDEV,
          HISTOGRAM_STDVAR,
          HISTOGRAM_SUM,
          HOUR,
          INFO,
          LABEL_JOIN,
          LABEL_REPLACE,
          LN,
          LOG10,
          LOG2,
          MAX_OF,
          MINUTE,
          MIN_OF,
          MONTH,
          PI,
          RAD,
          RANGE,
          ROUND,
          SCALAR_OF,
          SGN,
          SIN,
          SINH,
          SORT,
          SORT_BY_LABEL,
          SORT_BY_LABEL_DESC,
          SORT_DESC,
          SQRT,
          START,
          START_TIMESTAMP,
          STEP,
          TAN,
          TANH,
          TIME,
          TIMESTAMP,
          VECTOR_OF,
          YEAR ->
          null;
    };
  }

  /// @param arguments the call's scalar arguments at each step, at most two
  Columns apply(
      Expr.Call call,
      WindowFunction function,
      MatrixSource source,
      List<double[]> arguments,
      Span matrixSpan,
      Steps steps) {
    boolean keepsName =
        call.function() == Function.LAST_OVER_TIME || call.function() == Function.FIRST_OVER_TIME;
    boolean quantile = call.function() == Function.QUANTILE_OVER_TIME;
    boolean counter = call.function() == Function.RATE || call.function() == Function.INCREASE;
    double[] first = arguments.isEmpty() ? NO_ARGUMENTS : arguments.getFirst();
    double[] second = arguments.size() < 2 ? NO_ARGUMENTS : arguments.get(1);
    var builder = new ColumnsBuilder(steps.count(), context.room(source.rows(), steps.count()));
    for (int row = 0; row < source.rows(); row++) {
      context.checkTime();
      load(source, row);
      var labels = source.labels(row);
      int target = -1;
      boolean remarked = false;
      for (int step = 0; step < steps.count(); step++) {
        if (!slide(source, steps, step)) {
          continue;
        }
        window.argument = first.length == 0 ? 0 : first[step];
        window.secondArgument = second.length == 0 ? 0 : second[step];
        if (call.function() == Function.DOUBLE_EXPONENTIAL_SMOOTHING) {
          requireFactors(window);
        }
        double value;
        Histogram histogram = null;
        if (window.hasHistogram()) {
          Sample sample = histogramWindows.apply(call, function, window, labels.metricName());
          if (sample == null) {
            continue;
          }
          value = sample.value();
          histogram = sample.histogram();
        } else {
          value = function.apply(window);
        }
        if (Columns.isAbsent(value)) {
          continue;
        }
        if (quantile && !(window.argument >= 0 && window.argument <= 1)) {
          context
              .remarks()
              .quantileOutOfRange(window.argument, Remarks.place(call.arguments().getFirst()));
        }
        if (counter) {
          if (histogram == null && !remarked) {
            remarkUnlessCounter(labels, matrixSpan);
            remarked = true;
          }
          if (StartTimestamps.anyOverlap(window)) {
            context.remarks().startsOverlap(labels.metricName(), matrixSpan);
          }
        }
        if (target < 0) {
          target =
              keepsName
                  ? builder.row(labels, source.nameDropped(row))
                  : builder.row(context.dropName(labels), true);
        }
        if (histogram == null) {
          builder.add(target, step, value);
        } else {
          builder.add(target, step, histogram);
        }
      }
    }
    return builder.build();
  }

  private static void requireFactors(Window window) {
    requireFactor("smoothing", "sf", window.argument);
    requireFactor("trend", "tf", window.secondArgument);
  }

  private static void requireFactor(String name, String symbol, double value) {
    if (value <= 0 || value >= 1) {
      throw Failures.execution(
          "invalid "
              + name
              + " factor. Expected: 0 < "
              + symbol
              + " < 1, got: "
              + GoFloat.fixed(value));
    }
  }

  void remarkUnlessCounter(Labels labels, Span span) {
    String name = labels.metricName();
    if (context.options().typeAndUnitLabels()) {
      String type = labels.get("__type__");
      if (!name.isEmpty() && !type.equals("counter") && !type.equals("histogram")) {
        context.remarks().possibleNonCounterType(name, type, span);
      }
    } else if (!name.isEmpty()
        && !name.endsWith("_total")
        && !name.endsWith("_sum")
        && !name.endsWith("_count")
        && !name.endsWith("_bucket")) {
      context.remarks().possibleNonCounter(name, span);
    }
  }

  private void load(MatrixSource source, int row) {
    source.load(row, samples);
    window.timestamps = samples.timestamps();
    window.values = samples.values();
    window.histograms = samples.histograms();
    window.starts = StartTimestamps.used(context, samples.starts());
    window.from = 0;
    window.to = 0;
    long before = context.held();
    context.hold(HistogramWeight.of(samples));
    context.release(before);
  }

  /// Moves the window to a step; false where it holds no sample then.
  private boolean slide(MatrixSource source, Steps steps, int step) {
    window.endMillis = source.windowEnd(step);
    window.startMillis = window.endMillis - source.rangeMillis();
    window.evaluationMillis = steps.at(step);
    while (window.to < samples.size() && window.timestamps[window.to] <= window.endMillis) {
      window.to++;
    }
    while (window.from < window.to && window.timestamps[window.from] <= window.startMillis) {
      window.from++;
    }
    context.touch(window.size());
    return window.size() > 0;
  }

  /// For each step whether any series has a sample in its window.
  boolean[] present(MatrixSource source, Steps steps) {
    var present = new boolean[steps.count()];
    for (int row = 0; row < source.rows(); row++) {
      context.checkTime();
      load(source, row);
      for (int step = 0; step < steps.count(); step++) {
        present[step] |= slide(source, steps, step);
      }
    }
    return present;
  }
}
