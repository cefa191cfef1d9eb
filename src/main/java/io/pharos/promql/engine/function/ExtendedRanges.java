package io.pharos.promql.engine.function;

import static java.util.Comparator.comparing;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.engine.function.FunctionImplementation.OfWindows;
import io.pharos.promql.engine.function.FunctionImplementation.Trait;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.HistogramWeight;
import io.pharos.promql.engine.query.MatrixSource;
import io.pharos.promql.engine.query.QueryAnnotations.OfMetric;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import io.pharos.promql.engine.query.Sample;
import io.pharos.promql.engine.query.Steps;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Evaluates functions over ranges with `anchored` and `smoothed` edges.
final class ExtendedRanges {
  /* The first sample of an anchored range is the last sample at or before its start. A smoothed
   * range has a value at both ends. It is interpolated between the samples before and after the
   * end; if only one of them exists, its value is used. Samples outside the range are used if they
   * are within the lookback (prometheus promql/functions.go, extendedRate; promql/engine.go,
   * extendFloats). */

  private final QueryContext context;
  private final RangeFunctions rangeFunctions;
  private final HistogramWindows histogramWindows;
  private final ExtendedHistograms histograms;
  private final SampleWindow samples = new SampleWindow();
  private final ExtendedWindow window = new ExtendedWindow();

  ExtendedRanges(QueryContext context, RangeFunctions rangeFunctions) {
    this.context = context;
    this.rangeFunctions = rangeFunctions;
    this.histogramWindows = new HistogramWindows(context.remarks());
    this.histograms = new ExtendedHistograms(context.remarks());
  }

  /// Returns the range selector if its edges are `anchored` or `smoothed`, else null.
  static Expr.@Nullable MatrixSelector of(Expr expr) {
    return expr.unwrapped() instanceof Expr.MatrixSelector matrix
            && matrix.selector().edges() != Expr.Edges.PLAIN
        ? matrix
        : null;
  }

  /// Evaluates a function over a range selector that [#of] returned.
  Columns apply(
      Expr.Call call,
      OfWindows function,
      Expr.MatrixSelector matrix,
      MatrixSource source,
      Steps steps) {
    Expr.Edges edges = matrix.selector().edges();
    requireAllowed(call.function(), matrix);
    var builder =
        new ColumnsBuilder(steps.count(), context.reserveRows(source.rows(), steps.count()));
    for (int row = 0; row < source.rows(); row++) {
      Labels labels = source.labels(row);
      int target = -1;
      boolean remarked = false;
      load(source, row, edges);
      for (int step = 0; step < steps.count(); step++) {
        boolean hasValue = slide(source, steps, step);
        if (!hasValue && (!function.has(Trait.SMOOTHED) || !window.isMixed())) {
          continue;
        }
        Sample sample = value(function, matrix, labels.metricName());
        if (sample == null) {
          continue;
        }
        if (function.has(Trait.COUNTER) && sample.histogram() == null && !remarked) {
          rangeFunctions.remarkUnlessCounter(labels, matrix.span());
          remarked = true;
        }
        if (target < 0) {
          target = builder.row(context.dropName(labels), true);
        }
        builder.add(target, step, sample);
      }
    }
    return builder.build();
  }

  /// Rejects a function that does not support the edges of its range argument.
  static void requireAllowed(Function function, Expr range) {
    Expr.MatrixSelector extended = of(range);
    if (extended == null) {
      return;
    }
    Expr.Edges edges = extended.selector().edges();
    Trait needed = edges == Expr.Edges.ANCHORED ? Trait.ANCHORED : Trait.SMOOTHED;
    if (!has(function, needed)) {
      throw QueryErrors.execution(
          edges.name().toLowerCase(Locale.ROOT)
              + " modifier can only be used with: "
              + Arrays.stream(Function.values())
                  .filter(other -> has(other, needed))
                  .map(Function::symbol)
                  .sorted()
                  .collect(Collectors.joining(", "))
              + " - not with "
              + function.symbol());
    }
  }

  private static boolean has(Function function, Trait trait) {
    return FunctionTable.of(function) instanceof OfWindows windows && windows.has(trait);
  }

  private @Nullable Sample value(
      OfWindows function, Expr.MatrixSelector matrix, String metricName) {
    if (!function.has(Trait.SMOOTHED)) { // counts samples, which may be mixed
      return window.hasHistogram()
          ? function.ofHistograms().apply(histogramWindows, window, metricName, matrix.span())
          : Sample.of(function.ofFloats().apply(window));
    }
    if (window.isMixed()) {
      context.remarks().add(OfMetric.MIXED_IN_RANGE, metricName, matrix.span());
      return null;
    }
    boolean counter = function.has(Trait.COUNTER);
    double perSeconds =
        function.has(Trait.PER_SECOND) ? (window.endMillis - window.startMillis) / 1000.0 : 1;
    if (!window.hasHistogram()) {
      return Sample.of(window.change(counter) / perSeconds);
    }
    Histogram change = histograms.change(window, counter, perSeconds, metricName, matrix.span());
    return change == null ? null : Sample.of(change);
  }

  private void load(MatrixSource source, int row, Expr.Edges edges) {
    context.checkTime();
    source.load(row, samples);
    window.load(
        samples,
        context.options().startTimestamps() ? samples.starts() : null,
        edges == Expr.Edges.SMOOTHED);
    long heldBefore = context.held();
    context.hold(HistogramWeight.of(samples));
    context.release(heldBefore);
  }

  private boolean slide(MatrixSource source, Steps steps, int step) {
    boolean hasValue =
        window.slide(
            source.windowEnd(step),
            source.rangeMillis(),
            context.options().lookback().toMillis(),
            samples.size());
    window.evaluationMillis = steps.at(step);
    context.addSamplesRead(window.size());
    return hasValue;
  }

  /// Returns the result of an instant query that consists of a range selector only: the samples
  /// inside the range and one sample at each end.
  RangeMatrix window(Expr.MatrixSelector matrix, MatrixSource source, Steps steps) {
    var series = new ArrayList<RangeMatrix.Series>();
    for (int row = 0; row < source.rows(); row++) {
      load(source, row, matrix.selector().edges());
      if (samples.hasHistograms()) {
        throw QueryErrors.execution(
            matrix.selector().edges().name().toLowerCase(Locale.ROOT)
                + " modifier is not supported with histograms");
      }
      if (slide(source, steps, 0)) {
        SampleWindow extended = window.extended();
        context.hold(extended.size());
        series.add(
            new RangeMatrix.Series(
                source.labels(row),
                Arrays.copyOf(extended.timestamps(), extended.size()),
                Arrays.copyOf(extended.values(), extended.size())));
      }
    }
    series.sort(comparing(RangeMatrix.Series::labels));
    return new RangeMatrix(series);
  }
}
