package io.pharos.lint;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.rules.RuleSpec;
import java.util.LinkedHashSet;
import java.util.Set;

/// Alerts that somebody should act on and that reach only receivers which tell nobody. A route that
/// names the alert is taken for a decision.
final class ReceiverCheck implements RuleCheck {
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
        && isAnybodyTold(notifications)) { // otherwise it is told of once
      LabelShape shape =
          LabelFlow.withLabels(labels.of(rule.expr()), alert.labels())
              .addFixed("alertname", alert.name());
      var reached = new LinkedHashSet<String>();
      boolean deliberate =
          route(notifications.route(), notifications.route().receiver(), shape, reached);
      if (!deliberate && reached.stream().noneMatch(name -> tells(notifications, name))) {
        report.at(
            "alert",
            LintCheck.ALERTS_RECEIVER,
            FindingSeverity.WARNING,
            "its severity is %s, but all that it can reach is the receiver %s, which tells nobody"
                .formatted(alert.labels().get("severity"), String.join(", ", reached)));
      }
    }
  }

  /// Collects the receivers that an alert may reach.
  ///
  /// @return whether one of the routes that it takes was made for it by name
  private boolean route(RouteConfig route, String receiver, LabelShape shape, Set<String> reached) {
    boolean deliberate = false;
    for (RouteConfig child : route.routes()) {
      if (!Inhibitions.mayMatch(child.matchers(), shape, external)) {
        continue;
      }
      deliberate |= child.matchers().stream().anyMatch(ReceiverCheck::isByName);
      String own = child.receiver().isEmpty() ? receiver : child.receiver();
      deliberate |= route(child, own, shape, reached);
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

  /// Whether a receiver tells somebody, itself or by the one that stands in for it.
  static boolean tells(AlertmanagerConfig config, String receiver) {
    return config.receiver(receiver).stream().anyMatch(it -> !it.integrations().isEmpty())
        || config.delivery().fallback(receiver).stream()
            .flatMap(other -> config.receiver(other).stream())
            .anyMatch(it -> !it.integrations().isEmpty());
  }

  /// Whether there is a receiver that tells somebody.
  static boolean isAnybodyTold(AlertmanagerConfig config) {
    return config.receivers().stream().anyMatch(it -> !it.integrations().isEmpty());
  }
}
