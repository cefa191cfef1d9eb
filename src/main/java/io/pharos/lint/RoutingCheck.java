package io.pharos.lint;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.InhibitRule;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.rules.RuleSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Aggregations that take away a label by which notifications are routed, grouped or inhibited.
final class RoutingCheck implements RuleCheck {
  private final LabelFlow labels;
  private final AlertmanagerConfig notifications;
  private final Labels external;
  private final Set<String> told;

  /// @param told labels that somebody has told of as mistyped
  RoutingCheck(
      LabelFlow labels, AlertmanagerConfig notifications, Labels external, Set<String> told) {
    this.told = told;
    this.labels = labels;
    this.notifications = notifications;
    this.external = external;
  }

  @Override
  public boolean isForLines() {
    return true;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting alert) {
      LabelShape shape =
          LabelFlow.withLabels(labels.of(rule), alert.labels()).addFixed("alertname", alert.name());
      var walk = new Walk(shape, report);
      walk.routes(notifications.route(), false);
      walk.strayed();
      notifications.inhibitRules().forEach(walk::inhibition);
    }
  }

  /// One alert on its way through the routes.
  private final class Walk {
    private final LabelShape shape;
    private final RuleReport report;
    private final Map<String, LabelMatcher> strayedFor = new TreeMap<>();
    private boolean routed;

    Walk(LabelShape shape, RuleReport report) {
      this.shape = shape;
      this.report = report;
    }

    /// The routes below one that the alert may come to.
    ///
    /// @param meant whether a matcher on the way is met by a label that the rule sets
    private void routes(RouteConfig route, boolean meant) {
      grouping(route);
      for (RouteConfig child : route.routes()) {
        List<LabelMatcher> unmet =
            child.matchers().stream()
                .filter(matcher -> !Inhibitions.mayMatch(matcher, shape, external))
                .toList();
        boolean meantToo = meant || child.matchers().stream().anyMatch(this::isMet);
        if (unmet.isEmpty()) {
          routed = true;
          routes(child, meantToo);
        } else if (unmet.stream().allMatch(matcher -> isTaken(matcher.name(), shape))) {
          lost(unmet, meantToo);
        }
      }
    }

    private boolean isMet(LabelMatcher matcher) {
      String fixed = shape.fixed().get(matcher.name());
      return fixed != null && matcher.matches(fixed) && !matcher.matches("");
    }

    /* Where nothing but labels that were taken away stand against a route, and the rule sets one
     * that it asks for, it was meant. */
    private void lost(List<LabelMatcher> unmet, boolean meant) {
      for (LabelMatcher matcher : unmet) {
        if (meant) {
          report.expression(
              LintCheck.PROMQL_AGGREGATE,
              FindingSeverity.WARNING,
              "%s takes away the label %s: the alert never reaches the route with %s"
                  .formatted(shape.takenBy(matcher.name()), matcher.name(), matcher));
        } else {
          strayedFor.putIfAbsent(matcher.name(), matcher);
        }
      }
    }

    private void strayed() {
      if (!routed && !strayedFor.isEmpty()) {
        String first = strayedFor.keySet().iterator().next();
        report.expression(
            LintCheck.PROMQL_AGGREGATE,
            FindingSeverity.WARNING,
            "%s takes away what routes ask for (%s): the alert reaches none but the first"
                .formatted(shape.takenBy(first), String.join(", ", strayedFor.keySet())));
      }
    }

    private void grouping(RouteConfig route) {
      if (route.groupBy() instanceof RouteConfig.Grouping.ByLabels(List<String> names)) {
        names.stream()
            .filter(label -> isTaken(label, shape))
            .forEach(
                label ->
                    report.expression(
                        LintCheck.PROMQL_AGGREGATE,
                        FindingSeverity.INFO,
                        "%s takes away the label %s, which a route groups by"
                            .formatted(shape.takenBy(label), label)));
      }
    }

    private void inhibition(InhibitRule rule) {
      if (mayMatch(rule.targetMatchers(), shape) || mayMatch(rule.sourceMatchers(), shape)) {
        rule.equal().stream()
            .filter(label -> isTaken(label, shape))
            .forEach(
                label ->
                    report.expression(
                        LintCheck.PROMQL_AGGREGATE,
                        FindingSeverity.WARNING,
                        "%s takes away the label %s, which an inhibition compares: missing here, it"
                                .formatted(shape.takenBy(label), label)
                            + " is equal to that of every alert without it"));
      }
    }
  }

  private boolean mayMatch(List<LabelMatcher> matchers, LabelShape shape) {
    return Inhibitions.mayMatch(matchers, shape, external);
  }

  /* What a function such as absent() never gives was not lost. */
  private boolean isTaken(String label, LabelShape shape) {
    return !told.contains(label)
        && !shape.canHave(label)
        && !external.has(label)
        && !shape.takenBy(label).endsWith("()");
  }
}
