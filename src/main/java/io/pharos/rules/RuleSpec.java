package io.pharos.rules;

import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.hysteresis.Hysteresis;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// A rule as written in its file.
///
/// Labels are a map instead of a label set, because an empty value has a meaning: it removes the
/// label from the query's result.
public sealed interface RuleSpec {
  /// Returns the name of the alert, or of the recorded metric.
  String name();

  /// Returns the parsed expression.
  RuleExpression expression();

  /// Returns the labels, whose values may be templates.
  SortedMap<String, String> labels();

  /// Returns the rule with the labels of its group, which the rule's labels override.
  RuleSpec under(Map<String, String> groupLabels);

  /// An alerting rule.
  ///
  /// @param holdFor how long the condition must hold before the alert fires
  /// @param keepFiringFor how long the alert fires after the condition has ended
  /// @param hysteresis how its alerts differ from the expression
  record Alerting(
      String name,
      RuleExpression expression,
      Duration holdFor,
      Duration keepFiringFor,
      SortedMap<String, String> labels,
      SortedMap<String, String> annotations,
      Hysteresis hysteresis)
      implements RuleSpec {
    private static final RuleExpression.Language LANGUAGE =
        RuleExpression.Language.promql(ParserOptions.all());

    public Alerting {
      labels = copyOf(labels);
      annotations = copyOf(annotations);
    }

    @Override
    public Alerting under(Map<String, String> groupLabels) {
      return new Alerting(
          name,
          expression,
          holdFor,
          keepFiringFor,
          merged(groupLabels, labels),
          annotations,
          hysteresis);
    }

    /// Returns the rule with a hysteresis.
    ///
    /// @throws IllegalArgumentException with the reason why it does not fit the expression
    Alerting with(Hysteresis other) {
      if (!(expression instanceof RuleExpression.OfSamples samples)) {
        throw new IllegalArgumentException("its expression is LogQL, expected PromQL");
      }
      other.check(samples.tree());
      return new Alerting(name, expression, holdFor, keepFiringFor, labels, annotations, other);
    }

    /// Returns the expression that starts and continues alerts.
    ///
    /// @param interval time between evaluations
    RuleExpression starts(Duration interval) {
      return hysteresis.isCounted() && expression instanceof RuleExpression.OfSamples samples
          ? LANGUAGE.parse(hysteresis.counted(samples.tree(), interval))
          : expression;
    }

    /// Returns the expression that continues more of the firing alerts; empty if none does.
    Optional<RuleExpression> continues() {
      return hysteresis.resolveAt() != null
              && expression instanceof RuleExpression.OfSamples samples
          ? Optional.of(LANGUAGE.parse(hysteresis.continuing(samples.tree())))
          : Optional.empty();
    }
  }

  /// A recording rule, which writes the value of its expression as a metric.
  record Recording(String name, RuleExpression expression, SortedMap<String, String> labels)
      implements RuleSpec {
    public Recording {
      labels = copyOf(labels);
    }

    @Override
    public Recording under(Map<String, String> groupLabels) {
      return new Recording(name, expression, merged(groupLabels, labels));
    }
  }

  private static SortedMap<String, String> copyOf(Map<String, String> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  private static SortedMap<String, String> merged(
      Map<String, String> lower, Map<String, String> upper) {
    var merged = new TreeMap<>(lower);
    merged.putAll(upper);
    return merged;
  }
}
