package io.pharos.oncall.schedule;

import java.time.Instant;

/// A span of time during which one person, or nobody, is on call in a rotation.
///
/// @param until the end, not included
/// @param person empty if nobody is on call
/// @param layer name of the layer; empty if an override decides, or if nobody is on call
/// @param override id of the override that decides; empty if none does
/// @param turn number of the turn in the layer, from 0; 0 for overrides
public record DutyShift(
    Instant from, Instant until, String person, String layer, String override, long turn) {
  /// Returns a span during which nobody is on call.
  static DutyShift gap(Instant from, Instant until) {
    return new DutyShift(from, until, "", "", "", 0);
  }

  /// Returns whether nobody is on call.
  public boolean isGap() {
    return person.isEmpty();
  }

  /// Returns whether the shift contains an instant.
  boolean contains(Instant at) {
    return !at.isBefore(from) && at.isBefore(until);
  }

  /// Returns the part of the shift within a span; it may be empty.
  DutyShift within(Instant begin, Instant end) {
    return new DutyShift(
        later(from, begin),
        later(later(from, begin), earlier(until, end)),
        person,
        layer,
        override,
        turn);
  }

  DutyShift by(String other, String overrideId) {
    return new DutyShift(from, until, other, "", overrideId, 0);
  }

  boolean isEmpty() {
    return !from.isBefore(until);
  }

  /// Returns whether another shift continues this one without a hand-over.
  boolean isContinuedBy(DutyShift next) {
    return until.equals(next.from)
        && person.equals(next.person)
        && layer.equals(next.layer)
        && override.equals(next.override)
        && turn == next.turn;
  }

  DutyShift until(Instant end) {
    return new DutyShift(from, end, person, layer, override, turn);
  }

  static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
