package io.pharos.oncall.schedule;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/// Shifts as an iCalendar (RFC 5545), for calendar programs that subscribe to it. Times are in UTC,
/// so that no definition of a time zone is needed.
public final class ShiftCalendar {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /* The maximum number of bytes in a line, without the line break. */
  private static final int MAX_BYTES = 75;

  private final StringBuilder text = new StringBuilder();

  private ShiftCalendar() {}

  /// Returns the calendar of a rotation. Each shift is an event; gaps are events too.
  ///
  /// @param now when the calendar is made
  public static String of(Rotation rotation, List<DutyShift> shifts, Instant now) {
    var calendar = new ShiftCalendar();
    calendar.line("BEGIN:VCALENDAR");
    calendar.line("VERSION:2.0");
    calendar.line("PRODID:-//Pharos//On call//EN");
    calendar.line("X-WR-CALNAME:" + escaped("On call: " + rotation.name()));
    for (DutyShift shift : shifts) {
      calendar.line("BEGIN:VEVENT");
      calendar.line("UID:%s-%d@pharos".formatted(rotation.name(), shift.from().getEpochSecond()));
      calendar.line("DTSTAMP:" + TIME.format(now));
      calendar.line("DTSTART:" + TIME.format(shift.from()));
      calendar.line("DTEND:" + TIME.format(shift.until()));
      calendar.line(
          "SUMMARY:"
              + escaped(
                  (shift.isGap() ? "nobody" : shift.person()) + " (" + rotation.name() + ")"));
      calendar.line("END:VEVENT");
    }
    calendar.line("END:VCALENDAR");
    return calendar.text.toString();
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,");
  }

  /// Appends a line. A long line continues on the next line after a space, and no character is
  /// divided.
  private void line(String line) {
    int bytes = 0;
    for (int c : line.codePoints().toArray()) {
      String one = Character.toString(c);
      int length = one.getBytes(StandardCharsets.UTF_8).length;
      if (bytes + length > MAX_BYTES) {
        text.append("\r\n ");
        bytes = 1;
      }
      text.append(one);
      bytes += length;
    }
    text.append("\r\n");
  }
}
