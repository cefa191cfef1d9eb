package io.pharos.lint.rule;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.flow.LabelFlow;
import io.pharos.lint.flow.LabelShape;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.rules.RuleSpec;
import java.util.LinkedHashSet;
import java.util.Set;

/// Checks for urgent alerts that reach only receivers without integrations. Ignores an alert if a
/// route names it, because that is probably intended.
public final class ReceiverCheck implements RuleCheck {
  private static final Set<String> URGENT = Set.of("critical", "error", "page", "warning");

  private final LabelFlow labels;
  private final AlertmanagerConfig notifications;
  private final Labels external;

  ReceiverCheck(LabelFlow labels, AlertmanagerConfig notifications, Labels external) {
    this.labels = labels;
    this.notifications = notifications;
    this.external = external;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting alert
        && URGENT.contains(alert.labels().getOrDefault("severity", ""))
        && sendsAnything(notifications)) { // else there is one finding for all alerts
      LabelShape shape = labels.ofAlerts(rule);
      var reached = new LinkedHashSet<String>();
      boolean deliberate =
          route(notifications.route(), notifications.route().receiver(), shape, reached);
      if (!deliberate && reached.stream().noneMatch(name -> sends(notifications, name))) {
        report.warnAt(
            "alert",
            LintCheck.ALERTS_RECEIVER,
            "the alert has the severity %s, but reaches only the receiver %s, which sends nothing; add an integration or a route"
                .formatted(alert.labels().get("severity"), String.join(", ", reached)));
      }
    }
  }

  /// Collects the receivers that an alert may reach.
  ///
  /// @return whether a route that the alert may reach has a matcher for the name of the alert
  private boolean route(RouteConfig route, String receiver, LabelShape shape, Set<String> reached) {
    boolean deliberate = false;
    for (RouteConfig child : route.routes()) {
      if (!Inhibitions.mayMatch(child.matchers(), shape, external)) {
        continue;
      }
      deliberate |= child.matchers().stream().anyMatch(ReceiverCheck::isByName);
      String childReceiver = child.receiver().isEmpty() ? receiver : child.receiver();
      deliberate |= route(child, childReceiver, shape, reached);
      boolean sure = child.matchers().stream().allMatch(matcher -> isMet(matcher, shape));
      if (sure && !child.continues()) {
        return deliberate;
      }
    }
    reached.add(receiver);
    return deliberate;
  }

  private static boolean isByName(LabelMatcher matcher) {
    return matcher.name().equals("alertname") && !matcher.matches("");
  }

  private boolean isMet(LabelMatcher matcher, LabelShape shape) {
    String fixed = shape.fixed().get(matcher.name());
    return fixed != null
        ? matcher.matches(fixed)
        : !shape.canHave(matcher.name()) && matcher.matches(external.get(matcher.name()));
  }

  /// Returns whether a receiver or its fallback receiver has an integration.
  private static boolean sends(AlertmanagerConfig config, String receiver) {
    return config.receiver(receiver).stream().anyMatch(found -> !found.integrations().isEmpty())
        || config.delivery().fallback(receiver).stream()
            .flatMap(other -> config.receiver(other).stream())
            .anyMatch(found -> !found.integrations().isEmpty());
  }

  /// Returns whether any receiver has an integration.
  public static boolean sendsAnything(AlertmanagerConfig config) {
    return config.receivers().stream().anyMatch(receiver -> !receiver.integrations().isEmpty());
  }
}
