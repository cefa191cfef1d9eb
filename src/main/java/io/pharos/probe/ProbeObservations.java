package io.pharos.probe;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a probe saw on its way, whether it succeeded or not.
///
/// @param status the last HTTP status; 0 where there was none
/// @param phases the time of each phase that was entered
/// @param earliestExpiry when the first certificate of the chain expires; null without TLS
/// @param tls whether the last connection was TLS
/// @param assertionFailed whether the failure is an answer that was not as expected
/// @param values samples of the type of probe, by the name of their metric
/// @param steps of a suite that ran, in order
/// @param info what the answer says of the target, such as its version, by names of labels
public record ProbeObservations(
    int status,
    Map<RequestPhase, Duration> phases,
    @Nullable Instant earliestExpiry,
    boolean tls,
    boolean assertionFailed,
    Map<String, Double> values,
    List<StepResult> steps,
    Map<String, String> info) {
  static final ProbeObservations NONE =
      new ProbeObservations(0, Map.of(), null, false, false, Map.of(), List.of(), Map.of());

  public ProbeObservations {
    var copied = new EnumMap<RequestPhase, Duration>(RequestPhase.class);
    copied.putAll(phases);
    steps = List.copyOf(steps);
    info = Map.copyOf(info);
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    phases = Collections.unmodifiableMap(copied);
  }

  /// The time of a phase; zero where it was not entered.
  public Duration phase(RequestPhase phase) {
    return phases.getOrDefault(phase, Duration.ZERO);
  }
}
