package io.pharos.promql.engine.function;

import static io.pharos.promql.engine.function.FunctionImplementation.Trait.ANCHORED;
import static io.pharos.promql.engine.function.FunctionImplementation.Trait.COUNTER;
import static io.pharos.promql.engine.function.FunctionImplementation.Trait.FACTORS;
import static io.pharos.promql.engine.function.FunctionImplementation.Trait.KEEPS_NAME;
import static io.pharos.promql.engine.function.FunctionImplementation.Trait.PER_SECOND;
import static io.pharos.promql.engine.function.FunctionImplementation.Trait.QUANTILE;
import static io.pharos.promql.engine.function.FunctionImplementation.Trait.SMOOTHED;

import io.pharos.model.GoMath;
import io.pharos.model.histogram.Estimates;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Function;
import io.pharos.promql.engine.function.FunctionImplementation.CallFunction;
import io.pharos.promql.engine.function.FunctionImplementation.Detail;
import io.pharos.promql.engine.function.FunctionImplementation.HistogramFunction;
import io.pharos.promql.engine.function.FunctionImplementation.OfFloats;
import io.pharos.promql.engine.function.FunctionImplementation.OfHistograms;
import io.pharos.promql.engine.function.FunctionImplementation.OfScalars;
import io.pharos.promql.engine.function.FunctionImplementation.OfVectors;
import io.pharos.promql.engine.function.FunctionImplementation.OfWindows;
import io.pharos.promql.engine.function.FunctionImplementation.Trait;
import io.pharos.promql.engine.function.FunctionImplementation.WindowFunction;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.Sample;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/// Implementations of all functions. Names and types of functions are in [Function], because
/// parsers need them without the engine.
final class FunctionTable {
  /// `present_over_time`: 1 for each window with samples.
  static final OfWindows PRESENCE =
      new OfWindows(_ -> 1, (_, _, _, _) -> Sample.of(1), Set.of(Trait.KEEPS_NAME));

  private FunctionTable() {}

  static FunctionImplementation of(Function function) {
    return switch (function) {
      case ABS -> floats(Math::abs);
      case ABSENT -> vectors(FunctionCalls::absent);
      case ABSENT_OVER_TIME -> vectors(FunctionCalls::absentOverTime);
      case ACOS -> floats(Math::acos);
      case ACOSH -> floats(ElementFunctions::acosh);
      case ASIN -> floats(Math::asin);
      case ASINH -> floats(ElementFunctions::asinh);
      case ATAN -> floats(Math::atan);
      case ATANH -> floats(ElementFunctions::atanh);
      case AVG_OVER_TIME -> windows(OverTime::avg, HistogramWindows::mean);
      case CEIL -> floats(Math::ceil);
      case CHANGES -> ofEither(OverTime::changes, HistogramWindows::changes, ANCHORED);
      case CLAMP ->
          vectors(
              (calls, call, steps) ->
                  calls.clamp(
                      call, calls.scalar(call, 1, steps), calls.scalar(call, 2, steps), steps));
      case CLAMP_MAX ->
          vectors(
              (calls, call, steps) -> calls.clamp(call, null, calls.scalar(call, 1, steps), steps));
      case CLAMP_MIN ->
          vectors(
              (calls, call, steps) -> calls.clamp(call, calls.scalar(call, 1, steps), null, steps));
      case COS -> floats(Math::cos);
      case COSH -> floats(Math::cosh);
      case COUNT_OVER_TIME -> ofAnySamples(Window::size);
      case DAYS_IN_MONTH -> floats(DateFunctions::daysInMonth);
      case DAY_OF_MONTH -> floats(DateFunctions::dayOfMonth);
      case DAY_OF_WEEK -> floats(DateFunctions::dayOfWeek);
      case DAY_OF_YEAR -> floats(DateFunctions::dayOfYear);
      case DEG -> floats(value -> value * 180 / Math.PI);
      case DELTA -> windows(Extrapolation::delta, HistogramWindows::delta, ANCHORED, SMOOTHED);
      case DERIV -> windows(Regression::deriv);
      case DOUBLE_EXPONENTIAL_SMOOTHING -> windows(OverTime::smoothing, FACTORS);
      case END -> scalars((calls, _, steps) -> FunctionCalls.constant(calls.end(), steps));
      case EXP -> floats(Math::exp);
      case FIRST_OVER_TIME -> ofEither(Window::first, HistogramWindows::first, KEEPS_NAME);
      case FLOOR -> floats(Math::floor);
      case HISTOGRAM_AVG ->
          histograms(histogram -> histogram.sum() / histogram.count(), Detail.TOTALS);
      case HISTOGRAM_COUNT -> histograms(Histogram::count, Detail.TOTALS);
      case HISTOGRAM_FRACTION -> ofBuckets(FunctionCalls::histogramFraction);
      case HISTOGRAM_QUANTILE -> ofBuckets(FunctionCalls::histogramQuantile);
      case HISTOGRAM_QUANTILES -> ofBuckets(FunctionCalls::histogramQuantiles);
      case HISTOGRAM_STDDEV ->
          histograms(histogram -> Math.sqrt(Estimates.variance(histogram)), Detail.AS_ENCLOSING);
      case HISTOGRAM_STDVAR -> histograms(Estimates::variance, Detail.AS_ENCLOSING);
      case HISTOGRAM_SUM -> histograms(Histogram::sum, Detail.TOTALS);
      case HOUR -> floats(DateFunctions::hour);
      case IDELTA -> windows(Extrapolation::idelta, HistogramWindows::idelta);
      case INCREASE ->
          windows(Extrapolation::increase, HistogramWindows::increase, COUNTER, ANCHORED, SMOOTHED);
      case INFO -> vectors(FunctionCalls::info);
      case IRATE -> windows(Extrapolation::irate, HistogramWindows::irate);
      case LABEL_JOIN -> vectors(FunctionCalls::labelJoin);
      case LABEL_REPLACE -> vectors(FunctionCalls::labelReplace);
      case LAST_OVER_TIME -> ofEither(Window::last, HistogramWindows::last, KEEPS_NAME);
      case LN -> floats(Math::log);
      case LOG10 -> floats(Math::log10);
      case LOG2 -> floats(ElementFunctions::log2);
      case MAD_OVER_TIME -> windows(OverTime::mad);
      case MAX_OF -> scalars((calls, call, steps) -> calls.combine(call, GoMath::max, steps));
      case MAX_OVER_TIME -> windows(OverTime::max);
      case MINUTE -> floats(DateFunctions::minute);
      case MIN_OF -> scalars((calls, call, steps) -> calls.combine(call, GoMath::min, steps));
      case MIN_OVER_TIME -> windows(OverTime::min);
      case MONTH -> floats(DateFunctions::month);
      case PI -> scalars((_, _, steps) -> FunctionCalls.constant(Math.PI, steps));
      case PREDICT_LINEAR -> windows(Regression::predictLinear);
      case PRESENT_OVER_TIME -> ofAnySamples(_ -> 1);
      case QUANTILE_OVER_TIME -> windows(OverTime::quantile, QUANTILE);
      case RAD -> floats(value -> value * Math.PI / 180);
      case RANGE ->
          scalars((calls, _, steps) -> FunctionCalls.constant(calls.end() - calls.start(), steps));
      case RATE ->
          windows(
              Extrapolation::rate, HistogramWindows::rate, COUNTER, PER_SECOND, ANCHORED, SMOOTHED);
      case RESETS -> ofEither(OverTime::resets, HistogramWindows::resets, ANCHORED);
      case ROUND -> vectors(FunctionCalls::round);
      case SCALAR_OF -> scalars(FunctionCalls::single);
      case SGN -> floats(Math::signum);
      case SIN -> floats(Math::sin);
      case SINH -> floats(Math::sinh);
      case SORT -> vectors((calls, call, steps) -> calls.sort(call, false, steps));
      case SORT_BY_LABEL -> vectors((calls, call, steps) -> calls.sortByLabels(call, false, steps));
      case SORT_BY_LABEL_DESC ->
          vectors((calls, call, steps) -> calls.sortByLabels(call, true, steps));
      case SORT_DESC -> vectors((calls, call, steps) -> calls.sort(call, true, steps));
      case SQRT -> floats(Math::sqrt);
      case START -> scalars((calls, _, steps) -> FunctionCalls.constant(calls.start(), steps));
      case START_TIMESTAMP -> vectors(FunctionCalls::startTimestamp);
      case STDDEV_OVER_TIME -> windows(window -> Math.sqrt(OverTime.stdvar(window)));
      case STDVAR_OVER_TIME -> windows(OverTime::stdvar);
      case STEP -> scalars((calls, _, steps) -> FunctionCalls.constant(calls.step(), steps));
      case SUM_OVER_TIME -> windows(OverTime::sum, HistogramWindows::sum);
      case TAN -> floats(Math::tan);
      case TANH -> floats(Math::tanh);
      case TIME -> scalars((_, _, steps) -> FunctionCalls.times(steps));
      case TIMESTAMP -> vectors(FunctionCalls::timestamp);
      case TS_OF_FIRST_OVER_TIME -> ofAnySamples(window -> window.firstMillis() / 1000.0);
      case TS_OF_LAST_OVER_TIME -> ofAnySamples(window -> window.lastMillis() / 1000.0);
      case TS_OF_MAX_OVER_TIME -> windows(OverTime::timeOfMax);
      case TS_OF_MIN_OVER_TIME -> windows(OverTime::timeOfMin);
      case VECTOR_OF -> vectors(FunctionCalls::vectorOf);
      case YEAR -> floats(DateFunctions::year);
    };
  }

  private static FunctionImplementation floats(DoubleUnaryOperator function) {
    return new OfFloats(function);
  }

  private static FunctionImplementation histograms(
      ToDoubleFunction<Histogram> function, Detail detail) {
    return new OfHistograms(function, detail);
  }

  /* A function of the floats in a window. Histograms are skipped, with an annotation. */
  private static FunctionImplementation windows(WindowFunction function, Trait... traits) {
    return windows(
        function,
        (windows, window, name, span) -> windows.ignoringHistograms(function, window, name, span),
        traits);
  }

  /* A function of windows that may have both floats and histograms. */
  private static FunctionImplementation ofEither(
      WindowFunction ofFloats,
      java.util.function.Function<Window, Sample> ofHistograms,
      Trait... traits) {
    return windows(ofFloats, (_, window, _, _) -> ofHistograms.apply(window), traits);
  }

  private static FunctionImplementation windows(
      WindowFunction ofFloats, HistogramFunction ofHistograms, Trait... traits) {
    return new OfWindows(ofFloats, ofHistograms, Set.of(traits));
  }

  /* A function of the number and the times of samples, which does not read their values. */
  private static FunctionImplementation ofAnySamples(WindowFunction function) {
    return ofEither(function, window -> Sample.of(function.apply(window)));
  }

  private static FunctionImplementation vectors(CallFunction<Columns> function) {
    return new OfVectors(function, Detail.AS_ENCLOSING);
  }

  private static FunctionImplementation ofBuckets(CallFunction<Columns> function) {
    return new OfVectors(function, Detail.BUCKETS);
  }

  private static FunctionImplementation scalars(CallFunction<double[]> function) {
    return new OfScalars(function);
  }
}
