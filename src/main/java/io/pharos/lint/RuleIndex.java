package io.pharos.lint;

import io.pharos.config.yaml.Suggestion;
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

/// All rules of all files, indexed by the metrics and alerts that they produce.
public final class RuleIndex {
  /// The metric that Pharos writes for pending and firing alerts.
  public static final String ALERTS = "ALERTS";

  /// The metric with the start times of alerts.
  public static final String ALERTS_FOR_STATE = "ALERTS_FOR_STATE";

  private final Map<String, List<LintedRule>> recorded = new HashMap<>();
  private final Set<String> recordedByLogQl = new HashSet<>();
  private final Set<String> alerts = new HashSet<>();

  /// @param rules all rules
  public RuleIndex(List<LintedRule> rules) {
    for (LintedRule rule : rules) {
      switch (rule.spec()) {
        case RuleSpec.Recording recording -> {
          if (rule.isOfLines()) {
            recordedByLogQl.add(recording.name());
          } else {
            recorded.computeIfAbsent(recording.name(), _ -> new ArrayList<>()).add(rule);
          }
        }
        case RuleSpec.Alerting alerting -> alerts.add(alerting.name());
      }
    }
  }

  /// Returns where a rule records a metric with a similar name, for messages; empty if none does.
  public String similar(String metric) {
    return Suggestion.nearest(metric, recorded.keySet()).stream()
        .flatMap(near -> recorded.getOrDefault(near, List.of()).stream())
        .map(rule -> " (%s records %s)".formatted(rule.place(), rule.spec().name()))
        .findFirst()
        .orElse("");
  }

  /// Returns whether the name of any alert matches.
  public boolean hasAlert(LabelMatcher name) {
    return alerts.stream().anyMatch(name::matches);
  }

  /// Returns whether a rule records the metric of a selector.
  public boolean records(Expr.VectorSelector selector) {
    return recorded.containsKey(metric(selector)) || recordsLines(selector);
  }

  /// Returns whether a LogQL rule records the metric of a selector. The labels of such series are
  /// unknown.
  public boolean recordsLines(Expr.VectorSelector selector) {
    return recordedByLogQl.contains(metric(selector));
  }

  /// Returns the PromQL rules that may record series of a selector, according to the metric and to
  /// the labels that the rules set.
  public List<LintedRule> recordings(Expr.VectorSelector selector) {
    return recorded.getOrDefault(metric(selector), List.of()).stream()
        .filter(rule -> selector.matchers().stream().allMatch(matcher -> mayPass(rule, matcher)))
        .toList();
  }

  private static boolean mayPass(LintedRule rule, LabelMatcher matcher) {
    String value = rule.spec().labels().get(matcher.name());
    return value == null || matcher.matches(value);
  }

  /// Returns the metric that a selector selects; empty if the selector names no metric or may
  /// select several metrics.
  public static String metric(Expr.VectorSelector selector) {
    return selector.name().isEmpty()
        ? selector.equal(Labels.METRIC_NAME).orElse("")
        : selector.name();
  }

  /// Returns whether a metric describes the states of alerts.
  public static boolean isAlertState(String metric) {
    return metric.equals(ALERTS) || metric.equals(ALERTS_FOR_STATE);
  }
}
