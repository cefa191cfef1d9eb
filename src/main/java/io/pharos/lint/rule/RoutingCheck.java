package io.pharos.lint.rule;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.InhibitRule;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.flow.LabelFlow;
import io.pharos.lint.flow.LabelShape;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.rules.RuleSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Checks for aggregations that remove a label which a route, a grouping of notifications or an
/// inhibition needs.
final class RoutingCheck implements RuleCheck {
  private final LabelFlow labels;
  private final AlertmanagerConfig notifications;
  private final Labels external;
  private final Set<String> reported;

  /// @param reported labels that other findings already report as misspelt
  RoutingCheck(
      LabelFlow labels, AlertmanagerConfig notifications, Labels external, Set<String> reported) {
    this.reported = reported;
    this.labels = labels;
    this.notifications = notifications;
    this.external = external;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting) {
      LabelShape shape = labels.ofAlerts(rule);
      var walk = new Walk(shape, report);
      walk.routes(notifications.route(), false);
      walk.reportMissed();
      notifications.inhibitRules().forEach(walk::inhibition);
    }
  }

  /// Checks one alert against the routing tree.
  private final class Walk {
    private final LabelShape shape;
    private final RuleReport report;
    private final Map<String, LabelMatcher> missedRoutes = new TreeMap<>();
    private boolean routed;

    Walk(LabelShape shape, RuleReport report) {
      this.shape = shape;
      this.report = report;
    }

    /// Checks the child routes of a route that the alert may reach.
    ///
    /// @param intended whether this route or one above it matches a label that the rule sets: then
    ///   the author of the rule wants the alert to reach the route
    private void routes(RouteConfig route, boolean intended) {
      grouping(route);
      for (RouteConfig child : route.routes()) {
        List<LabelMatcher> unmet =
            child.matchers().stream()
                .filter(matcher -> !Inhibitions.mayMatch(matcher, shape, external))
                .toList();
        boolean childIntended = intended || child.matchers().stream().anyMatch(this::isMet);
        if (unmet.isEmpty()) {
          routed = true;
          routes(child, childIntended);
        } else if (unmet.stream().allMatch(matcher -> isRemoved(matcher.name(), shape))) {
          reportUnreachable(unmet, childIntended);
        }
      }
    }

    private boolean isMet(LabelMatcher matcher) {
      String fixed = shape.fixed().get(matcher.name());
      return fixed != null && matcher.matches(fixed) && !matcher.matches("");
    }

    /* Handles a route that the alert can't reach only because labels were removed. If the route
     * is intended, each label is reported. Otherwise all labels are reported together at the
     * end. */
    private void reportUnreachable(List<LabelMatcher> unmet, boolean intended) {
      for (LabelMatcher matcher : unmet) {
        if (intended) {
          report.warn(
              LintCheck.PROMQL_AGGREGATE,
              "%s removes the label %s, so the alert never reaches the route with %s; keep the label"
                  .formatted(shape.takenBy(matcher.name()), matcher.name(), matcher));
        } else {
          missedRoutes.putIfAbsent(matcher.name(), matcher);
        }
      }
    }

    private void reportMissed() {
      if (!routed && !missedRoutes.isEmpty()) {
        String first = missedRoutes.keySet().iterator().next();
        report.expression(
            LintCheck.PROMQL_AGGREGATE,
            FindingSeverity.INFO,
            "%s removes labels that routes match (%s), so the alert reaches only the root route; keep"
                    .formatted(shape.takenBy(first), String.join(", ", missedRoutes.keySet()))
                + " them");
      }
    }

    private void grouping(RouteConfig route) {
      if (route.groupBy() instanceof RouteConfig.Grouping.ByLabels(List<String> names)) {
        names.stream()
            .filter(label -> isRemoved(label, shape))
            .forEach(
                label ->
                    report.expression(
                        LintCheck.PROMQL_AGGREGATE,
                        FindingSeverity.INFO,
                        "%s removes the label %s; a route groups by this label, so keep it"
                            .formatted(shape.takenBy(label), label)));
      }
    }

    private void inhibition(InhibitRule rule) {
      if (mayMatch(rule.targetMatchers(), shape) || mayMatch(rule.sourceMatchers(), shape)) {
        rule.equal().stream()
            .filter(label -> isRemoved(label, shape))
            .forEach(
                label ->
                    report.warn(
                        LintCheck.PROMQL_AGGREGATE,
                        "%s removes the label %s, which an inhibition compares, so the alert equals every"
                                .formatted(shape.takenBy(label), label)
                            + " alert without the label; keep it"));
      }
    }
  }

  private boolean mayMatch(List<LabelMatcher> matchers, LabelShape shape) {
    return Inhibitions.mayMatch(matchers, shape, external);
  }

  /* Returns whether an operation removed the label. A function that never returns the label,
   * such as absent(), did not remove it. */
  private boolean isRemoved(String label, LabelShape shape) {
    return !reported.contains(label)
        && !shape.canHave(label)
        && !external.has(label)
        && !shape.takenBy(label).endsWith("()");
  }
}
