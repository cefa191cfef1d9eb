package io.pharos.oncall.schedule;

import io.pharos.oncall.calendar.RecurringTimes;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Hand-overs by an RRULE of RFC 5545, whose first date is the start of the layer. Thread-safe.
public final class RecurringHandover implements Handover {
  /// What [#of] accepts.
  static final String EXPECTED =
      "daily, weekly, or an RRULE such as FREQ=WEEKLY;BYDAY=MO,TH with FREQ=DAILY, WEEKLY, MONTHLY"
          + " or YEARLY, without COUNT, UNTIL, BYMINUTE and BYSECOND";

  private final RecurringTimes times;

  private RecurringHandover(RecurringTimes times) {
    this.times = times;
  }

  /// Parses a rule.
  ///
  /// @param end the end of the longest search
  /// @throws IllegalArgumentException if it is not a rule, or not a permitted one
  static RecurringHandover of(String text, LocalDateTime start, LocalDateTime end) {
    RecurringTimes times = RecurringTimes.of(text, start, end);
    if (times.isCounted()) {
      throw new IllegalArgumentException("it has a part that is not permitted");
    }
    if (start.isBefore(end) && times.isEmpty(end)) {
      throw new IllegalArgumentException("it has no date from %s to %s".formatted(start, end));
    }
    return new RecurringHandover(times);
  }

  @Override
  public LocalDateTime start() {
    return times.start();
  }

  @Override
  public List<Turn> turns(LocalDateTime from, LocalDateTime until) {
    // The last turn ends at the first hand-over after the range, at the latest a year later.
    List<LocalDateTime> begins = times.until(until.plus(Rotation.HORIZON));
    int number = Collections.binarySearch(begins, from);
    number = number < 0 ? Math.max(0, -number - 2) : number;
    var turns = new ArrayList<Turn>();
    while (number < begins.size() && begins.get(number).isBefore(until)) {
      LocalDateTime end =
          number + 1 < begins.size() ? begins.get(number + 1) : until.plus(Rotation.HORIZON);
      turns.add(new Turn(number, begins.get(number), end));
      number++;
    }
    return turns;
  }
}
