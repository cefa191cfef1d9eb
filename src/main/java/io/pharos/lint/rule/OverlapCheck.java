package io.pharos.lint.rule;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.lint.flow.Implication;
import io.pharos.lint.flow.LabelFlow;
import io.pharos.lint.flow.LabelShape;
import io.pharos.lint.flow.ValueFlow;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.rules.RuleSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Checks for alerts with different names that fire for the same cause without an inhibition: one
/// alert is a special case of the other, or the two have different thresholds.
final class OverlapCheck implements RuleCheck {
  private static final String END = ": one cause sends several alerts; add an inhibition";

  /// An alert and the properties by which it is compared with other alerts.
  private record Alert(int number, LintedRule rule, Expr expr, LabelShape shape) {}

  private final Implication implication;
  private final Inhibitions inhibitions;
  /* Labels in matchers of routes: alerts with different values of these labels have different
   * recipients. */
  private final Set<String> routingLabels = new HashSet<>();
  private final IdentityHashMap<LintedRule, Alert> alerts = new IdentityHashMap<>();
  /* Alerts by metric: if an alert implies another, both read the same metric. */
  private final Map<String, List<Alert>> byMetric = new HashMap<>();

  OverlapCheck(
      List<LintedRule> rules,
      LabelFlow labels,
      ValueFlow values,
      AlertmanagerConfig notifications,
      Labels external) {
    this.implication = new Implication(values);
    this.inhibitions = new Inhibitions(notifications.inhibitRules(), external);
    addRoutingLabels(notifications.route());
    routingLabels.remove("severity");
    routingLabels.remove("alertname");
    for (LintedRule rule : rules) {
      if (rule.spec() instanceof RuleSpec.Alerting && !rule.isOfLines()) {
        LabelShape shape = labels.ofAlerts(rule);
        var alert = new Alert(alerts.size(), rule, rule.expr().withoutSpans(), shape);
        alerts.put(rule, alert);
        metrics(alert)
            .forEach(metric -> byMetric.computeIfAbsent(metric, _ -> new ArrayList<>()).add(alert));
      }
    }
  }

  private void addRoutingLabels(RouteConfig route) {
    route.matchers().forEach(matcher -> routingLabels.add(matcher.name()));
    route.routes().forEach(this::addRoutingLabels);
  }

  private static Set<String> metrics(Alert alert) {
    var metrics = new HashSet<String>();
    alert.expr().selectors().map(RuleIndex::metric).forEach(metrics::add);
    metrics.remove("");
    return metrics;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    Alert alert = alerts.get(rule);
    if (alert == null) {
      return;
    }
    var same = new ArrayList<String>();
    var wider = new ArrayList<String>();
    metrics(alert).stream()
        .flatMap(metric -> byMetric.getOrDefault(metric, List.of()).stream())
        .distinct()
        .sorted((left, right) -> Integer.compare(left.number(), right.number()))
        .filter(other -> overlap(alert, other))
        .forEach(
            other -> {
              String shown = other.rule().spec().name() + " (" + other.rule().place() + ")";
              if (!implication.holds(other.expr(), alert.expr())) {
                wider.add(shown);
              } else if (other.number() < alert.number()) {
                same.add(shown);
              }
            });
    if (!same.isEmpty()) {
      report.warnAt(
          "alert",
          LintCheck.RULE_OVERLAP,
          "the alert has the same condition as " + String.join(" and ", same) + END);
    }
    if (!wider.isEmpty()) {
      report.warnAt(
          "alert",
          LintCheck.RULE_OVERLAP,
          "the condition of the alert implies that of "
              + String.join(" and that of ", wider)
              + END);
    }
  }

  private boolean overlap(Alert alert, Alert other) {
    return !alert.rule().spec().name().equals(other.rule().spec().name())
        && routingLabels.stream().noneMatch(label -> differ(label, alert, other))
        && implication.holds(alert.expr(), other.expr())
        && !inhibitions.mayInhibit(alert.shape(), other.shape());
  }

  private static boolean differ(String label, Alert alert, Alert other) {
    String left = alert.rule().spec().labels().get(label);
    String right = other.rule().spec().labels().get(label);
    return left != null && right != null && !left.equals(right);
  }
}
