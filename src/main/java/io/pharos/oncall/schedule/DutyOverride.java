package io.pharos.oncall.schedule;

import java.time.Instant;

/// Puts a person on call for a span, whatever the layers say.
///
/// @param id unique among the overrides
/// @param until the end, not included
/// @param person who is on call instead
/// @param insteadOf only this person is replaced; empty to replace everybody, and nobody
/// @param swaps whether `insteadOf` in turn replaces `person`
/// @param by who made the override; empty for those of the file
/// @param at when it was made
public record DutyOverride(
    String id,
    String rotation,
    Instant from,
    Instant until,
    String person,
    String insteadOf,
    boolean swaps,
    String comment,
    String by,
    Instant at) {

  /// Returns who is on call within the span.
  ///
  /// @param planned who would be on call without the override; empty for nobody
  String decided(String planned) {
    if (insteadOf.isEmpty() || planned.equals(insteadOf)) {
      return person;
    }
    return swaps && planned.equals(person) ? insteadOf : planned;
  }
}
