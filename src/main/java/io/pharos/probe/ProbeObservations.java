package io.pharos.probe;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The measurements of one attempt, which may have failed.
///
/// @param status last HTTP status; 0 if there was none
/// @param phases duration of each phase that was entered
/// @param earliestExpiry earliest expiry of a certificate in the chain; null without TLS
/// @param tls whether the last connection used TLS
/// @param assertionFailed whether the target answered, but not as expected
/// @param values samples that only this probe type has, by metric name
/// @param steps steps of a suite that ran, in order
/// @param info facts about the target, such as its version, by label name
public record ProbeObservations(
    int status,
    Map<RequestPhase, Duration> phases,
    @Nullable Instant earliestExpiry,
    boolean tls,
    boolean assertionFailed,
    Map<String, Double> values,
    List<Step> steps,
    Map<String, String> info) {
  /// Nothing was measured.
  public static final ProbeObservations NONE =
      new ProbeObservations(0, Map.of(), null, false, false, Map.of(), List.of(), Map.of());

  public ProbeObservations {
    var copied = new EnumMap<RequestPhase, Duration>(RequestPhase.class);
    copied.putAll(phases);
    steps = List.copyOf(steps);
    info = Map.copyOf(info);
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    phases = Collections.unmodifiableMap(copied);
  }

  /// One run of a step.
  ///
  /// @param name name of the step
  /// @param took duration; zero if the step did not start
  public record Step(String name, Duration took, ProbeOutcome outcome) {}

  /// Returns the duration of a phase; zero if it was not entered.
  public Duration phase(RequestPhase phase) {
    return phases.getOrDefault(phase, Duration.ZERO);
  }
}
