package io.pharos.lint;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.rules.RuleSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// All rules of all files, by what they give.
final class RuleIndex {
  static final String ALERTS = "ALERTS";
  static final String ALERTS_FOR_STATE = "ALERTS_FOR_STATE";

  private final Map<String, List<LintedRule>> recorded = new HashMap<>();
  private final Set<String> recordedOfLines = new HashSet<>();
  private final Set<String> alerts = new HashSet<>();

  RuleIndex(List<LintedRule> rules) {
    for (LintedRule rule : rules) {
      switch (rule.spec()) {
        case RuleSpec.Recording recording -> {
          if (rule.isOfLines()) {
            recordedOfLines.add(recording.name());
          } else {
            recorded.computeIfAbsent(recording.name(), _ -> new ArrayList<>()).add(rule);
          }
        }
        case RuleSpec.Alerting alerting -> alerts.add(alerting.name());
      }
    }
  }

  boolean hasAlert(LabelMatcher name) {
    return alerts.stream().anyMatch(name::matches);
  }

  /// Whether some rule records the metric that a selector names.
  boolean records(Expr.VectorSelector selector) {
    return recorded.containsKey(metric(selector)) || recordsLines(selector);
  }

  /// Whether a rule about lines records the metric that a selector names; of what labels it has,
  /// nothing is known.
  boolean recordsLines(Expr.VectorSelector selector) {
    return recordedOfLines.contains(metric(selector));
  }

  /// The rules about samples that record what a selector asks for: its metric, with labels that its
  /// matchers let pass as far as the rules themselves set them.
  List<LintedRule> recordings(Expr.VectorSelector selector) {
    return recorded.getOrDefault(metric(selector), List.of()).stream()
        .filter(rule -> selector.matchers().stream().allMatch(matcher -> mayPass(rule, matcher)))
        .toList();
  }

  private static boolean mayPass(LintedRule rule, LabelMatcher matcher) {
    String value = rule.spec().labels().get(matcher.name());
    return value == null || matcher.matches(value);
  }

  /// The one metric that a selector names; empty where it names none or many.
  static String metric(Expr.VectorSelector selector) {
    if (!selector.name().isEmpty()) {
      return selector.name();
    }
    return selector.matchers().stream()
        .filter(matcher -> matcher.name().equals(Labels.METRIC_NAME))
        .filter(matcher -> matcher.type() == LabelMatcher.Type.EQUAL)
        .map(LabelMatcher::value)
        .findFirst()
        .orElse("");
  }

  static boolean isAlertState(String metric) {
    return metric.equals(ALERTS) || metric.equals(ALERTS_FOR_STATE);
  }
}
