package io.pharos.oncall.schedule;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/// A part of a rotation that says who is on call at some times.
public sealed interface RotationLayer permits CalendarLayer, TurnLayer {
  /// Returns its name, unique in the rotation.
  String name();

  /// Returns the people who can be on call by it.
  List<String> members();

  /// Returns the layer's shifts within a span, in order. There may be none between them.
  ///
  /// @param zone that of the rotation
  List<DutyShift> shifts(ZoneId zone, Instant from, Instant until);
}
