package io.pharos.promql.engine;

import static java.util.Comparator.comparing;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Ranges with `anchored` and `smoothed` edges: what functions make of them, and what they are
/// themselves.
final class ExtendedRanges {
  /* An anchored range has the last sample at or before its start as its first one. A smoothed range
   * has a value at either end, interpolated between the samples around it where there are two.
   * Samples outside the range are looked for as far away as the lookback reaches (prometheus
   * promql/functions.go, extendedRate; promql/engine.go, extendFloats). */
  private static final Set<Function> ANCHORED =
      EnumSet.of(
          Function.CHANGES, Function.DELTA, Function.INCREASE, Function.RATE, Function.RESETS);
  private static final Set<Function> SMOOTHED =
      EnumSet.of(Function.DELTA, Function.INCREASE, Function.RATE);

  /// Those that don't mind floats beside histograms.
  private static final Set<Function> COUNTING = EnumSet.of(Function.CHANGES, Function.RESETS);

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

  /// The range with such edges that an expression is; null where it is none.
  static Expr.@Nullable MatrixSelector of(Expr expr) {
    return expr.unwrapped() instanceof Expr.MatrixSelector matrix
            && matrix.selector().edges() != Expr.Edges.PLAIN
        ? matrix
        : null;
  }

  /// The value of a call of a function of one such range.
  Columns apply(Expr.Call call, Expr.MatrixSelector matrix, MatrixSource source, Steps steps) {
    Function function = call.function();
    Expr.Edges edges = matrix.selector().edges();
    requireAllowed(function, matrix);
    var builder = new ColumnsBuilder(steps.count(), context.room(source.rows(), steps.count()));
    for (int row = 0; row < source.rows(); row++) {
      Labels labels = source.labels(row);
      int target = -1;
      boolean remarked = false;
      load(source, row, edges);
      for (int step = 0; step < steps.count(); step++) {
        boolean any = slide(source, steps, step);
        if (!any && (COUNTING.contains(function) || !window.isMixed())) {
          continue;
        }
        Sample sample = value(call, matrix, labels.metricName());
        if (sample == null) {
          continue;
        }
        Histogram histogram = sample.histogram();
        boolean counter = function == Function.RATE || function == Function.INCREASE;
        if (counter && histogram == null && !remarked) {
          rangeFunctions.remarkUnlessCounter(labels, matrix.span());
          remarked = true;
        }
        if (target < 0) {
          target = builder.row(context.dropName(labels), true);
        }
        if (histogram == null) {
          builder.add(target, step, sample.value());
        } else {
          builder.add(target, step, histogram);
        }
      }
    }
    return builder.build();
  }

  /// Refuses functions that can do nothing with the edges of a range.
  static void requireAllowed(Function function, Expr range) {
    Expr.MatrixSelector extended = of(range);
    if (extended == null) {
      return;
    }
    Expr.Edges edges = extended.selector().edges();
    Set<Function> allowed = edges == Expr.Edges.ANCHORED ? ANCHORED : SMOOTHED;
    if (!allowed.contains(function)) {
      throw Failures.execution(
          edges.name().toLowerCase(Locale.ROOT)
              + " modifier can only be used with: "
              + allowed.stream().map(Function::symbol).sorted().collect(Collectors.joining(", "))
              + " - not with "
              + function.symbol());
    }
  }

  private @Nullable Sample value(Expr.Call call, Expr.MatrixSelector matrix, String metricName) {
    Function function = call.function();
    if (COUNTING.contains(function)) {
      return window.hasHistogram()
          ? histogramWindows.apply(call, OverTime::changes, window, metricName)
          : Sample.of(
              function == Function.CHANGES ? OverTime.changes(window) : OverTime.resets(window));
    }
    if (window.isMixed()) {
      context.remarks().mixedInRange(metricName, matrix.span());
      return null;
    }
    boolean counter = function != Function.DELTA;
    double perSeconds =
        function == Function.RATE ? (window.endMillis - window.startMillis) / 1000.0 : 1;
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
        samples, StartTimestamps.used(context, samples.starts()), edges == Expr.Edges.SMOOTHED);
    long before = context.held();
    context.hold(HistogramWeight.of(samples));
    context.release(before);
  }

  private boolean slide(MatrixSource source, Steps steps, int step) {
    boolean any =
        window.slide(
            source.windowEnd(step),
            source.rangeMillis(),
            context.options().lookback().toMillis(),
            samples.size());
    window.evaluationMillis = steps.at(step);
    context.touch(window.size());
    return any;
  }

  /// The samples of the range itself, which only an instant query can ask for: those inside, and
  /// one at either end.
  RangeMatrix window(Expr.MatrixSelector matrix, MatrixSource source, Steps steps) {
    var series = new ArrayList<RangeMatrix.Series>();
    for (int row = 0; row < source.rows(); row++) {
      load(source, row, matrix.selector().edges());
      if (samples.hasHistograms()) {
        throw Failures.execution(
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
