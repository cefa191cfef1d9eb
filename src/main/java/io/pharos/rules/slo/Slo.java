package io.pharos.rules.slo;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.util.List;

/// A promise: which share of the requests of 30 days does well.
///
/// @param name the label `slo` of its series
/// @param description what is promised, in a sentence; empty where the file says nothing
/// @param service the label `service` of its alerts
/// @param target the share, at least [#LEAST] and below 1
/// @param signals ways to count the same requests, of which the worst counts; at least one
public record Slo(
    String name, String description, String service, BigDecimal target, List<Signal> signals) {
  /// Below it the fastest burn rate that is paged for, 14.4, is more than everything.
  static final BigDecimal LEAST = new BigDecimal("0.94");

  public Slo {
    if (requireNonNull(name, "name is null").isEmpty()) {
      throw new IllegalArgumentException("expected a name, found none");
    }
    requireNonNull(description, "description is null");
    requireNonNull(service, "service is null");
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
