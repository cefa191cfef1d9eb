package io.pharos.rules;

import java.time.Duration;

/// Command-line options for rules.
///
/// @param resendDelay minimum time before a firing alert is sent again
///   (`--rules.alert.resend-delay`)
/// @param forGracePeriod minimum `for` of rules whose state is restored after a restart, and
///   minimum time that a restored alert stays pending (`--rules.alert.for-grace-period`)
/// @param outageTolerance maximum downtime after which states are restored
///   (`--rules.alert.for-outage-tolerance`)
public record RuleOptions(Duration resendDelay, Duration forGracePeriod, Duration outageTolerance) {
  /// The defaults of Prometheus.
  public static final RuleOptions DEFAULT =
      new RuleOptions(Duration.ofMinutes(1), Duration.ofMinutes(10), Duration.ofHours(1));
}
