package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// What the command line says about rules; the defaults are Prometheus'.
///
/// @param resendDelay how long a firing alert is not sent again (`--rules.alert.resend-delay`)
/// @param forGracePeriod the least `for` whose state is restored after a restart, and the least
///   time a restored alert stays pending (`--rules.alert.for-grace-period`)
/// @param outageTolerance how long Pharos may have been away for states to be restored
///   (`--rules.alert.for-outage-tolerance`)
public record RuleOptions(Duration resendDelay, Duration forGracePeriod, Duration outageTolerance) {
  public static final RuleOptions DEFAULT =
      new RuleOptions(Duration.ofMinutes(1), Duration.ofMinutes(10), Duration.ofHours(1));

  public RuleOptions {
    requireNonNull(resendDelay, "resendDelay is null");
    requireNonNull(forGracePeriod, "forGracePeriod is null");
    requireNonNull(outageTolerance, "outageTolerance is null");
  }
}
