package io.pharos.oncall.schedule;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.fortuna.ical4j.model.Recur;
import net.fortuna.ical4j.transform.recurrence.Frequency;

/// Hand-overs by an RRULE of RFC 5545, whose first date is the start of the layer. Thread-safe.
public final class RecurringHandover implements Handover {
  /// Maximum number of hand-overs from the start until the end of the longest search: two a day for
  /// 13 years. Each is kept, in about 60 bytes.
  static final int MAX = 10_000;

  /// What [#of] accepts.
  static final String EXPECTED =
      "daily, weekly, or an RRULE such as FREQ=WEEKLY;BYDAY=MO,TH with FREQ=DAILY, WEEKLY, MONTHLY"
          + " or YEARLY, without COUNT, UNTIL, BYMINUTE and BYSECOND";

  private static final Set<Frequency> FREQUENCIES =
      Set.of(Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY, Frequency.YEARLY);

  private static final int MAX_INTERVAL = 366;

  private final LocalDateTime start;
  private final Recur<LocalDateTime> rule;

  /* The start and the hand-overs after it, known until some time. */
  private List<LocalDateTime> known = List.of();
  private LocalDateTime knownUntil;

  private RecurringHandover(LocalDateTime start, Recur<LocalDateTime> rule) {
    this.start = start;
    this.rule = rule;
    knownUntil = start;
  }

  /// Parses a rule.
  ///
  /// @param end the end of the longest search
  /// @throws IllegalArgumentException if it is not a rule, or not a permitted one
  static RecurringHandover of(String text, LocalDateTime start, LocalDateTime end) {
    String upper = text.toUpperCase(Locale.ROOT);
    var rule = new Recur<LocalDateTime>(upper);
    if (!FREQUENCIES.contains(rule.getFrequency())) {
      throw new IllegalArgumentException("FREQ=" + rule.getFrequency());
    }
    if (rule.getCount() >= 0
        || rule.getUntil() != null
        || !rule.getMinuteList().isEmpty()
        || !rule.getSecondList().isEmpty()) {
      throw new IllegalArgumentException("it has a part that is not permitted");
    }
    if (upper.contains("INTERVAL=")
        && (rule.getInterval() < 1 || rule.getInterval() > MAX_INTERVAL)) {
      throw new IllegalArgumentException("INTERVAL is not from 1 to " + MAX_INTERVAL);
    }
    if (start.isBefore(end)) {
      int count = rule.getDates(start, start, end, MAX + 1).size();
      if (count == 0 || count > MAX) {
        throw new IllegalArgumentException(
            "it has %s from %s to %s, at most %d are permitted"
                .formatted(count == 0 ? "no date" : "more dates", start, end, MAX));
      }
    }
    return new RecurringHandover(start, rule);
  }

  @Override
  public LocalDateTime start() {
    return start;
  }

  @Override
  public List<Turn> turns(LocalDateTime from, LocalDateTime until) {
    // The last turn ends at the first hand-over after the range, at the latest a year later.
    List<LocalDateTime> begins = begins(until.plus(Rotation.HORIZON));
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

  private synchronized List<LocalDateTime> begins(LocalDateTime until) {
    if (until.isAfter(knownUntil)) {
      // Some more, because the next calls ask for a little later.
      LocalDateTime end = until.plusDays(30);
      var begins = new ArrayList<LocalDateTime>(List.of(start));
      rule.getDates(start, start, end).stream()
          .filter(at -> at.isAfter(start))
          .forEach(begins::add);
      known = List.copyOf(begins);
      knownUntil = end;
    }
    return known;
  }
}
