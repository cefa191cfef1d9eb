package io.pharos.probe;

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
/// @param name name, unique in its suite; the value of the `step` label
/// @param expect condition on the facts; null if the check alone decides
/// @param store variables that the step sets: paths of their values by name
/// @param secrets names of those variables that are secret
/// @param always whether the step also runs after a failed step
/// @param timeout timeout of this step
public record ProbeStep(
    String name,
    ProbeCheck check,
    @Nullable Expression expect,
    Map<String, ValuePath> store,
    Set<String> secrets,
    boolean always,
    Duration timeout) {
  public ProbeStep {
    store = Collections.unmodifiableMap(new LinkedHashMap<>(store));
    secrets = Set.copyOf(secrets);
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("expected a timeout above 0");
    }
  }
}
