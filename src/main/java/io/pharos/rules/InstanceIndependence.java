package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.value.Query;
import io.pharos.rules.gap.Narrowing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An expression whose elements for one `instance` depend only on series of that instance, so that
/// they can be computed without other series ([Narrowing#separates]).
///
/// If all this is also true of the label `probe`, the elements of each probe of an instance can be
/// computed separately.
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
    this.perProbe = mayBePerProbe && Narrowing.separates(tree, PROBE);
  }

  /// Returns the expression in a form that can be evaluated for a single instance; empty if its
  /// elements may depend on other instances.
  ///
  /// @param overriddenLabels labels that the rule sets, so that they do not show the source of an
  ///   element
  static Optional<InstanceIndependence> of(
      RuleExpression expression, Set<String> overriddenLabels) {
    if (overriddenLabels.contains(INSTANCE)
        || !(expression instanceof RuleExpression.OfSamples samples)
        || samples.tree().type() != ValueType.VECTOR
        || !Narrowing.separates(samples.tree(), INSTANCE)) {
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
        new InstanceIndependence(samples, metrics, !overriddenLabels.contains(PROBE)));
  }

  private static Optional<String> metric(List<LabelMatcher> selector) {
    return selector.stream()
        .filter(matcher -> matcher.name().equals(Labels.METRIC_NAME))
        .filter(matcher -> matcher.type() == LabelMatcher.Type.EQUAL)
        .map(LabelMatcher::value)
        .findFirst();
  }

  /// Returns the names of the metrics that the expression reads.
  Set<String> metrics() {
    return metrics;
  }

  /// Returns whether the expression reads a metric about the health of a target.
  boolean isOfHealth() {
    return metrics.stream().anyMatch(HEALTH::contains);
  }

  /// Returns whether the expression reads only metrics about the health of a target.
  boolean isOfHealthAlone() {
    return HEALTH.containsAll(metrics);
  }

  /// Returns whether a sample says that a target is down.
  static boolean isBad(String metric, double value) {
    return value == 0 && HEALTH.contains(metric);
  }

  /// Returns whether the expression may read series of a target.
  ///
  /// @param target labels that all series of the target have
  boolean reads(Labels target) {
    for (List<LabelMatcher> selector : selectors) {
      if (maySelect(selector, target)) {
        return true;
      }
    }
    return false;
  }

  private static boolean maySelect(List<LabelMatcher> selector, Labels target) {
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

  /// Returns the labels that identify the elements to which a source may contribute: its instance,
  /// and its probe if the expression can be computed for each probe separately.
  ///
  /// @param source labels of all series of the source
  Labels key(Labels source) {
    Labels key = Labels.of(INSTANCE, source.get(INSTANCE));
    return perProbe && source.has(PROBE) ? key.with(PROBE, source.get(PROBE)) : key;
  }

  /// Returns whether the elements of a [#key] may depend on series of a source.
  ///
  /// @param source labels of all series of the source
  boolean reads(Labels key, Labels source) {
    String probe = key.get(PROBE);
    return (probe.isEmpty() || !source.has(PROBE) || source.get(PROBE).equals(probe))
        && reads(source);
  }

  /// Returns the query for the elements of a [#key] at a time.
  Query at(Labels key, long millis) {
    var restriction = new ArrayList<LabelMatcher>();
    restriction.add(LabelMatcher.equal(INSTANCE, key.get(INSTANCE)));
    if (key.has(PROBE)) {
      restriction.add(LabelMatcher.equal(PROBE, key.get(PROBE)));
    }
    return Query.at(text, Narrowing.narrowed(tree, restriction), millis);
  }
}
