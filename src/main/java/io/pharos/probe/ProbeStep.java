package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import io.pharos.probe.expression.Expression;
import io.pharos.probe.expression.ValuePath;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A step of a suite.
///
/// @param name unique in its suite, the value of the `step` label
/// @param expect what must hold of what was seen; null for nothing but what the check asks
/// @param store where the variables that it sets are found, by their names
/// @param secrets those of them that must never be told
/// @param always whether it runs after a step that failed too
/// @param timeout of this step
public record ProbeStep(
    String name,
    ProbeCheck check,
    @Nullable Expression expect,
    Map<String, ValuePath> store,
    Set<String> secrets,
    boolean always,
    Duration timeout) {
  public ProbeStep {
    requireNonNull(name, "name is null");
    requireNonNull(check, "check is null");
    store = Collections.unmodifiableMap(new LinkedHashMap<>(store));
    secrets = Set.copyOf(secrets);
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("expected a timeout above 0");
    }
  }
}
