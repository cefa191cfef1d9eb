package io.pharos.lint.flow;

import io.pharos.lint.RuleIndex;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.ast.VectorMatching;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides whether one condition implies another: `up{job="a"} == 0` implies `up == 0`, `x > 95`
/// implies `x > 85`. If it can't decide, the answer is no. Expressions must not contain source
/// positions, because they are compared by equality.
public final class Implication {
  /// Functions that are applied to each series, but for which no implication is inferred.
  private static final Set<Function> NOT_COMPARED =
      EnumSet.of(
          Function.EXP,
          Function.HISTOGRAM_AVG,
          Function.HISTOGRAM_COUNT,
          Function.HISTOGRAM_FRACTION,
          Function.HISTOGRAM_QUANTILE,
          Function.HISTOGRAM_SUM,
          Function.LN,
          Function.LOG10,
          Function.LOG2,
          Function.SGN,
          Function.SQRT);

  private final ValueFlow values;

  /// @param values infers the ranges of scalar expressions
  public Implication(ValueFlow values) {
    this.values = values;
  }

  /// Returns whether each series of `narrow` has a counterpart in `wide` with the same labels,
  /// except the metric name.
  public boolean holds(Expr narrow, Expr wide) {
    Expr one = narrow.unwrapped();
    Expr other = wide.unwrapped();
    if (one.equals(other)) {
      return true;
    }
    if (isPlain(one, BinaryOp.OR)) {
      return one.children().stream().allMatch(side -> holds(side, other));
    }
    if (isPlain(other, BinaryOp.OR)) {
      return other.children().stream().anyMatch(side -> holds(one, side));
    }
    if (isPlain(other, BinaryOp.AND)) {
      return other.children().stream().allMatch(side -> holds(one, side));
    }
    if (one instanceof Expr.Binary set && isChoice(set)) {
      if (other instanceof Expr.Binary same && isChoice(same)) {
        return choices(set, same);
      }
      return holds(set.left(), other);
    }
    Optional<Bound> bound = bound(one);
    Optional<Bound> otherBound = bound(other);
    if (bound.isPresent() && otherBound.isPresent()) {
      return bound.get().isWithin(otherBound.get())
          && narrowing(bound.get().operand(), otherBound.get().operand()) != null;
    }
    return one instanceof Expr.Binary left
        && other instanceof Expr.Binary right
        && left.op().isComparison()
        && left.op() == right.op()
        && narrowing(left, right) != null;
  }

  private boolean choices(Expr.Binary one, Expr.Binary other) {
    return one.op() == other.op()
        && one.right().equals(other.right())
        && one.matching() != null
        && one.matching().equals(other.matching())
        && holds(one.left(), other.left());
  }

  private static boolean isChoice(Expr.Binary binary) {
    return binary.op() == BinaryOp.AND || binary.op() == BinaryOp.UNLESS;
  }

  /* Returns whether an expression is an operation with `op`, without on() and ignoring(), which
   * would change the matching. */
  private static boolean isPlain(Expr expr, BinaryOp op) {
    if (!(expr instanceof Expr.Binary binary) || binary.op() != op) {
      return false;
    }
    VectorMatching matching = binary.matching();
    return matching != null && !matching.on() && matching.labels().isEmpty();
  }

  /// The values of `operand` for which all of its comparisons with numbers are true.
  ///
  /// @param excluded values in `range` for which a comparison is false
  private record Bound(Expr operand, ValueRange range, Set<Double> excluded) {
    boolean isWithin(Bound other) {
      return range.and(other.range).equals(range)
          && other.excluded.stream()
              .allMatch(value -> excluded.contains(value) || !range.contains(value));
    }
  }

  private Optional<Bound> bound(Expr expr) {
    if (!(expr.unwrapped() instanceof Expr.Binary binary)) {
      return Optional.empty();
    }
    return values
        .comparison(binary)
        .map(
            condition -> {
              Bound inner =
                  bound(condition.operand())
                      .orElseGet(
                          () -> new Bound(condition.operand(), ValueRange.ANY, Set.<Double>of()));
              var excluded = new HashSet<>(inner.excluded());
              ValueRange range = inner.range();
              if (condition.op() == BinaryOp.NOT_EQUAL) {
                excluded.add(condition.number());
              } else {
                range = range.where(condition.op(), condition.number());
              }
              return new Bound(inner.operand(), range, excluded);
            });
  }

  /// Returns the labels whose matchers select the series of `narrow` among the series of `wide`.
  /// Returns null if `narrow` may have series that `wide` does not have.
  private static @Nullable Set<String> narrowing(Expr narrow, Expr wide) {
    Expr one = narrow.unwrapped();
    Expr other = wide.unwrapped();
    if (one.equals(other)) {
      return Set.of();
    }
    return switch (one) {
      case Expr.VectorSelector selector ->
          other instanceof Expr.VectorSelector wider ? selectorNarrowing(selector, wider) : null;
      case Expr.MatrixSelector matrix ->
          other instanceof Expr.MatrixSelector wider && matrix.range().equals(wider.range())
              ? selectorNarrowing(matrix.selector(), wider.selector())
              : null;
      case Expr.Unary unary ->
          other instanceof Expr.Unary wider && unary.sign() == wider.sign()
              ? narrowing(unary.operand(), wider.operand())
              : null;
      case Expr.Call call ->
          other instanceof Expr.Call wider && call.function() == wider.function()
              ? arguments(call, wider)
              : null;
      case Expr.Aggregate aggregate ->
          other instanceof Expr.Aggregate wider ? groups(aggregate, wider) : null;
      case Expr.Binary binary -> other instanceof Expr.Binary wider ? sides(binary, wider) : null;
      case Expr.NumberLiteral _, Expr.StringLiteral _, Expr.Subquery _, Expr.Paren _ -> null;
    };
  }

  private static @Nullable Set<String> selectorNarrowing(
      Expr.VectorSelector one, Expr.VectorSelector wider) {
    if (!one.shift().equals(wider.shift())
        || one.edges() != wider.edges()
        || RuleIndex.metric(one).isEmpty()
        || !RuleIndex.metric(one).equals(RuleIndex.metric(wider))) {
      return null;
    }
    for (LabelMatcher wide : wider.matchers()) {
      if (one.matchers().stream().noneMatch(matcher -> implies(matcher, wide))) {
        return null;
      }
    }
    var labels = new HashSet<String>();
    for (LabelMatcher matcher : one.matchers()) {
      if (!wider.matchers().contains(matcher)) {
        labels.add(matcher.name());
      }
    }
    return labels;
  }

  private static boolean implies(LabelMatcher one, LabelMatcher other) {
    return one.equals(other)
        || (one.name().equals(other.name())
            && one.type() == LabelMatcher.Type.EQUAL
            && other.matches(one.value()));
  }

  private static @Nullable Set<String> arguments(Expr.Call one, Expr.Call wider) {
    if (!one.function().isOfEachSeries()
        || NOT_COMPARED.contains(one.function())
        || one.arguments().size() != wider.arguments().size()) {
      return null;
    }
    Set<String> labels = Set.of();
    for (int i = 0; i < one.arguments().size(); i++) {
      Set<String> narrowingLabels = narrowing(one.arguments().get(i), wider.arguments().get(i));
      if (narrowingLabels == null) {
        return null;
      }
      labels = union(labels, narrowingLabels);
    }
    return labels;
  }

  /* A group has the same value in both expressions if it contains the same series in both. So the
   * labels that select the series must be labels by which the groups are formed. */
  private static @Nullable Set<String> groups(Expr.Aggregate one, Expr.Aggregate wider) {
    if (one.op() != wider.op()
        || one.op().keepsSeries()
        || one.without() != wider.without()
        || !Set.copyOf(one.grouping()).equals(Set.copyOf(wider.grouping()))
        || !(one.parameter() == null
            ? wider.parameter() == null
            : one.parameter().equals(wider.parameter()))) {
      return null;
    }
    Set<String> narrowingLabels = narrowing(one.operand(), wider.operand());
    return narrowingLabels != null
            && narrowingLabels.stream()
                .allMatch(label -> one.grouping().contains(label) != one.without())
        ? narrowingLabels
        : null;
  }

  private static @Nullable Set<String> sides(Expr.Binary one, Expr.Binary wider) {
    boolean alike =
        one.op() == wider.op()
            && one.returnBool() == wider.returnBool()
            && (one.matching() == null
                ? wider.matching() == null
                : one.matching().equals(wider.matching()));
    if (!alike || one.op().kind() == BinaryOp.Kind.SET) {
      return null;
    }
    Set<String> left = narrowing(one.left(), wider.left());
    Set<String> right = narrowing(one.right(), wider.right());
    if (left == null || right == null || one.type() == ValueType.SCALAR) {
      return null;
    }
    Set<String> labels = union(left, right);
    VectorMatching matching = one.matching();
    boolean filled =
        matching != null && (matching.fillLeft() != null || matching.fillRight() != null);
    return filled && !labels.isEmpty()
        ? null
        : labels; // fill modifiers add series that the selector excludes
  }

  private static Set<String> union(Set<String> one, Set<String> other) {
    var union = new HashSet<>(one);
    union.addAll(other);
    return union;
  }
}
