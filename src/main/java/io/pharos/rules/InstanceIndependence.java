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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An expression whose elements for one `instance` depend only on series of that instance, so that
/// they can be computed without reading other series.
///
/// This holds if every operation keeps the label and combines only elements with equal values of
/// it, and if nothing depends on the absence of series: later series can then only add elements.
///
/// If the expression also keeps the label `probe` apart, the same holds for each probe of an
/// instance.
final class InstanceIndependence {
  static final String INSTANCE = "instance";
  static final String PROBE = "probe";

  /// Metrics that are 0 while a target is down.
  static final Set<String> HEALTH = Set.of("up", "probe_success", "probe_up");

  private final String text;
  private final Expr tree;
  private final List<List<LabelMatcher>> selectors;
  private final Set<String> metrics;
  private final boolean perProbe;

  private InstanceIndependence(
      RuleExpression.OfSamples samples, Set<String> metrics, boolean mayBePerProbe) {
    this.text = samples.text();
    this.tree = samples.tree();
    this.selectors = samples.selectors();
    this.metrics = Set.copyOf(metrics);
    this.perProbe = mayBePerProbe && keepsApart(tree, PROBE);
  }

  /// The expression, if it has this property.
  ///
  /// @param given labels that the rule overrides, which therefore keep nothing apart
  static Optional<InstanceIndependence> of(RuleExpression expression, Set<String> given) {
    if (given.contains(INSTANCE)
        || !(expression instanceof RuleExpression.OfSamples samples)
        || samples.tree().type() != ValueType.VECTOR
        || !keepsApart(samples.tree(), INSTANCE)) {
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
    return Optional.of(new InstanceIndependence(samples, metrics, !given.contains(PROBE)));
  }

  private static Optional<String> metric(List<LabelMatcher> selector) {
    return selector.stream()
        .filter(it -> it.name().equals(Labels.METRIC_NAME))
        .filter(it -> it.type() == LabelMatcher.Type.EQUAL)
        .map(LabelMatcher::value)
        .findFirst();
  }

  private static boolean keepsApart(Expr expression, String label) {
    return switch (expression) {
      case Expr.NumberLiteral _, Expr.StringLiteral _ -> true;
      // A shift may move the expression ahead of the slot.
      case Expr.VectorSelector it ->
          it.shift().equals(Shift.NONE) && it.edges() != Expr.Edges.SMOOTHED;
      case Expr.MatrixSelector it -> keepsApart(it.selector(), label);
      case Expr.Subquery it -> it.shift().equals(Shift.NONE) && keepsApart(it.inner(), label);
      case Expr.Paren it -> keepsApart(it.inner(), label);
      case Expr.Unary it -> keepsApart(it.operand(), label);
      case Expr.Binary it ->
          keepsApart(it.left(), label)
              && keepsApart(it.right(), label)
              && meetsWithin(it.op(), it.matching(), label);
      case Expr.Aggregate it ->
          it.op() != AggregateOp.COUNT_VALUES
              && (it.parameter() == null || keepsApart(it.parameter(), label))
              && it.grouping().contains(label) != it.without()
              && keepsApart(it.operand(), label);
      case Expr.Call it ->
          (it.function().isOfEachSeries() || it.function() == Function.TIME)
              && it.arguments().stream().allMatch(argument -> keepsApart(argument, label));
    };
  }

  /* An element must not depend on the absence of the other side. */
  private static boolean meetsWithin(BinaryOp op, @Nullable VectorMatching matching, String label) {
    return matching == null
        || (op != BinaryOp.UNLESS
            && matching.labels().contains(label) == matching.on()
            && matching.fillLeft() == null
            && matching.fillRight() == null);
  }

  /// The names of the metrics that the expression reads.
  Set<String> metrics() {
    return metrics;
  }

  /// Whether the expression reads the health of a target.
  boolean isOfHealth() {
    return metrics.stream().anyMatch(HEALTH::contains);
  }

  /// Whether the expression reads nothing but the health of a target.
  boolean isOfHealthAlone() {
    return HEALTH.containsAll(metrics);
  }

  /// Whether a sample reports a target that is down.
  static boolean isBad(String metric, double value) {
    return value == 0 && HEALTH.contains(metric);
  }

  /// Whether the expression may read series of a target.
  ///
  /// @param target labels that all series of the target have
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

  /// The labels that identify the elements computed from a source: its instance, and its probe if
  /// the expression keeps probes apart.
  ///
  /// @param source labels that all series of the source have
  Labels key(Labels source) {
    Labels key = Labels.of(INSTANCE, source.get(INSTANCE));
    return perProbe && source.has(PROBE) ? key.with(PROBE, source.get(PROBE)) : key;
  }

  /// Whether the elements of a [#key] may depend on series of a source.
  ///
  /// @param source labels that all series of the source have
  boolean reads(Labels key, Labels source) {
    String probe = key.get(PROBE);
    return (probe.isEmpty() || !source.has(PROBE) || source.get(PROBE).equals(probe))
        && reads(source);
  }

  /// The query for the elements of a [#key].
  Query at(Labels key, long millis) {
    var only = new ArrayList<LabelMatcher>();
    only.add(LabelMatcher.equal(INSTANCE, key.get(INSTANCE)));
    if (key.has(PROBE)) {
      only.add(LabelMatcher.equal(PROBE, key.get(PROBE)));
    }
    return Query.at(text, narrowed(tree, only), millis);
  }

  private static Expr narrowed(Expr expression, List<LabelMatcher> only) {
    if (expression instanceof Expr.VectorSelector it) {
      var matchers = new ArrayList<>(it.matchers());
      matchers.addAll(only);
      return new Expr.VectorSelector(it.name(), matchers, it.shift(), it.edges(), it.span());
    }
    return expression.mapChildren(child -> narrowed(child, only));
  }
}
