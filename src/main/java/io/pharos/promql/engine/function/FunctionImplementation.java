package io.pharos.promql.engine.function;

import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.Sample;
import io.pharos.promql.engine.query.Steps;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The implementation of a function, as listed in [FunctionTable]. The kinds differ in the input of
/// the function.
public sealed interface FunctionImplementation {
  /// Returns which part of the histograms in its arguments the function needs.
  default Detail detail() {
    return Detail.AS_ENCLOSING;
  }

  /// A part of a histogram.
  enum Detail {
    /// Count and sum.
    TOTALS,
    BUCKETS,
    /// The part that the enclosing expression needs.
    AS_ENCLOSING
  }

  /// A function of one float of an instant vector. If a call has no argument, the float is the time
  /// of the step.
  record OfFloats(DoubleUnaryOperator function) implements FunctionImplementation {}

  /// A function of one histogram of an instant vector.
  record OfHistograms(ToDoubleFunction<Histogram> function, Detail detail)
      implements FunctionImplementation {}

  /// A function of a window: the samples of one series in a range that ends at a step.
  ///
  /// @param ofFloats implementation for windows of floats only
  /// @param ofHistograms implementation for windows with at least one histogram
  record OfWindows(WindowFunction ofFloats, HistogramFunction ofHistograms, Set<Trait> traits)
      implements FunctionImplementation {
    /// Returns whether the function has a trait.
    public boolean has(Trait trait) {
      return traits.contains(trait);
    }
  }

  /// Properties of a window function.
  enum Trait {
    /// The result keeps the metric name.
    KEEPS_NAME,
    /// The function expects counters: it adds an annotation for a metric that does not have the
    /// name of a counter.
    COUNTER,
    /// The result is a change per second.
    PER_SECOND,
    /// Supports `anchored` ranges.
    ANCHORED,
    /// Supports `smoothed` ranges.
    SMOOTHED,
    /// The argument is a quantile: the function adds an annotation for a value outside 0 to 1.
    QUANTILE,
    /// The scalar arguments are factors between 0 and 1, exclusive.
    FACTORS
  }

  /// A function of a window with at least one sample.
  @FunctionalInterface
  interface WindowFunction {
    /// Returns the result, or [Columns#ABSENT] if there is none.
    double apply(Window window);
  }

  /// A function of a window with at least one histogram.
  @FunctionalInterface
  interface HistogramFunction {
    /// Returns the result, or null if there is none.
    @Nullable Sample apply(HistogramWindows windows, Window window, String metricName, Span span);
  }

  /// A function that evaluates its arguments itself.
  ///
  /// @param <R> [Columns], or an array with a scalar for each step
  @FunctionalInterface
  interface CallFunction<R> {
    /// Evaluates a call.
    R apply(FunctionCalls calls, Expr.Call call, Steps steps);
  }

  /// A function that evaluates its arguments itself and returns an instant vector.
  record OfVectors(CallFunction<Columns> function, Detail detail)
      implements FunctionImplementation {}

  /// A function that evaluates its arguments itself and returns a scalar.
  record OfScalars(CallFunction<double[]> function) implements FunctionImplementation {}
}
