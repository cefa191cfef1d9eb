package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What evaluates a function: its row of [FunctionTable]. The kinds differ in what they look at.
sealed interface FunctionImplementation {
  /// How much of the histograms below a call the function needs.
  default Detail detail() {
    return Detail.AS_ABOVE;
  }

  /// How much of histograms is needed.
  enum Detail {
    /// Count and sum.
    TOTALS,
    BUCKETS,
    /// What the expression around the call needs.
    AS_ABOVE
  }

  /// One float of an instant vector at a time; the time of the step where a call has no argument.
  record OfFloats(DoubleUnaryOperator function) implements FunctionImplementation {}

  /// One histogram of an instant vector at a time.
  record OfHistograms(ToDoubleFunction<Histogram> function, Detail detail)
      implements FunctionImplementation {}

  /// The samples that a range vector has of one series at one step.
  ///
  /// @param ofFloats for windows of floats
  /// @param ofHistograms for windows with at least one histogram
  record OfWindows(WindowFunction ofFloats, HistogramFunction ofHistograms, Set<Trait> traits)
      implements FunctionImplementation {
    boolean has(Trait trait) {
      return traits.contains(trait);
    }
  }

  /// What is peculiar to a function of windows.
  enum Trait {
    /// The result has the metric's name.
    KEEPS_NAME,
    /// It is meant for counters: there is a remark where a metric seems to be none.
    COUNTER,
    /// The change is given for a second.
    PER_SECOND,
    /// It takes ranges with `anchored` edges.
    ANCHORED,
    /// It takes ranges with `smoothed` edges.
    SMOOTHED,
    /// Its argument is a quantile: there is a remark where it is out of range.
    QUANTILE,
    /// Its arguments are factors above zero and below one.
    FACTORS
  }

  /// What a function makes of a window of at least one sample; [Columns#ABSENT] for nothing.
  @FunctionalInterface
  interface WindowFunction {
    double apply(Window window);
  }

  /// What a function makes of a window with at least one histogram; null for nothing.
  @FunctionalInterface
  interface HistogramFunction {
    @Nullable Sample apply(HistogramWindows windows, Window window, String metricName, Span span);
  }

  /// Whole arguments; the result is an instant vector.
  record OfVectors(VectorFunction function, Detail detail) implements FunctionImplementation {}

  /// The value of a call.
  @FunctionalInterface
  interface VectorFunction {
    Columns apply(FunctionCalls calls, Expr.Call call, Steps steps);
  }

  /// Whole arguments; the result is a scalar.
  record OfScalars(ScalarFunction function) implements FunctionImplementation {}

  /// The values of a call, one for each step.
  @FunctionalInterface
  interface ScalarFunction {
    double[] apply(ScalarEvaluation scalars, Expr.Call call, Steps steps);
  }
}
