package io.pharos.promql.test;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.AtModifier;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.promql.test.Comparison.Mismatch;
import io.pharos.promql.test.PromqlScript.Eval;
import io.pharos.promql.test.PromqlScript.Kind;
import io.pharos.promql.test.PromqlScript.Window;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.Value;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Runs the commands of a script in order.
///
/// Like Prometheus' own runner, it evaluates each instant eval several times. First it evaluates
/// the expression as written. Then it adds `@` to every selector, prints the expression, and
/// evaluates this text at other times. It also evaluates each of these texts as a range query, and
/// checks the middle step.
public final class ScriptRunner {
  private static final Duration TIMEOUT = Duration.ofSeconds(100);
  private static final long MINUTE = 60_000;

  /// Functions that return the range of the query, so that `@` does not fix their result.
  private static final Set<Function> RANGE_FUNCTIONS =
      EnumSet.of(Function.START, Function.END, Function.STEP, Function.RANGE);

  /// Calls that return the start, end, range or step of the query, so that a range query returns
  /// another result.
  private static final Pattern RANGE_CALLS = Pattern.compile("(start|end|range|step)\\(\\)");

  private final EngineOptions options;
  private InMemoryStorage storage = new InMemoryStorage();

  /// Creates a runner with an empty store.
  public ScriptRunner(EngineOptions options) {
    this.options = options;
  }

  /// Returns the options of Prometheus' own test runs: the whole language, start timestamps, at
  /// most 10,000 samples per query.
  public static EngineOptions upstreamOptions(boolean delayedNameRemoval) {
    var features = EnumSet.allOf(Feature.class);
    features.remove(Feature.TYPE_AND_UNIT_LABELS);
    if (!delayedNameRemoval) {
      features.remove(Feature.DELAYED_NAME_REMOVAL);
    }
    return EngineOptions.defaults()
        .withFeatures(features)
        .withMaxSamples(10_000)
        .withTimeout(TIMEOUT);
  }

  /// Runs a script on a new store.
  public static ScriptReport run(PromqlScript script, EngineOptions options) {
    var runner = new ScriptRunner(options);
    var outcomes = new ArrayList<ScriptReport.Outcome>();
    for (PromqlScript.Command command : script.commands()) {
      switch (command) {
        case PromqlScript.Clear() -> runner.clear();
        case PromqlScript.Load load -> runner.load(load);
        case Eval eval ->
            outcomes.add(
                new ScriptReport.Outcome(eval.line(), eval.expression(), runner.failure(eval)));
      }
    }
    return new ScriptReport(script.name(), outcomes);
  }

  /// Deletes all loaded series.
  public void clear() {
    storage = new InMemoryStorage();
  }

  /// Adds series to the loaded series.
  public void load(PromqlScript.Load load) {
    try (Appender appender = storage.appender()) {
      for (PromqlScript.LoadedSeries loaded : load.series()) {
        SeriesDescription series = loaded.description();
        long time = 0;
        for (int i = 0; i < series.items().size(); i++) {
          switch (series.items().get(i)) {
            case SeriesDescription.Sample(double value) ->
                appender.append(series.labels(), time, value, loaded.startMillis(i, time));
            case SeriesDescription.HistogramSample sample ->
                appender.append(
                    series.labels(), time, stored(sample.histogram()), loaded.startMillis(i, time));
            case SeriesDescription.Stale() ->
                appender.append(series.labels(), time, StaleMarker.VALUE);
            case SeriesDescription.Gap() -> {}
          }
          time += load.gapMillis();
        }
      }
      if (load.withNhcb()) {
        new ClassicHistograms(load).append(appender);
      }
      appender.commit();
    }
  }

  /// Returns the histogram that Prometheus' store would return: without the hint that it follows a
  /// reset.
  private static Histogram stored(Histogram histogram) {
    return histogram.hint() == ResetHint.RESET ? histogram.withHint(ResetHint.UNKNOWN) : histogram;
  }

  /// Runs an eval. Returns the difference from its expectation, or empty on success.
  public Optional<String> failure(Eval eval) {
    try {
      new Run(eval).evaluateAll();
      return Optional.empty();
    } catch (Mismatch e) {
      return Optional.of(e.reason());
    }
  }

  /// The evaluations of one eval, up to the first [Mismatch].
  private final class Run {
    private final Eval eval;
    private final Comparison comparison;
    private final Engine engine =
        new Engine(storage, options, System::nanoTime, new SimpleMeterRegistry());

    Run(Eval eval) {
      this.eval = eval;
      this.comparison = new Comparison(eval);
    }

    void evaluateAll() {
      Window range = eval.range();
      if (range != null) {
        evaluate(
            () ->
                engine.range(
                    eval.expression(),
                    range.fromMillis(),
                    range.toMillis(),
                    Duration.ofMillis(range.stepMillis())));
        return;
      }
      instant(eval.expression(), eval.atMillis());
      Expr expr = parsed();
      if (callsTimeFunction(expr)) {
        return;
      }
      String pinned = Printer.print(withAt(expr, eval.atMillis()));
      for (long time : otherTimes(eval.atMillis())) {
        try {
          instant(pinned, time);
        } catch (Mismatch e) {
          throw new Mismatch("as " + pinned + " at " + time + " ms: " + e.reason());
        }
      }
    }

    private Expr parsed() {
      try {
        return PromqlParser.parse(eval.expression(), options.parser());
      } catch (ParseException e) {
        throw new Mismatch("does not parse: " + e.getMessage());
      }
    }

    private void instant(String expression, long time) {
      evaluate(() -> engine.instant(expression, time));
      boolean alsoAsRange =
          !eval.expects(Kind.FAIL)
              && eval.window() == null
              && !(eval.expected() instanceof PromqlScript.Expected.Text)
              && !RANGE_CALLS.matcher(expression).find();
      if (alsoAsRange) {
        asMiddle(expression, time);
      }
    }

    private void evaluate(java.util.function.Supplier<QueryResult> query) {
      QueryResult result;
      try {
        result = query.get();
      } catch (QueryException e) {
        comparison.checkFailure(e.reason());
        return;
      } catch (RuntimeException e) {
        throw new Mismatch("internal error: " + e);
      }
      comparison.check(result);
    }

    /// Evaluates the expression as a range query of three steps, and compares the middle step with
    /// the expectation.
    private void asMiddle(String expression, long time) {
      QueryResult result;
      try {
        result = engine.range(expression, time - MINUTE, time + MINUTE, Duration.ofMinutes(1));
      } catch (QueryException e) {
        throw new Mismatch("as the middle step of a range query: failed: " + e.reason());
      } catch (RuntimeException e) {
        throw new Mismatch("as the middle step of a range query: internal error: " + e);
      }
      if (!(result.value() instanceof RangeMatrix matrix) || eval.expects(Kind.ORDERED)) {
        return;
      }
      try {
        comparison.checkSorted(matrix);
        comparison.checkValue(middle(matrix, time));
      } catch (Mismatch e) {
        throw new Mismatch("as the middle step of a range query: " + e.reason());
      }
    }

    private Value middle(RangeMatrix matrix, long time) {
      InstantVector vector = matrix.at(time);
      boolean scalar = eval.expected() instanceof PromqlScript.Expected.Scalar;
      return scalar && vector.size() == 1 ? new Scalar(time, vector.value(0)) : vector;
    }
  }

  private static List<Long> otherTimes(long time) {
    return time == 0
        ? List.of(-1_000L, 0L, 1_000L)
        : List.of(-10 * time, 0L, time / 5, time, 10 * time);
  }

  private static boolean callsTimeFunction(Expr expr) {
    return expr.stream()
        .anyMatch(
            node ->
                node instanceof Expr.Call call
                    && (call.function().readsTime() || RANGE_FUNCTIONS.contains(call.function())));
  }

  private static Expr withAt(Expr expr, long time) {
    var timestamp = new AtModifier.Timestamp(time);
    if (expr instanceof Expr.VectorSelector selector) {
      return selector.shift().at() != null
          ? selector
          : selector.withShift(selector.shift().withAt(timestamp));
    }
    if (expr instanceof Expr.Subquery subquery) {
      return subquery.shift().at() != null
          ? subquery
          : subquery.withShift(subquery.shift().withAt(timestamp));
    }
    return expr.mapChildren(child -> withAt(child, time));
  }
}
