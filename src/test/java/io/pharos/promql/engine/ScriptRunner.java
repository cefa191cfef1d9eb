package io.pharos.promql.engine;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.ast.AtModifier;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Runs the commands of a script one after the other.
///
/// As Prometheus' own runner does, it evaluates each instant eval again with `@` on every selector,
/// printed and parsed anew, at other times, and each of these as the middle of a range query.
final class ScriptRunner {
  private static final double TOLERANCE = 1e-6;

  /// The functions whose value depends on the time of evaluation, `@` or not.
  private static final Set<Function> READ_THE_TIME =
      EnumSet.of(
          Function.DAYS_IN_MONTH,
          Function.DAY_OF_MONTH,
          Function.DAY_OF_WEEK,
          Function.DAY_OF_YEAR,
          Function.HOUR,
          Function.MINUTE,
          Function.MONTH,
          Function.YEAR,
          Function.PREDICT_LINEAR,
          Function.TIME,
          Function.TIMESTAMP,
          Function.START,
          Function.END,
          Function.STEP,
          Function.RANGE);

  private final EngineOptions options;
  private InMemoryStorage storage = new InMemoryStorage();

  ScriptRunner(boolean delayedNameRemoval) {
    this.options =
        EngineOptions.defaults()
            .withDelayedNameRemoval(delayedNameRemoval)
            .withParser(ParserOptions.all())
            .withMaxSamples(10_000);
  }

  void clear() {
    storage = new InMemoryStorage();
  }

  void load(PromqlScript.Load load) {
    try (Appender appender = storage.appender()) {
      for (SeriesDescription series : load.series()) {
        long time = 0;
        for (SeriesDescription.Item item : series.items()) {
          switch (item) {
            case SeriesDescription.Sample(double value) ->
                appender.append(series.labels(), time, value);
            case SeriesDescription.Stale() ->
                appender.append(series.labels(), time, StaleMarker.VALUE);
            case SeriesDescription.Gap() -> {}
          }
          time += load.gapMillis();
        }
      }
      appender.commit();
    }
  }

  /// What is wrong with the eval, or null when all is well.
  @Nullable String run(PromqlScript.Eval eval) {
    if (eval.unreadable() != null) {
      return eval.unreadable();
    }
    var engine = new Engine(storage, options, System::nanoTime, new SimpleMeterRegistry());
    if (eval.range()) {
      return check(
          eval,
          () ->
              engine.range(
                  eval.expression(),
                  eval.fromMillis(),
                  eval.toMillis(),
                  Duration.ofMillis(eval.stepMillis())));
    }
    String failure = check(eval, () -> engine.instant(eval.expression(), eval.fromMillis()));
    return failure != null ? failure : runVariants(engine, eval);
  }

  private @Nullable String runVariants(Engine engine, PromqlScript.Eval eval) {
    if (eval.expects("fail")) {
      return null;
    }
    Expr expr = PromqlParser.parse(eval.expression(), ParserOptions.all());
    boolean vector = eval.window() == null && eval.string() == null;
    boolean ranged =
        vector
            && !eval.expression()
                .toLowerCase(java.util.Locale.ROOT)
                .matches(".*\\b(start|end|range|step)\\(\\).*");
    if (ranged) {
      String failure = asMiddle(engine, eval, eval.expression(), eval.fromMillis());
      if (failure != null) {
        return "as the middle of a range: " + failure;
      }
    }
    if (!vector || callsTimeFunction(expr)) {
      return null;
    }
    String pinned = Printer.print(withAt(expr, eval.fromMillis()));
    long time = eval.fromMillis();
    for (long at : new long[] {-10 * time, 0, time / 5, time, 10 * time}) {
      String failure = checkValues(eval, engine.instant(pinned, at).value(), false);
      if (failure != null) {
        return "with @ as " + pinned + " at " + at + ": " + failure;
      }
      if (ranged) {
        failure = asMiddle(engine, eval, pinned, at);
        if (failure != null) {
          return "with @ as " + pinned + " as the middle of a range at " + at + ": " + failure;
        }
      }
    }
    return null;
  }

  private static boolean callsTimeFunction(Expr expr) {
    return expr.stream()
        .anyMatch(
            node -> node instanceof Expr.Call call && READ_THE_TIME.contains(call.function()));
  }

  private static Expr withAt(Expr expr, long time) {
    var at = new AtModifier.Timestamp(time);
    if (expr instanceof Expr.VectorSelector selector) {
      return selector.shift().at() != null
          ? selector
          : selector.withShift(selector.shift().withAt(at));
    }
    if (expr instanceof Expr.Subquery subquery) {
      return subquery.shift().at() != null
          ? subquery
          : subquery.withShift(subquery.shift().withAt(at));
    }
    return expr.mapChildren(child -> withAt(child, time));
  }

  private @Nullable String asMiddle(
      Engine engine, PromqlScript.Eval eval, String expression, long time) {
    QueryResult result;
    try {
      result = engine.range(expression, time - 60_000, time + 60_000, Duration.ofMinutes(1));
    } catch (QueryException e) {
      return "failed: " + e.reason();
    }
    if (!(result.value() instanceof RangeMatrix matrix) || eval.expects("ordered")) {
      return null;
    }
    var middle = InstantVector.builder(time);
    double scalar = Double.NaN;
    for (RangeMatrix.Series series : matrix.series()) {
      for (int i = 0; i < series.size(); i++) {
        if (series.timestamps()[i] == time) {
          middle.add(series.labels(), series.values()[i]);
          scalar = series.values()[i];
        }
      }
    }
    Value value = eval.scalar() == null ? middle.build() : new Scalar(time, scalar);
    return checkValues(eval, value, false);
  }

  @FunctionalInterface
  private interface Query {
    QueryResult run();
  }

  private static @Nullable String check(PromqlScript.Eval eval, Query query) {
    QueryResult result;
    try {
      result = query.run();
    } catch (QueryException e) {
      if (!eval.expects("fail")) {
        return "failed: " + e.reason();
      }
      return eval.expected("fail").stream().allMatch(one -> one.accepts(e.reason()))
          ? null
          : "failed with another message: " + e.reason();
    } catch (RuntimeException e) {
      return "broke: " + e;
    }
    if (eval.expects("fail")) {
      return "expected to fail, got " + result.value();
    }
    String remarks = checkRemarks(eval, "warn", result.warnings());
    if (remarks == null) {
      remarks = checkRemarks(eval, "info", result.infos());
    }
    return remarks != null ? remarks : checkValues(eval, result.value(), true);
  }

  private static @Nullable String checkRemarks(
      PromqlScript.Eval eval, String kind, List<String> found) {
    if (eval.expects("no_" + kind) && !found.isEmpty()) {
      return "expected no " + kind + ", got " + found;
    }
    List<PromqlScript.Expectation> expected = eval.expected(kind);
    if (expected.isEmpty()) {
      return null;
    }
    boolean all = expected.stream().allMatch(one -> found.stream().anyMatch(one::accepts));
    boolean only = found.stream().allMatch(one -> expected.stream().anyMatch(e -> e.accepts(one)));
    return all && only ? null : "expected " + kind + " " + expected + ", got " + found;
  }

  private static @Nullable String checkValues(
      PromqlScript.Eval eval, Value value, boolean orderedMatters) {
    return switch (value) {
      case Scalar scalar ->
          eval.scalar() != null && almostEqual(eval.scalar(), scalar.value())
              ? null
              : "expected " + eval.scalar() + ", got scalar " + scalar.value();
      case StringValue string ->
          string.value().equals(eval.string())
              ? null
              : "expected string " + eval.string() + ", got " + string.value();
      case InstantVector vector -> checkVector(eval, vector, orderedMatters);
      case RangeMatrix matrix -> checkMatrix(eval, matrix);
    };
  }

  private static @Nullable String checkVector(
      PromqlScript.Eval eval, InstantVector vector, boolean orderedMatters) {
    if (eval.scalar() != null) {
      return "expected scalar " + eval.scalar() + ", got\n" + vector;
    }
    if (vector.size() != eval.series().size()) {
      return "expected " + eval.series().size() + " series, got\n" + vector;
    }
    Map<Labels, Integer> found = new LinkedHashMap<>();
    for (int i = 0; i < vector.size(); i++) {
      found.put(vector.labels(i), i);
    }
    for (int i = 0; i < eval.series().size(); i++) {
      SeriesDescription series = eval.series().get(i);
      Integer at = found.get(series.labels());
      if (at == null) {
        return "expected " + series.labels() + ", got\n" + vector;
      }
      if (orderedMatters && eval.expects("ordered") && at != i) {
        return "expected " + series.labels() + " at position " + i + ", got\n" + vector;
      }
      double expected =
          series.items().getFirst() instanceof SeriesDescription.Sample(double value)
              ? value
              : StaleMarker.VALUE;
      if (!almostEqual(expected, vector.value(at))) {
        return "expected " + expected + " for " + series.labels() + ", got\n" + vector;
      }
    }
    return null;
  }

  private static @Nullable String checkMatrix(PromqlScript.Eval eval, RangeMatrix matrix) {
    long from = eval.window() == null ? eval.fromMillis() : eval.window()[0];
    long step = eval.window() == null ? eval.stepMillis() : eval.window()[2];
    if (eval.scalar() != null) {
      boolean equal =
          matrix.series().size() == 1
              && java.util.Arrays.stream(matrix.series().getFirst().values())
                  .allMatch(value -> almostEqual(eval.scalar(), value));
      return equal ? null : "expected scalar " + eval.scalar() + ", got " + show(matrix);
    }
    Map<Labels, RangeMatrix.Series> found = new LinkedHashMap<>();
    Labels previous = null;
    for (RangeMatrix.Series series : matrix.series()) {
      if (previous != null && previous.compareTo(series.labels()) >= 0) {
        return "not sorted by labels: " + show(matrix);
      }
      previous = series.labels();
      found.put(series.labels(), series);
    }
    for (SeriesDescription series : eval.series()) {
      var times = new ArrayList<Long>();
      var values = new ArrayList<Double>();
      for (int i = 0; i < series.items().size(); i++) {
        if (series.items().get(i) instanceof SeriesDescription.Sample(double value)) {
          times.add(from + i * step);
          values.add(value);
        }
      }
      RangeMatrix.Series got = found.remove(series.labels());
      if (got == null && times.isEmpty()) {
        continue;
      }
      if (got == null || got.size() != times.size()) {
        return "expected "
            + times.size()
            + " points of "
            + series.labels()
            + ", got "
            + show(matrix);
      }
      for (int i = 0; i < got.size(); i++) {
        if (got.timestamps()[i] != times.get(i) || !almostEqual(values.get(i), got.values()[i])) {
          return "expected " + values + " of " + series.labels() + ", got " + show(matrix);
        }
      }
    }
    return found.isEmpty() ? null : "expected no more series, got " + show(matrix);
  }

  private static String show(RangeMatrix matrix) {
    var text = new StringBuilder();
    for (RangeMatrix.Series series : matrix.series()) {
      text.append(series.labels());
      for (int i = 0; i < series.size(); i++) {
        text.append(' ').append(series.values()[i]).append('@').append(series.timestamps()[i]);
      }
      text.append('\n');
    }
    return text.toString();
  }

  static boolean almostEqual(double a, double b) {
    if (StaleMarker.is(a) || StaleMarker.is(b)) {
      return StaleMarker.is(a) && StaleMarker.is(b);
    }
    if (a == b || (Double.isNaN(a) && Double.isNaN(b))) {
      return true;
    }
    double sum = Math.abs(a) + Math.abs(b);
    double difference = Math.abs(a - b);
    if (a == 0 || b == 0 || sum < Double.MIN_NORMAL) {
      return difference < TOLERANCE * Double.MIN_NORMAL;
    }
    return difference / Math.min(sum, Double.MAX_VALUE) < TOLERANCE;
  }
}
