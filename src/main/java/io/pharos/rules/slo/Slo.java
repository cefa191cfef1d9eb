package io.pharos.rules.slo;

import java.math.BigDecimal;
import java.util.List;

/// A service level objective: the share of requests that must be good over 30 days.
///
/// @param name value of the label `slo`
/// @param description the promise in one sentence; may be empty
/// @param service value of the label `service` of its alerts
/// @param target the share, at least [#MIN_TARGET] and below 1
/// @param signals ways to measure the same requests, at least one; the worst share is used
public record Slo(
    String name, String description, String service, BigDecimal target, List<Signal> signals) {
  /// Minimum target. With a lower target, the burn rate of 14.4 at which the fast alert fires would
  /// require more than 100 % errors.
  static final BigDecimal MIN_TARGET = new BigDecimal("0.94");

  public Slo {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("expected the name of an objective, found none");
    }
    if (target.compareTo(MIN_TARGET) < 0 || target.compareTo(BigDecimal.ONE) >= 0) {
      throw new IllegalArgumentException(
          "expected a target from %s to below 1, found %s".formatted(MIN_TARGET, target));
    }
    signals = List.copyOf(signals);
    if (signals.isEmpty()) {
      throw new IllegalArgumentException("expected a signal, found none");
    }
  }
}
