package io.pharos.rules;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends the alerts of one group, and sends firing alerts again before they expire at the receiver.
final class AlertSender {
  private static final Logger LOG = LoggerFactory.getLogger(AlertSender.class);

  private final RuleContext context;
  private final String group;
  private final Duration validFor;

  /// @param group key of the group
  /// @param interval interval between evaluations
  AlertSender(RuleContext context, String group, Duration interval) {
    this.context = context;
    this.group = group;
    Duration resendDelay = context.options().resendDelay();
    Duration period = resendDelay.compareTo(interval) > 0 ? resendDelay : interval;
    /* An alert expires at the receiver only if more than two attempts to send it again have
     * failed. */
    this.validFor = period.multipliedBy(4);
  }

  /// Returns how long the receiver treats a sent alert as firing.
  Duration validFor() {
    return validFor;
  }

  /// Sends the alerts of a rule that are due at a slot.
  void send(AlertingRule rule, long slot) {
    send(rule, rule.due(slot, context.options().resendDelay()), slot, slot);
  }

  /// Sends firing alerts again after an evaluation without a result. Otherwise the alerts would
  /// expire at the receiver, although nothing shows that they ended. Their validity starts at the
  /// current time instead of the slot, because the failed evaluation may have taken long. If the
  /// clock was set back, it starts at the time that the clock would show otherwise.
  ///
  /// @param lastSlot latest slot at which the rule was evaluated, in Unix milliseconds
  void keepAlive(AlertingRule rule, long slot, long lastSlot) {
    try {
      List<ActiveAlert> firing =
          rule.due(slot, context.options().resendDelay()).stream()
              .filter(alert -> alert.state == AlertState.FIRING)
              .toList();
      send(rule, firing, slot, Math.max(lastSlot, context.continuity().evenTime().toEpochMilli()));
    } catch (RuntimeException e) {
      LOG.error("The alerts of rule {} in group {} can't be renewed", rule.name(), group, e);
    }
  }

  /// Sends alerts.
  ///
  /// @param slot send time, in Unix milliseconds
  /// @param validFrom start of the alerts' validity, in Unix milliseconds
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
