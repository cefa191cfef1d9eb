package io.pharos.gate.judge;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.pharos.gate.policy.Check;
import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/// The readings of all checks of a gate at one time: one row of its audit trail.
///
/// @param atMillis time by Pharos' clock, Unix milliseconds
/// @param readings by the id of the check
public record Observation(long atMillis, Map<String, Reading> readings) {
  /// Samples are read up to this long after the time of an observation. So samples of a clock that
  /// runs ahead are found, and the gate reports the clock instead of missing data.
  public static final Duration LOOKAHEAD = Duration.ofMinutes(1);

  /// Samples are read from this long before the deployment, to find the last earlier value of each
  /// counter.
  private static final Duration LOOKBACK = Duration.ofMinutes(5);

  public Observation {
    readings = java.util.Collections.unmodifiableMap(new TreeMap<>(readings));
  }

  /// Returns the reading of a check; [Reading.Unavailable] if the observation has none.
  public Reading of(Check check) {
    Reading reading = readings.get(check.id());
    return reading == null ? new Reading.Unavailable("the check was not observed") : reading;
  }

  /// Returns the expression that reads a selector's raw samples around a deployment.
  ///
  /// @param since start of the deployment, or the earliest time that the gate considers
  /// @param at time of the observation
  /// @return a range selector in PromQL
  public static String rangeQuery(String selector, Instant since, Instant at) {
    long window = at.plus(LOOKAHEAD).toEpochMilli() - since.minus(LOOKBACK).toEpochMilli();
    return selector + "[" + PromDuration.format(Math.max(1, window)) + "]";
  }

  /// Returns the observation as JSON; equal observations give equal texts.
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write the observation as JSON", e);
    }
  }

  /// Parses an observation that [#toJson] wrote.
  ///
  /// @throws IllegalArgumentException when the text is no observation
  public static Observation fromJson(String json) {
    try {
      return JSON.readValue(json, Observation.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "expected the JSON of an observation: " + e.getOriginalMessage(), e);
    }
  }
}
