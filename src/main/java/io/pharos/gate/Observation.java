package io.pharos.gate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Map;
import java.util.TreeMap;

/// What every check of a gate saw at one time: one row of its audit trail.
///
/// @param atMillis Pharos' clock, Unix milliseconds
/// @param readings by the id of the check
public record Observation(long atMillis, Map<String, Reading> readings) {
  public Observation {
    readings = java.util.Collections.unmodifiableMap(new TreeMap<>(readings));
  }

  /// The reading of a check; one that was not taken is unavailable.
  public Reading of(Check check) {
    Reading reading = readings.get(check.id());
    return reading == null ? new Reading.Unavailable("it was not observed") : reading;
  }

  /// The observation as JSON, the same text for the same observation.
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an observation always has a JSON form", e);
    }
  }

  /// The observation that [#toJson] wrote.
  ///
  /// @throws IllegalArgumentException when the text is not one
  public static Observation fromJson(String json) {
    try {
      return JSON.readValue(json, Observation.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not an observation: " + e.getOriginalMessage(), e);
    }
  }
}
