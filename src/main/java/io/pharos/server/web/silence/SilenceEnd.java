package io.pharos.server.web.silence;

import io.pharos.alerting.silence.Silence;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;

/// A new end of a silence, as the forms of the page send it.
///
/// @param by a duration that is added to the end, such as `1h`; empty if `until` is given
/// @param until a date and time such as `2026-01-31T09:00` in the reader's zone
record SilenceEnd(String by, String until) {
  /// Returns the silence with the new end.
  ///
  /// @throws IllegalArgumentException if the silence has ended, or the end is invalid
  Silence of(Silence silence, ZoneId zone, Instant now) {
    if (silence.state(now) == Silence.State.EXPIRED) {
      throw new IllegalArgumentException(
          "The silence has ended; create a new one with the same matchers.");
    }
    Instant end = end(silence, zone);
    if (!end.isAfter(now)) {
      throw new IllegalArgumentException(
          "Expected an end after now, found " + end + "; “End now” ends the silence.");
    }
    return new Silence(
        silence.id(),
        silence.matchers(),
        silence.startsAt(),
        end,
        now,
        silence.createdBy(),
        silence.comment(),
        silence.annotations());
  }

  private Instant end(Silence silence, ZoneId zone) {
    try {
      return until.isEmpty()
          ? silence.endsAt().plus(PromDuration.parse(by))
          : LocalDateTime.parse(until).atZone(zone).toInstant();
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Expected a duration such as 1h, or an end such as 2026-01-31T09:00, found "
              + Quoted.of(Quoted.cut(until.isEmpty() ? by : until, 80))
              + ".",
          e);
    }
  }
}
