package io.pharos.promql.test;

import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.promql.test.PromqlScript.Eval;
import io.pharos.promql.test.PromqlScript.Expectation;
import io.pharos.promql.test.PromqlScript.Expected;
import io.pharos.promql.test.PromqlScript.Kind;
import io.pharos.promql.test.PromqlScript.Window;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Compares the result of an eval with its expectation. The first difference is thrown as a
/// [Mismatch].
final class Comparison {
  private static final double TOLERANCE = 1e-6;

  /// Thrown if the result of an eval differs from its expectation. Used only within this package.
  static final class Mismatch extends RuntimeException {
    private final String reason;

    Mismatch(String reason) {
      super(reason, null, false, false);
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  private final Eval eval;

  Comparison(Eval eval) {
    this.eval = eval;
  }

  void checkFailure(String message) {
    if (!eval.expects(Kind.FAIL)) {
      throw new Mismatch("failed: " + message);
    }
    if (!eval.expectations(Kind.FAIL).stream().allMatch(one -> one.accepts(message))) {
      throw new Mismatch("failed with another message: " + message);
    }
  }

  void check(QueryResult result) {
    if (eval.expects(Kind.FAIL)) {
      throw new Mismatch("expected to fail, got " + result.value());
    }
    checkRemarks(Kind.WARN, Kind.NO_WARN, result.warnings());
    checkRemarks(Kind.INFO, Kind.NO_INFO, result.infos());
    if (result.value() instanceof RangeMatrix matrix) {
      checkMatrix(matrix);
    } else {
      checkValue(result.value());
    }
  }

  private void checkRemarks(Kind kind, Kind forbidden, List<String> found) {
    if (eval.expects(forbidden) && !found.isEmpty()) {
      throw new Mismatch("expected " + forbidden + ", got " + found);
    }
    List<Expectation> expected = eval.expectations(kind);
    if (expected.isEmpty()) {
      return;
    }
    boolean allFound = expected.stream().allMatch(one -> found.stream().anyMatch(one::accepts));
    boolean allExpected =
        found.stream().allMatch(text -> expected.stream().anyMatch(one -> one.accepts(text)));
    if (!allFound || !allExpected) {
      throw new Mismatch("expected " + kind + " " + expected + ", got " + found);
    }
  }

  void checkValue(Value value) {
    switch (value) {
      case Scalar scalar -> {
        if (!(eval.expected() instanceof Expected.Scalar(double expected))
            || !almostEqual(expected, scalar.value())) {
          throw new Mismatch(
              "expected " + shownExpectation() + ", got scalar " + GoFloat.general(scalar.value()));
        }
      }
      case StringValue string -> {
        if (!(eval.expected() instanceof Expected.Text(String expected))
            || !expected.equals(string.value())) {
          throw new Mismatch("expected " + shownExpectation() + ", got string " + string.value());
        }
      }
      case InstantVector vector -> checkVector(vector);
      case RangeMatrix matrix -> checkMatrix(matrix);
    }
  }

  private List<SeriesDescription> expectedSeries(String result) {
    if (eval.expected() instanceof Expected.Vector(List<SeriesDescription> series)) {
      return series;
    }
    throw new Mismatch("expected " + shownExpectation() + ", got\n" + result);
  }

  private String shownExpectation() {
    return switch (eval.expected()) {
      case Expected.Scalar(double value) -> "scalar " + GoFloat.general(value);
      case Expected.Text(String value) -> "string " + value;
      case Expected.Vector(var series) -> series.size() + " series";
    };
  }

  private void checkVector(InstantVector vector) {
    List<SeriesDescription> expected = expectedSeries(show(vector));
    if (vector.size() != expected.size()) {
      throw new Mismatch("expected " + expected.size() + " series, got\n" + show(vector));
    }
    Map<Labels, Integer> found = new HashMap<>();
    for (int i = 0; i < vector.size(); i++) {
      found.put(vector.labels(i), i);
    }
    for (int i = 0; i < expected.size(); i++) {
      SeriesDescription series = expected.get(i);
      Integer index = found.get(series.labels());
      if (index == null) {
        throw new Mismatch("expected " + series.labels() + ", got\n" + show(vector));
      }
      if (eval.expects(Kind.ORDERED) && index != i) {
        throw new Mismatch(
            "expected " + series.labels() + " at position " + i + ", got\n" + show(vector));
      }
      SeriesDescription.Item item =
          series.items().isEmpty() ? new SeriesDescription.Gap() : series.items().getFirst();
      if (!isSame(item, vector.value(index), vector.histogram(index))) {
        throw new Mismatch(
            "expected " + show(item) + " for " + series.labels() + ", got\n" + show(vector));
      }
    }
  }

  /// Returns whether a sample of the result equals the expected sample. All comparisons of samples
  /// use this method.
  private static boolean isSame(
      SeriesDescription.Item expected, double found, @Nullable Histogram histogram) {
    return switch (expected) {
      case SeriesDescription.Sample(double value) -> histogram == null && almostEqual(value, found);
      case SeriesDescription.HistogramSample(Histogram value, boolean withHint) ->
          histogram != null
              && (!withHint || value.hint() == histogram.hint())
              && almostEqual(value.compacted(), histogram.compacted());
      case SeriesDescription.Stale() -> histogram == null && StaleMarker.is(found);
      case SeriesDescription.Gap() -> false;
    };
  }

  private static boolean almostEqual(Histogram a, Histogram b) {
    return a.schema() == b.schema()
        && almostEqual(a.count(), b.count())
        && almostEqual(a.sum(), b.sum())
        && a.zeroThreshold() == b.zeroThreshold()
        && almostEqual(a.zeroCount(), b.zeroCount())
        && Arrays.equals(a.customValues(), b.customValues())
        && almostEqual(a.positive(), b.positive())
        && almostEqual(a.negative(), b.negative());
  }

  private static boolean almostEqual(Histogram.Buckets a, Histogram.Buckets b) {
    if (!a.spans().equals(b.spans())) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!almostEqual(a.count(i), b.count(i))) {
        return false;
      }
    }
    return true;
  }

  private static String show(SeriesDescription.Item item) {
    return switch (item) {
      case SeriesDescription.Sample(double value) -> GoFloat.general(value);
      case SeriesDescription.HistogramSample sample -> sample.histogram().toNotation();
      case SeriesDescription.Stale() -> "stale";
      case SeriesDescription.Gap() -> "_";
    };
  }

  private static String show(double value, @Nullable Histogram histogram) {
    return histogram == null ? GoFloat.general(value) : histogram.toNotation();
  }

  private static String show(InstantVector vector) {
    var text = new StringBuilder();
    for (int i = 0; i < vector.size(); i++) {
      text.append(vector.labels(i)).append(' ');
      text.append(show(vector.value(i), vector.histogram(i))).append('\n');
    }
    return text.toString();
  }

  void checkSorted(RangeMatrix matrix) {
    Labels previous = null;
    for (RangeMatrix.Series series : matrix.series()) {
      if (previous != null && previous.compareTo(series.labels()) > 0) {
        throw new Mismatch("not sorted by labels: " + show(matrix));
      }
      previous = series.labels();
    }
  }

  private void checkMatrix(RangeMatrix matrix) {
    Window window = eval.window() != null ? eval.window() : eval.range();
    if (window == null || eval.expects(Kind.ORDERED)) {
      throw new Mismatch("expected " + shownExpectation() + ", got a range vector " + show(matrix));
    }
    List<SeriesDescription> expected = expectedSeries(show(matrix));
    checkSorted(matrix);
    Map<Labels, RangeMatrix.Series> found = new HashMap<>();
    matrix.series().forEach(series -> found.put(series.labels(), series));
    for (SeriesDescription series : expected) {
      RangeMatrix.Series got = found.remove(series.labels());
      if (got == null) {
        throw new Mismatch("expected " + series.labels() + ", got " + show(matrix));
      }
      checkPoints(series, got, window);
    }
    if (!found.isEmpty()) {
      throw new Mismatch("expected " + expected.size() + " series, got " + show(matrix));
    }
  }

  private static void checkPoints(SeriesDescription series, RangeMatrix.Series got, Window window) {
    int next = 0;
    for (int i = 0; i < series.items().size(); i++) {
      SeriesDescription.Item item = series.items().get(i);
      if (item instanceof SeriesDescription.Gap) {
        continue;
      }
      long time = window.fromMillis() + i * window.stepMillis();
      if (time > window.toMillis()) {
        throw new Mismatch(
            "the expectation of %s has more items than the query has times"
                .formatted(series.labels()));
      }
      if (next >= got.size()
          || got.timestamps()[next] != time
          || !isSame(item, got.values()[next], got.histogram(next))) {
        throw new Mismatch("expected " + show(item) + " at " + time + " ms, got " + show(got));
      }
      next++;
    }
    if (next != got.size()) {
      throw new Mismatch("expected " + next + " points, got " + show(got));
    }
  }

  private static String show(RangeMatrix matrix) {
    var text = new StringBuilder();
    matrix.series().forEach(series -> text.append(show(series)).append('\n'));
    return text.toString();
  }

  private static String show(RangeMatrix.Series series) {
    var text = new StringBuilder(series.labels().toString());
    for (int i = 0; i < series.size(); i++) {
      text.append(' ').append(show(series.values()[i], series.histogram(i)));
      text.append('@').append(series.timestamps()[i]);
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
