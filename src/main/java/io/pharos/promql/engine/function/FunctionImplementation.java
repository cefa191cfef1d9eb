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

/// The implementation of a function, a row of [FunctionTable]. The kinds differ in their input.
public sealed interface FunctionImplementation {
  /// How much of the histograms in its arguments the function needs.
  default Detail detail() {
    return Detail.AS_ABOVE;
  }

  /// How much of histograms is needed.
  enum Detail {
    /// Count and sum.
    TOTALS,
    BUCKETS,
    /// The same as the enclosing expression needs.
    AS_ABOVE
  }

  /// A function of one float of an instant vector, or of the step's time if a call has no argument.
  record OfFloats(DoubleUnaryOperator function) implements FunctionImplementation {}

  /// A function of one histogram of an instant vector.
  record OfHistograms(ToDoubleFunction<Histogram> function, Detail detail)
      implements FunctionImplementation {}

  /// A function of the samples in a range of one series at one step.
  ///
  /// @param ofFloats for windows of floats
  /// @param ofHistograms for windows with at least one histogram
  record OfWindows(WindowFunction ofFloats, HistogramFunction ofHistograms, Set<Trait> traits)
      implements FunctionImplementation {
    /// Whether the function has a property.
    public boolean has(Trait trait) {
      return traits.contains(trait);
    }
  }

  /// Properties of a window function.
  enum Trait {
    /// The result keeps the metric name.
    KEEPS_NAME,
    /// For counters: annotates metrics that do not look like counters.
    COUNTER,
    /// Returns the change per second.
    PER_SECOND,
    /// Supports `anchored` ranges.
    ANCHORED,
    /// Supports `smoothed` ranges.
    SMOOTHED,
    /// The argument is a quantile: annotates values out of range.
    QUANTILE,
    /// The arguments are factors between zero and one, exclusive.
    FACTORS
  }

  /// A function of a window with at least one sample.
  @FunctionalInterface
  interface WindowFunction {
    /// Returns the value, or [Columns#ABSENT] for none.
    double apply(Window window);
  }

  /// A function of a window with at least one histogram.
  @FunctionalInterface
  interface HistogramFunction {
    /// Returns the value, or null for none.
    @Nullable Sample apply(HistogramWindows windows, Window window, String metricName, Span span);
  }

  /// A function of whole arguments.
  ///
  /// @param <R> [Columns], or a scalar for each step
  @FunctionalInterface
  interface CallFunction<R> {
    /// Evaluates a call.
    R apply(FunctionCalls calls, Expr.Call call, Steps steps);
  }

  /// A function of whole arguments that returns an instant vector.
  record OfVectors(CallFunction<Columns> function, Detail detail)
      implements FunctionImplementation {}

  /// A function of whole arguments that returns a scalar.
  record OfScalars(CallFunction<double[]> function) implements FunctionImplementation {}
}
