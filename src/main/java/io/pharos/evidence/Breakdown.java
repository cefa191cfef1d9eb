package io.pharos.evidence;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingDouble;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Finds the label values that differ most from the rest in the counters of an alert's expression:
/// the routes, instances or methods on which most failures are.
///
/// If the expression divides a counter by the same counter with fewer matchers, such as failed by
/// all requests, the shares of the failures are compared. Otherwise each value's part of the
/// counter is compared with its part before the alert.
///
/// @param evaluator reads the counters
/// @param recorded the expression of a recorded metric; empty if no rule records it
public record Breakdown(Evaluator evaluator, Recorded recorded) {
  /// Nesting of recording rules; a deeper one is a loop.
  private static final int MAX_DEPTH = 5;

  /// Series of a counter that are compared. A selector with more would make the page slow.
  private static final int MAX_SERIES = 10_000;

  private static final int MAX_PARTS = 5;

  /// A value with a smaller part explains little.
  private static final double MIN_PART = 0.2;

  /// A value differs if its share of failures is this many times that of the rest.
  private static final double MIN_FACTOR = 1.5;

  /// Knows the expressions of recorded metrics.
  @FunctionalInterface
  public interface Recorded {
    /// Returns the expression that records a metric; empty if no rule does.
    Optional<String> expression(String metric);
  }

  /// A label value that differs.
  ///
  /// @param part its part of the counter now, from 0 to 1
  /// @param share the share of its own total that failed, from 0 to 1; NaN without a total
  /// @param restShare the same share of all other values together; NaN without a total
  /// @param partBefore its part of the counter before the alert; NaN if nothing was counted then
  public record Part(
      String label, String value, double part, double share, double restShare, double partBefore) {
    private double weight() {
      return Double.isNaN(share)
          ? part - (Double.isNaN(partBefore) ? 0 : partBefore)
          : part * (share - restShare);
    }
  }

  private record Counter(Expr.Call rate, Expr.VectorSelector selector) {}

  private record Sample(Labels labels, double value) {}

  /// Returns the values that differ most, the most important first; none if nothing differs, the
  /// expression has no counter, or the counter has too many series.
  ///
  /// @param alert labels of the alert; only series that do not contradict them are compared
  /// @param before Unix milliseconds of a time before the alert
  /// @param now Unix milliseconds
  public List<Part> of(String expression, Labels alert, long before, long now) {
    var counters = new ArrayList<Counter>();
    collect(expression, 0, counters);
    if (counters.isEmpty()) {
      return List.of();
    }
    Counter failed = counters.getFirst();
    List<Sample> at = samples(failed, alert, now);
    double sum = at.stream().mapToDouble(Sample::value).sum();
    if (at.size() > MAX_SERIES || !(sum > 0)) {
      return List.of();
    }
    Optional<Counter> total = counters.stream().filter(it -> isTotal(it, failed)).findFirst();
    List<Sample> all = total.map(it -> samples(it, alert, now)).orElse(List.of());
    List<Sample> earlier = total.isPresent() ? List.of() : samples(failed, alert, before);
    var parts = new ArrayList<Part>();
    for (String label : varying(at, all, failed)) {
      Map<String, Double> counts = byValue(at, label);
      Map<String, Double> totals = byValue(all, label);
      Map<String, Double> then = byValue(earlier, label);
      counts.forEach((value, count) -> parts.add(part(label, value, count, counts, totals, then)));
    }
    return parts.stream()
        .filter(Breakdown::differs)
        .sorted(Comparator.comparingDouble(Part::weight).reversed())
        .limit(MAX_PARTS)
        .toList();
  }

  private static boolean differs(Part part) {
    return part.part() >= MIN_PART
        && (Double.isNaN(part.share())
            ? !(part.part() < MIN_FACTOR * part.partBefore())
            : part.share() > MIN_FACTOR * part.restShare());
  }

  private static Part part(
      String label,
      String value,
      double count,
      Map<String, Double> counts,
      Map<String, Double> totals,
      Map<String, Double> before) {
    double sum = sum(counts);
    double total = totals.getOrDefault(value, Double.NaN);
    double rest = sum(totals) - total;
    double sumBefore = sum(before);
    return new Part(
        label,
        value,
        count / sum,
        count / total,
        rest > 0 ? (sum - count) / rest : Double.isNaN(total) ? Double.NaN : 0,
        sumBefore > 0 ? before.getOrDefault(value, 0.0) / sumBefore : Double.NaN);
  }

  private static double sum(Map<String, Double> values) {
    return values.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  private static Map<String, Double> byValue(List<Sample> samples, String label) {
    return samples.stream()
        .collect(groupingBy(it -> it.labels().get(label), summingDouble(Sample::value)));
  }

  /// Returns the labels that tell series apart: with more than one value, and not a matcher's.
  private static Set<String> varying(List<Sample> failed, List<Sample> all, Counter counter) {
    var names = new TreeSet<String>();
    List<Sample> samples = all.isEmpty() ? failed : all;
    samples.forEach(it -> names.addAll(it.labels().names()));
    names.removeIf(
        name ->
            samples.stream().map(it -> it.labels().get(name)).distinct().limit(2).count() < 2
                || (!all.isEmpty()
                    && counter.selector().matchers().stream()
                        .anyMatch(it -> it.name().equals(name) && !isNegative(it))));
    return names;
  }

  private static boolean isNegative(LabelMatcher matcher) {
    return switch (matcher.type()) {
      case NOT_EQUAL, NOT_REGEX -> true;
      case EQUAL, REGEX -> false;
    };
  }

  /// Whether a counter counts all of what another counts a part of.
  private static boolean isTotal(Counter total, Counter part) {
    var own = new HashSet<>(total.selector().matchers());
    return own.size() < part.selector().matchers().size()
        && total.selector().name().equals(part.selector().name())
        && part.selector().matchers().containsAll(own);
  }

  private List<Sample> samples(Counter counter, Labels alert, long at) {
    var samples = new ArrayList<Sample>();
    if (evaluator.instant(Printer.print(counter.rate()), at).value()
        instanceof InstantVector vector) {
      for (int i = 0; i < vector.size(); i++) {
        double value = vector.value(i);
        if (Double.isFinite(value) && agrees(vector.labels(i), alert)) {
          samples.add(new Sample(vector.labels(i), value));
        }
      }
    }
    return samples;
  }

  private static boolean agrees(Labels series, Labels alert) {
    for (int i = 0; i < series.size(); i++) {
      String wanted = alert.get(series.name(i));
      if (!wanted.isEmpty() && !wanted.equals(series.value(i))) {
        return false;
      }
    }
    return true;
  }

  /// Collects the counters of an expression from left to right, those of recording rules included.
  private void collect(String expression, int depth, List<Counter> counters) {
    if (depth > MAX_DEPTH) {
      return;
    }
    try {
      collect(PromqlParser.parse(expression, ParserOptions.all()), depth, counters);
    } catch (ParseException _) {
      // A remote engine accepts more than this parser; nothing is known about the expression.
    }
  }

  private void collect(Expr expr, int depth, List<Counter> counters) {
    switch (expr) {
      case Expr.Call call
          when isRate(call.function())
              && call.arguments().getFirst().unwrapped() instanceof Expr.MatrixSelector matrix -> {
        if (matrix.selector().shift().equals(Shift.NONE)
            && !matrix.selector().name().endsWith("_bucket")) {
          counters.add(new Counter(call, matrix.selector()));
        }
      }
      case Expr.VectorSelector selector ->
          recorded
              .expression(selector.name())
              .ifPresent(recording -> collect(recording, depth + 1, counters));
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.MatrixSelector _,
          Expr.Subquery _,
          Expr.Paren _,
          Expr.Unary _,
          Expr.Binary _,
          Expr.Aggregate _,
          Expr.Call _ ->
          expr.children().forEach(child -> collect(child, depth, counters));
    }
  }

  private static boolean isRate(Function function) {
    return function == Function.RATE || function == Function.INCREASE || function == Function.IRATE;
  }
}
