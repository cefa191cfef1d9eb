package io.pharos.rules.slo;

import java.math.BigDecimal;
import java.util.List;

/// A service level objective: the share of requests that must be good over 30 days.
///
/// @param name value of the label `slo`
/// @param description the promise in one sentence; may be empty
/// @param service value of the label `service` of its alerts
/// @param target the share, at least [#LEAST] and below 1
/// @param signals ways to measure the same requests, at least one; the worst share is used
public record Slo(
    String name, String description, String service, BigDecimal target, List<Signal> signals) {
  /// Minimum target. With a lower one, the burn rate of 14.4 at which the fast alert fires would
  /// need more than 100 % errors.
  static final BigDecimal LEAST = new BigDecimal("0.94");

  public Slo {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("expected a name, found none");
    }
    if (target.compareTo(LEAST) < 0 || target.compareTo(BigDecimal.ONE) >= 0) {
      throw new IllegalArgumentException(
          "expected a target from %s to below 1, found %s".formatted(LEAST, target));
    }
    signals = List.copyOf(signals);
    if (signals.isEmpty()) {
      throw new IllegalArgumentException("expected a signal, found none");
    }
  }
}
