package io.pharos.oncall.schedule;

import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// When the next member of a layer takes over. All times are local times of the rotation's zone, so
/// a hand-over at 09:00 stays at 09:00 when the clock changes.
public sealed interface Handover permits Handover.Days, RecurringHandover {
  /// The time from one hand-over to the next.
  ///
  /// @param number of the turn, from 0
  record Turn(long number, LocalDateTime from, LocalDateTime until) {}

  /// Returns the begin of the first turn.
  LocalDateTime start();

  /// Returns the turns that overlap a range of local times.
  List<Turn> turns(LocalDateTime from, LocalDateTime until);

  /// Each turn lasts a number of days.
  record Days(LocalDateTime start, int days) implements Handover {
    @Override
    public List<Turn> turns(LocalDateTime from, LocalDateTime until) {
      var turns = new ArrayList<Turn>();
      long number = Math.max(0, Math.floorDiv(ChronoUnit.DAYS.between(start, from) - 1, days));
      LocalDateTime begin = start.plusDays(number * days);
      while (begin.isBefore(until)) {
        LocalDateTime end = begin.plusDays(days);
        if (end.isAfter(from)) {
          turns.add(new Turn(number, begin, end));
        }
        begin = end;
        number++;
      }
      return turns;
    }
  }
}
