package io.pharos.promql.engine.function;

import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.function.FunctionImplementation.OfWindows;
import io.pharos.promql.engine.function.FunctionImplementation.Trait;
import io.pharos.promql.engine.function.FunctionImplementation.WindowFunction;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.HistogramWeight;
import io.pharos.promql.engine.query.MatrixSource;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryAnnotations.OfMetric;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import io.pharos.promql.engine.query.RowSink;
import io.pharos.promql.engine.query.Sample;
import io.pharos.promql.engine.query.Steps;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Evaluates functions over range vectors: slides a window over each series and applies the
/// function at each step.
final class RangeFunctions {
  private static final double[] NO_ARGUMENTS = {};

  private static final int CHECK_EVERY = 64;

  private final QueryContext context;
  private final SampleWindow samples = new SampleWindow();
  private final Window window = new Window();
  private final HistogramWindows histogramWindows;

  /// The last metric name that was checked for annotations in this call.
  private @Nullable String checkedName;

  RangeFunctions(QueryContext context) {
    this.context = context;
    this.histogramWindows = new HistogramWindows(context.remarks());
  }

  /// Evaluates a call.
  ///
  /// @param arguments scalar arguments of the call at each step, at most two
  Columns apply(
      Expr.Call call,
      OfWindows function,
      MatrixSource source,
      List<double[]> arguments,
      Span matrixSpan,
      Steps steps) {
    var builder =
        new ColumnsBuilder(steps.count(), context.reserveRows(source.rows(), steps.count()));
    boolean keepsName = function.has(Trait.KEEPS_NAME);
    rows(
        call,
        function,
        source,
        arguments,
        matrixSpan,
        steps,
        (labels, dropped, cells, histograms) -> {
          builder.add(keepsName ? labels : context.dropName(labels), dropped, cells, histograms);
          return true;
        });
    return builder.build();
  }

  /// Computes the rows that have samples, one by one, and passes them to a sink.
  ///
  /// @param arguments scalar arguments of the call at each step, at most two
  /// @return false if the sink rejected a row
  boolean rows(
      Expr.Call call,
      OfWindows function,
      MatrixSource source,
      List<double[]> arguments,
      Span matrixSpan,
      Steps steps,
      RowSink sink) {
    boolean keepsName = function.has(Trait.KEEPS_NAME);
    boolean counter = function.has(Trait.COUNTER);
    Span span = QueryAnnotations.place(call.arguments().getFirst());
    long[] ends = new long[steps.count()];
    Arrays.setAll(ends, source::windowEnd);
    SteppedRates rates = rates(call.function(), ends, source.rangeMillis());
    var windows =
        new Windows(function, ends, source.rangeMillis(), arguments, span, matrixSpan, steps);
    double[] cells = new double[steps.count()];
    checkedName = null;
    for (int row = 0; row < source.rows(); row++) {
      if (row % CHECK_EVERY == 0) {
        context.checkTime();
      }
      load(source, row);
      var labels = source.labels(row);
      @Nullable Histogram[] histograms = null;
      boolean hasSample;
      boolean anyFloat;
      if (rates != null && window.histograms == null && window.starts == null) {
        hasSample = rates.of(samples, cells);
        anyFloat = hasSample;
      } else {
        histograms = window.histograms == null ? null : new @Nullable Histogram[steps.count()];
        hasSample = slide(windows, labels, cells, histograms);
        anyFloat = hasSample && anyFloat(cells, histograms);
      }
      if (!hasSample) {
        continue;
      }
      if (counter && anyFloat) {
        remarkOnce(labels, matrixSpan);
      }
      if (!sink.add(labels, !keepsName || source.nameDropped(row), cells, histograms)) {
        return false;
      }
    }
    return true;
  }

  private @Nullable SteppedRates rates(Function function, long[] ends, long rangeMillis) {
    return switch (function) {
      case RATE -> new SteppedRates(context, ends, rangeMillis, true, true);
      case INCREASE -> new SteppedRates(context, ends, rangeMillis, true, false);
      case DELTA -> new SteppedRates(context, ends, rangeMillis, false, false);
      default -> null;
    };
  }

  private static boolean anyFloat(double[] cells, @Nullable Histogram @Nullable [] histograms) {
    if (histograms == null) {
      return true;
    }
    for (int step = 0; step < cells.length; step++) {
      if (!Columns.isAbsent(cells[step]) && histograms[step] == null) {
        return true;
      }
    }
    return false;
  }

  /// The windows of a call and the function that is applied to them.
  ///
  /// @param ends end of each step's window in Unix milliseconds
  /// @param arguments scalar arguments at each step, at most two
  /// @param span position of the range argument, for annotations
  /// @param matrixSpan position of the selector in the range argument
  private record Windows(
      OfWindows function,
      long[] ends,
      long rangeMillis,
      List<double[]> arguments,
      Span span,
      Span matrixSpan,
      Steps steps) {
    double[] argument(int i) {
      return i < arguments.size() ? arguments.get(i) : NO_ARGUMENTS;
    }
  }

  /// Slides the window over the loaded series and applies the function at each step.
  ///
  /// @return whether any cell has a sample
  private boolean slide(
      Windows windows, Labels labels, double[] cells, @Nullable Histogram @Nullable [] histograms) {
    OfWindows function = windows.function;
    WindowFunction ofFloats = function.ofFloats();
    boolean quantile = function.has(Trait.QUANTILE);
    boolean overlaps = function.has(Trait.COUNTER) && window.starts != null;
    boolean factors = function.has(Trait.FACTORS);
    double[] first = windows.argument(0);
    double[] second = windows.argument(1);
    boolean hasSample = false;
    for (int step = 0; step < cells.length; step++) {
      cells[step] = Columns.ABSENT;
      if (!slide(windows.ends[step], windows.rangeMillis, windows.steps.at(step))) {
        continue;
      }
      window.argument = first.length == 0 ? 0 : first[step];
      window.secondArgument = second.length == 0 ? 0 : second[step];
      if (factors) {
        requireFactors(window);
      }
      double value;
      if (histograms != null && window.hasHistogram()) {
        Sample sample =
            function
                .ofHistograms()
                .apply(histogramWindows, window, labels.metricName(), windows.span);
        if (sample == null) {
          continue;
        }
        value = sample.value();
        histograms[step] = sample.histogram();
      } else {
        value = ofFloats.apply(window);
      }
      if (Columns.isAbsent(value)) {
        continue;
      }
      if (quantile && !(window.argument >= 0 && window.argument <= 1)) {
        context.remarks().quantileOutOfRange(window.argument, windows.span);
      }
      if (overlaps && window.anyStartsOverlap()) {
        context.remarks().startsOverlap(labels.metricName(), windows.matrixSpan);
      }
      cells[step] = value;
      hasSample = true;
    }
    return hasSample;
  }

  private static void requireFactors(Window window) {
    requireFactor("smoothing", "sf", window.argument);
    requireFactor("trend", "tf", window.secondArgument);
  }

  private static void requireFactor(String name, String symbol, double value) {
    if (value <= 0 || value >= 1) {
      throw QueryErrors.execution(
          "invalid %s factor. Expected: 0 < %s < 1, got: %s"
              .formatted(name, symbol, GoFloat.fixed(value)));
    }
  }

  /// Adds the annotations that [#apply] would add to a result that was computed with cached state.
  /// Such a result has no histograms.
  void remark(Expr.Call call, OfWindows function, Columns result) {
    if (!function.has(Trait.COUNTER)) {
      return;
    }
    Labels[] nonCounters =
        context.ofLabels(call, result, Labels[].class, () -> nonCounters(result));
    for (Labels labels : nonCounters) {
      remarkUnlessCounter(labels, QueryAnnotations.place(call.arguments().getFirst()));
    }
  }

  private Labels[] nonCounters(Columns result) {
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

  /* Checks a metric name once, because most series of a selector have the same name. */
  private void remarkOnce(Labels labels, Span span) {
    String name = labels.metricName();
    if (context.options().typeAndUnitLabels() || !name.equals(checkedName)) {
      checkedName = name;
      remarkUnlessCounter(labels, span);
    }
  }

  void remarkUnlessCounter(Labels labels, Span span) {
    if (isCounter(labels)) {
      return;
    }
    String name = labels.metricName();
    if (context.options().typeAndUnitLabels()) {
      context
          .remarks()
          .info(
              "metric might not be a counter, __type__ label is not set to \"counter\" or"
                  + " \"histogram\", got "
                  + Quoted.of(labels.get("__type__"))
                  + ": "
                  + Quoted.of(name),
              span);
    } else {
      context.remarks().add(OfMetric.NO_COUNTER_NAME, name, span);
    }
  }

  private void load(MatrixSource source, int row) {
    source.load(row, samples);
    window.timestamps = samples.timestamps();
    window.values = samples.values();
    window.histograms = samples.histograms();
    window.starts = context.options().startTimestamps() ? samples.starts() : null;
    window.from = 0;
    window.to = 0;
    long heldBefore = context.held();
    context.hold(HistogramWeight.of(samples));
    context.release(heldBefore);
  }

  /// Moves the window to a step.
  ///
  /// @return false if the window has no sample at this step
  private boolean slide(long endMillis, long rangeMillis, long evaluationMillis) {
    window.endMillis = endMillis;
    window.startMillis = endMillis - rangeMillis;
    window.evaluationMillis = evaluationMillis;
    while (window.to < samples.size() && window.timestamps[window.to] <= window.endMillis) {
      window.to++;
    }
    while (window.from < window.to && window.timestamps[window.from] <= window.startMillis) {
      window.from++;
    }
    context.addSamplesRead(window.size());
    return window.size() > 0;
  }

  /// Returns for each step whether any series has a sample in its window.
  boolean[] present(MatrixSource source, Steps steps) {
    var present = new boolean[steps.count()];
    for (int row = 0; row < source.rows(); row++) {
      context.checkTime();
      load(source, row);
      for (int step = 0; step < steps.count(); step++) {
        present[step] |= slide(source.windowEnd(step), source.rangeMillis(), steps.at(step));
      }
    }
    return present;
  }
}
