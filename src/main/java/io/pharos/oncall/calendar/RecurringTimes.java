package io.pharos.oncall.calendar;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.fortuna.ical4j.model.Recur;
import net.fortuna.ical4j.transform.recurrence.Frequency;

/// Local times by an RRULE of RFC 5545 without `UNTIL`. The first one is the start, also if the
/// rule does not name it. Thread-safe.
public final class RecurringTimes {
  /// Maximum number of times from the start until the end of the longest search: two a day for 13
  /// years. Each is kept, in about 60 bytes.
  public static final int MAX = 10_000;

  private static final Set<Frequency> FREQUENCIES =
      Set.of(Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY, Frequency.YEARLY);

  private static final int MAX_INTERVAL = 366;

  private final LocalDateTime start;
  private final Recur<LocalDateTime> rule;

  /* The start and the times after it, known until some time. */
  private List<LocalDateTime> known = List.of();
  private LocalDateTime knownUntil;

  private RecurringTimes(LocalDateTime start, Recur<LocalDateTime> rule) {
    this.start = start;
    this.rule = rule;
    knownUntil = start;
  }

  /// Parses a rule of days or longer.
  ///
  /// @param end the end of the longest search
  /// @throws IllegalArgumentException if it is not a rule, or not a permitted one
  public static RecurringTimes of(String text, LocalDateTime start, LocalDateTime end) {
    String upper = text.toUpperCase(Locale.ROOT);
    var rule = new Recur<LocalDateTime>(upper);
    if (!FREQUENCIES.contains(rule.getFrequency())) {
      throw new IllegalArgumentException("FREQ=" + rule.getFrequency());
    }
    if (rule.getUntil() != null
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
      if (count > MAX) {
        throw new IllegalArgumentException(
            "it has more dates from %s to %s, at most %d are permitted".formatted(start, end, MAX));
      }
    }
    return new RecurringTimes(start, rule);
  }

  /// Whether the rule has `COUNT`.
  public boolean isCounted() {
    return rule.getCount() >= 0;
  }

  /// Whether the rule names no time from the start until another one.
  public boolean isEmpty(LocalDateTime until) {
    return rule.getDates(start, start, until, 1).isEmpty();
  }

  /// Returns the start.
  public LocalDateTime start() {
    return start;
  }

  /// Returns the times from the start until another one, and perhaps some more, in order.
  public synchronized List<LocalDateTime> until(LocalDateTime until) {
    if (until.isAfter(knownUntil)) {
      // Some more, because the next calls ask for a little later.
      LocalDateTime end = until.plusDays(30);
      var times = new ArrayList<LocalDateTime>(List.of(start));
      rule.getDates(start, start, end).stream().filter(at -> at.isAfter(start)).forEach(times::add);
      known = List.copyOf(times);
      knownUntil = end;
    }
    return known;
  }
}
