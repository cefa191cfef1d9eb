package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.promql.value.Query;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An expression whose elements of one `instance` come of the series of that instance alone: so
/// they can be had without reading the others, and are the same.
///
/// That is so where every step keeps the label and puts nothing together that differs in it, and
/// where nothing comes of what is missing: series that are read later can only add to it.
final class PerInstance {
  static final String INSTANCE = "instance";

  /// Functions that give for each series one with the same labels (`le` of a histogram and the name
  /// aside), from that series alone.
  private static final Set<Function> OF_EACH =
      EnumSet.of(
          Function.ABS,
          Function.AVG_OVER_TIME,
          Function.CEIL,
          Function.CHANGES,
          Function.CLAMP,
          Function.CLAMP_MAX,
          Function.CLAMP_MIN,
          Function.COUNT_OVER_TIME,
          Function.DELTA,
          Function.DERIV,
          Function.EXP,
          Function.FLOOR,
          Function.HISTOGRAM_AVG,
          Function.HISTOGRAM_COUNT,
          Function.HISTOGRAM_FRACTION,
          Function.HISTOGRAM_QUANTILE,
          Function.HISTOGRAM_SUM,
          Function.IDELTA,
          Function.INCREASE,
          Function.IRATE,
          Function.LAST_OVER_TIME,
          Function.LN,
          Function.LOG10,
          Function.LOG2,
          Function.MAX_OVER_TIME,
          Function.MIN_OVER_TIME,
          Function.PREDICT_LINEAR,
          Function.PRESENT_OVER_TIME,
          Function.QUANTILE_OVER_TIME,
          Function.RATE,
          Function.RESETS,
          Function.ROUND,
          Function.SGN,
          Function.SQRT,
          Function.STDDEV_OVER_TIME,
          Function.STDVAR_OVER_TIME,
          Function.SUM_OVER_TIME,
          Function.TIMESTAMP);

  private static final String UP = "up";

  private final String text;
  private final Expr tree;
  private final List<List<LabelMatcher>> selectors;
  private final Set<String> metrics;

  private PerInstance(
      String text, Expr tree, List<List<LabelMatcher>> selectors, Set<String> metrics) {
    this.text = text;
    this.tree = tree;
    this.selectors = selectors;
    this.metrics = metrics;
  }

  /// The expression, if it is one of these.
  static Optional<PerInstance> of(RuleExpression expression) {
    if (!(expression instanceof RuleExpression.OfSamples samples)
        || samples.tree().type() != ValueType.VECTOR
        || !keepsApart(samples.tree())) {
      return Optional.empty();
    }
    var metrics = new HashSet<String>();
    for (List<LabelMatcher> selector : samples.selectors()) {
      Optional<String> metric = metric(selector);
      if (metric.isEmpty()) {
        return Optional.empty();
      }
      metrics.add(metric.get());
    }
    return Optional.of(
        new PerInstance(samples.text(), samples.tree(), samples.selectors(), metrics));
  }

  private static Optional<String> metric(List<LabelMatcher> selector) {
    return selector.stream()
        .filter(it -> it.name().equals(Labels.METRIC_NAME))
        .filter(it -> it.type() == LabelMatcher.Type.EQUAL)
        .map(LabelMatcher::value)
        .findFirst();
  }

  private static boolean keepsApart(Expr expression) {
    return switch (expression) {
      case Expr.NumberLiteral _, Expr.StringLiteral _ -> true;
      // What is moved in time may be moved ahead of it.
      case Expr.VectorSelector it ->
          it.shift().equals(Shift.NONE) && it.edges() != Expr.Edges.SMOOTHED;
      case Expr.MatrixSelector it -> keepsApart(it.selector());
      case Expr.Subquery it -> it.shift().equals(Shift.NONE) && keepsApart(it.inner());
      case Expr.Paren it -> keepsApart(it.inner());
      case Expr.Unary it -> keepsApart(it.operand());
      case Expr.Binary it ->
          keepsApart(it.left()) && keepsApart(it.right()) && meetsWithin(it.op(), it.matching());
      case Expr.Aggregate it ->
          it.op() != AggregateOp.COUNT_VALUES
              && (it.parameter() == null || keepsApart(it.parameter()))
              && it.grouping().contains(INSTANCE) != it.without()
              && keepsApart(it.operand());
      case Expr.Call it ->
          (OF_EACH.contains(it.function()) || it.function() == Function.TIME)
              && it.arguments().stream().allMatch(PerInstance::keepsApart);
    };
  }

  /* Nothing comes of the absence of the other side. */
  private static boolean meetsWithin(BinaryOp op, @Nullable VectorMatching matching) {
    return matching == null
        || (op != BinaryOp.UNLESS
            && matching.labels().contains(INSTANCE) == matching.on()
            && matching.fillLeft() == null
            && matching.fillRight() == null);
  }

  /// The names of what it reads.
  Set<String> metrics() {
    return metrics;
  }

  /// Whether it says whether a target is there.
  boolean isOfHealth() {
    return metrics.contains(UP);
  }

  /// Whether it says nothing else.
  boolean isOfHealthAlone() {
    return metrics.equals(Set.of(UP));
  }

  /// Whether it may read series of a target.
  ///
  /// @param target labels that all of these have
  boolean reads(Labels target) {
    for (List<LabelMatcher> selector : selectors) {
      if (mayChoose(selector, target)) {
        return true;
      }
    }
    return false;
  }

  private static boolean mayChoose(List<LabelMatcher> selector, Labels target) {
    for (LabelMatcher matcher : selector) {
      String name = matcher.name();
      if (!name.equals(Labels.METRIC_NAME)
          && target.has(name)
          && !matcher.matches(target.get(name))) {
        return false;
      }
    }
    return true;
  }

  /// The question for its elements of one instance.
  Query at(String instance, long millis) {
    LabelMatcher only = LabelMatcher.equal(INSTANCE, instance);
    return Query.at(text, narrowed(tree, only), millis);
  }

  private static Expr narrowed(Expr expression, LabelMatcher only) {
    if (expression instanceof Expr.VectorSelector it) {
      var matchers = new ArrayList<>(it.matchers());
      matchers.add(only);
      return new Expr.VectorSelector(it.name(), matchers, it.shift(), it.edges(), it.span());
    }
    return expression.mapChildren(child -> narrowed(child, only));
  }
}
