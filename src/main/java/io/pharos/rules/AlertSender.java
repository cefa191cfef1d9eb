package io.pharos.rules;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the receiver of the alerts of one group, as often as it wants to know.
final class AlertSender {
  private static final Logger LOG = LoggerFactory.getLogger(AlertSender.class);

  private final RuleContext context;
  private final String group;
  private final Duration validFor;

  /// @param group the key of the group
  /// @param interval how often it is evaluated
  AlertSender(RuleContext context, String group, Duration interval) {
    this.context = context;
    this.group = group;
    Duration resendDelay = context.options().resendDelay();
    Duration longest = resendDelay.compareTo(interval) > 0 ? resendDelay : interval;
    /* Two failed sends are survived before the receiver lets the alert end. */
    this.validFor = longest.multipliedBy(4);
  }

  /// Sends what is due at a slot.
  void send(AlertingRule rule, long slot) {
    send(rule, rule.due(slot, context.options().resendDelay()), slot, slot);
  }

  /// Tells the receiver that what fired before an evaluation without a result is not over: it would
  /// else let the alerts end, and nobody knows that they did. They are valid as of now, since the
  /// failure may have taken long.
  void keepAlive(AlertingRule rule, long slot) {
    try {
      List<ActiveAlert> firing =
          rule.due(slot, context.options().resendDelay()).stream()
              .filter(alert -> alert.state == AlertState.FIRING)
              .toList();
      send(rule, firing, slot, Math.max(slot, context.clock().millis()));
    } catch (RuntimeException e) {
      LOG.error("The alerts of rule {} in group {} can't be renewed", rule.name(), group, e);
    }
  }

  /// Sends these alerts.
  ///
  /// @param slot when they are sent, in Unix milliseconds
  /// @param validFrom from when on they are valid
  void send(AlertingRule rule, List<ActiveAlert> alerts, long slot, long validFrom) {
    if (alerts.isEmpty()) {
      return;
    }
    context
        .sink()
        .send(alerts.stream().map(alert -> rule.toAlert(alert, validFrom, validFor)).toList());
    alerts.forEach(alert -> alert.lastSentAt = slot);
  }
}
