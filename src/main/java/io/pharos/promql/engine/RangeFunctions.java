package io.pharos.promql.engine;

import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.Implementation.OfWindows;
import io.pharos.promql.engine.Implementation.Trait;
import io.pharos.promql.engine.Implementation.WindowFunction;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.List;

/// Functions over range vectors: slides a window over each series and asks a function about it.
final class RangeFunctions {
  private static final double[] NO_ARGUMENTS = {};

  private final QueryContext context;
  private final SampleWindow samples = new SampleWindow();
  private final Window window = new Window();
  private final HistogramWindows histogramWindows;

  RangeFunctions(QueryContext context) {
    this.context = context;
    this.histogramWindows = new HistogramWindows(context.remarks());
  }

  /// @param arguments the call's scalar arguments at each step, at most two
  Columns apply(
      Expr.Call call,
      OfWindows function,
      MatrixSource source,
      List<double[]> arguments,
      Span matrixSpan,
      Steps steps) {
    WindowFunction ofFloats = function.ofFloats();
    boolean keepsName = function.has(Trait.KEEPS_NAME);
    boolean quantile = function.has(Trait.QUANTILE);
    boolean counter = function.has(Trait.COUNTER);
    boolean factors = function.has(Trait.FACTORS);
    Span span = Remarks.place(call.arguments().getFirst());
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
        if (factors) {
          requireFactors(window);
        }
        double value;
        Histogram histogram = null;
        if (window.hasHistogram()) {
          Sample sample =
              function.ofHistograms().apply(histogramWindows, window, labels.metricName(), span);
          if (sample == null) {
            continue;
          }
          value = sample.value();
          histogram = sample.histogram();
        } else {
          value = ofFloats.apply(window);
        }
        if (Columns.isAbsent(value)) {
          continue;
        }
        if (quantile && !(window.argument >= 0 && window.argument <= 1)) {
          context.remarks().quantileOutOfRange(window.argument, span);
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

  /// Says of a result without histograms what [#apply] says of it.
  void remark(Expr.Call call, OfWindows function, Columns result) {
    if (!function.has(Trait.COUNTER)) {
      return;
    }
    Labels[] suspicious = context.ofLabels(call, result, Labels[].class, () -> suspicious(result));
    for (Labels labels : suspicious) {
      remarkUnlessCounter(labels, Remarks.place(call.arguments().getFirst()));
    }
  }

  private Labels[] suspicious(Columns result) {
    var found = new ArrayList<Labels>();
    for (int row = 0; row < result.rows(); row++) {
      if (!isCounter(result.named(row))) {
        found.add(result.named(row));
      }
    }
    return found.toArray(Labels[]::new);
  }

  private boolean isCounter(Labels labels) {
    String name = labels.metricName();
    if (context.options().typeAndUnitLabels()) {
      String type = labels.get("__type__");
      return name.isEmpty() || type.equals("counter") || type.equals("histogram");
    }
    return name.isEmpty()
        || name.endsWith("_total")
        || name.endsWith("_sum")
        || name.endsWith("_count")
        || name.endsWith("_bucket");
  }

  void remarkUnlessCounter(Labels labels, Span span) {
    if (isCounter(labels)) {
      return;
    }
    String name = labels.metricName();
    if (context.options().typeAndUnitLabels()) {
      context.remarks().possibleNonCounterType(name, labels.get("__type__"), span);
    } else {
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
