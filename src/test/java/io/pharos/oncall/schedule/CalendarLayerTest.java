package io.pharos.oncall.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.access.People;
import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rotations whose shifts come from an iCalendar file.
class CalendarLayerTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path folder;

  private OnCallPlan plan(String zone, String names, String... events) throws IOException {
    Files.writeString(
        folder.resolve("shifts.ics"),
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Company time\r\n"
            + "X-LIC-LOCATION:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
            + "END:STANDARD\r\nEND:VTIMEZONE\r\n"
            + String.join("", List.of(events))
            + "END:VCALENDAR\r\n");
    Files.writeString(
        folder.resolve("oncall.yml"),
        """
        people:
          - {name: lead, ways: [mail]}
          - {name: deputy, ways: [mail]}
        rotations:
          - name: backend
            timezone: %s
            allow_gaps: true
            layers: [{name: calendar, calendar: {file: shifts.ics, names: {%s}}}]
        """
            .formatted(zone, names));
    return read();
  }

  private OnCallPlan read() {
    return OnCallFile.read(
        folder.resolve("oncall.yml"),
        new OnCallFile.Surroundings(Optional.of(Set.of("mail")), People.NONE, NOW));
  }

  private static String event(String... lines) {
    return "BEGIN:VEVENT\r\n" + String.join("\r\n", lines) + "\r\nEND:VEVENT\r\n";
  }

  /// Returns the shifts and gaps in local time, such as `Mon 02 09:00 lead`.
  private static List<String> shifts(OnCallPlan plan, String from, String until) {
    Rotation rotation = plan.rotations().getFirst();
    ZoneId zone = rotation.zone();
    var format = DateTimeFormatter.ofPattern("EEE dd HH:mm", Locale.ENGLISH).withZone(zone);
    return rotation.shifts(Instant.parse(from), Instant.parse(until), List.of()).stream()
        .map(shift -> format.format(shift.from()) + " " + (shift.isGap() ? "-" : shift.person()))
        .toList();
  }

  @Test
  void event_isAShiftOfThePersonInItsSummary() throws IOException {
    OnCallPlan plan =
        plan(
            "Europe/Berlin",
            "",
            event(
                "SUMMARY:lead",
                "DTSTART;TZID=Europe/Berlin:20260302T090000",
                "DTEND;TZID=Europe/Berlin:20260302T170000"),
            event("SUMMARY:deputy", "DTSTART:20260302T160000Z", "DURATION:PT2H"),
            event("SUMMARY:lead", "DTSTART:20260302T190000", "DURATION:P1DT1H"));
    assertThat(shifts(plan, "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"))
        .containsExactly(
            "Mon 02 01:00 -",
            "Mon 02 09:00 lead",
            "Mon 02 17:00 deputy",
            "Mon 02 19:00 lead",
            "Tue 03 20:00 -");
    assertThat(plan.rotations().getFirst().layers().getFirst().members())
        .containsExactly("lead", "deputy");
  }

  @Test
  void weeklyEvents_handOverAtTheSameLocalTime_whereTheClockChanges() throws IOException {
    OnCallPlan plan =
        plan(
            "Europe/Berlin",
            "",
            event(
                "SUMMARY:lead",
                "DTSTART;TZID=Europe/Berlin:20260302T090000",
                "DTEND;TZID=Europe/Berlin:20260309T090000",
                "RRULE:FREQ=WEEKLY;INTERVAL=2"),
            event(
                "SUMMARY:deputy",
                "DTSTART;TZID=Company time:20260309T090000",
                "DTEND;TZID=Company time:20260316T090000",
                "RRULE:FREQ=WEEKLY;INTERVAL=2"));
    // The clocks go forward on 29 March, and back on 25 October.
    assertThat(shifts(plan, "2026-03-24T00:00:00Z", "2026-04-07T00:00:00Z"))
        .containsExactly("Tue 24 01:00 deputy", "Mon 30 09:00 lead", "Mon 06 09:00 deputy");
    assertThat(shifts(plan, "2026-10-20T00:00:00Z", "2026-10-27T00:00:00Z"))
        .hasSize(2)
        .last()
        .asString()
        .startsWith("Mon 26 09:00");
  }

  @Test
  void recurringEvent_omitsExcludedDates_andFollowsItsExceptions() throws IOException {
    OnCallPlan plan =
        plan(
            "UTC",
            "",
            event(
                "UID:1",
                "SUMMARY:lead",
                "DTSTART:20260302T090000Z",
                "DTEND:20260302T170000Z",
                "RRULE:FREQ=DAILY;UNTIL=20260306T090000Z",
                "EXDATE:20260303T090000Z"),
            event(
                "UID:1",
                "RECURRENCE-ID:20260304T090000Z",
                "SUMMARY:deputy",
                "DTSTART:20260304T100000Z",
                "DTEND:20260304T120000Z"),
            event(
                "UID:1",
                "RECURRENCE-ID:20260305T090000Z",
                "STATUS:CANCELLED",
                "SUMMARY:lead",
                "DTSTART:20260305T090000Z",
                "DTEND:20260305T170000Z"));
    assertThat(shifts(plan, "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z"))
        .containsExactly(
            "Mon 02 00:00 -",
            "Mon 02 09:00 lead",
            "Mon 02 17:00 -",
            "Wed 04 10:00 deputy",
            "Wed 04 12:00 -",
            "Fri 06 09:00 lead",
            "Fri 06 17:00 -");
  }

  @Test
  void allDayEvents_areDaysOfTheRotationsZone() throws IOException {
    OnCallPlan plan =
        plan(
            "America/New_York",
            "",
            event("SUMMARY:lead", "DTSTART;VALUE=DATE:20260307", "DTEND;VALUE=DATE:20260309"),
            event(
                "SUMMARY:deputy",
                "DTSTART;VALUE=DATE:20260309",
                "RRULE:FREQ=DAILY;COUNT=3",
                "EXDATE;VALUE=DATE:20260310"));
    // The clocks go forward on 8 March.
    assertThat(shifts(plan, "2026-03-07T05:00:00Z", "2026-03-13T04:00:00Z"))
        .containsExactly(
            "Sat 07 00:00 lead",
            "Mon 09 00:00 deputy",
            "Tue 10 00:00 -",
            "Wed 11 00:00 deputy",
            "Thu 12 00:00 -");
  }

  @Test
  void untilThatIsADate_includesThatDay_andFurtherDatesCount() throws IOException {
    OnCallPlan plan =
        plan(
            "Asia/Shanghai",
            "",
            event(
                "SUMMARY:lead",
                "DTSTART;TZID=/example.org/tz/Asia/Shanghai:20260302T090000",
                "DURATION:PT1H",
                "RRULE:FREQ=WEEKLY;UNTIL=20260303;BYDAY=MO,TU,WE",
                "RDATE;TZID=Asia/Shanghai:20260306T090000,20260307T090000",
                "EXDATE;VALUE=DATE:20260307"));
    assertThat(shifts(plan, "2026-03-01T16:00:00Z", "2026-03-08T16:00:00Z"))
        .filteredOn(it -> it.endsWith("lead"))
        .containsExactly("Mon 02 09:00 lead", "Tue 03 09:00 lead", "Fri 06 09:00 lead");
  }

  @Test
  void eventThatBeginsLater_coversAPartOfALongerOne() throws IOException {
    OnCallPlan plan =
        plan(
            "UTC",
            "",
            event("SUMMARY:deputy", "DTSTART:20260303T120000Z", "DURATION:PT3H"),
            event("SUMMARY:lead", "DTSTART:20260302T090000Z", "DURATION:P7D"),
            event("SUMMARY:deputy", "DTSTART:20260302T090000Z", "DURATION:PT1H"));
    assertThat(shifts(plan, "2026-03-02T09:00:00Z", "2026-03-10T00:00:00Z"))
        .containsExactly(
            "Mon 02 09:00 deputy",
            "Mon 02 10:00 lead",
            "Tue 03 12:00 deputy",
            "Tue 03 15:00 lead",
            "Mon 09 09:00 -");
  }

  @Test
  void person_isFoundByNames_andByTheAttendee() throws IOException {
    OnCallPlan plan =
        plan(
            "UTC",
            "'On Call - The lead - Backend': lead, Deputy@example.org: deputy",
            event(
                "SUMMARY:On Call - The",
                "  lead - Backend",
                "DTSTART:20260302T090000Z",
                "DURATION:PT1H"),
            event(
                "SUMMARY:Rufbereitschaft\\, Woche 10",
                "ATTENDEE;CN=\"Boss; of all\":mailto:boss@example.org",
                "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:deputy@EXAMPLE.org",
                "DTSTART:20260302T100000Z",
                "DURATION:PT1H",
                "BEGIN:VALARM",
                "DTSTART:nonsense",
                "END:VALARM"),
            event(
                "SUMMARY:Backend",
                "ATTENDEE;CN=lead:urn:x",
                "DTSTART:20260302T110000Z",
                "DURATION:PT1H"));
    assertThat(shifts(plan, "2026-03-02T09:00:00Z", "2026-03-02T12:00:00Z"))
        .containsExactly("Mon 02 09:00 lead", "Mon 02 10:00 deputy", "Mon 02 11:00 lead");
  }

  @Test
  void calendarThatChanges_countsFromTheNextReload() throws IOException {
    plan("UTC", "", event("SUMMARY:lead", "DTSTART:20260302T090000Z", "DURATION:PT1H"));
    Path file = folder.resolve("shifts.ics");
    Files.writeString(
        file, "\uFEFF" + Files.readString(file).replace("SUMMARY:lead", "SUMMARY:deputy"));
    assertThat(shifts(read(), "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"))
        .containsExactly("Mon 02 09:00 deputy");
  }

  @Test
  void otherLayers_coverTheCalendar() throws IOException {
    plan("UTC", "", event("SUMMARY:lead", "DTSTART:20260302T090000Z", "DURATION:P1D"));
    Path file = folder.resolve("oncall.yml");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(
                "names: {}}}]",
                "names: {}}}, {name: noon, members: [deputy], start: 2026-01-01T00:00, handover:"
                    + " daily, hours: [{from: '12:00', until: '13:00'}]}]"));
    assertThat(shifts(read(), "2026-03-02T09:00:00Z", "2026-03-02T14:00:00Z"))
        .containsExactly("Mon 02 09:00 lead", "Mon 02 12:00 deputy", "Mon 02 13:00 lead");
  }

  private void refused(String message, String... events) {
    assertThatThrownBy(() -> plan("UTC", "", events))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void events_withMistakes_areRefusedWithTheirLines() {
    String time = "DTSTART:20260302T090000Z";
    String hour = "DURATION:PT1H";
    refused("shifts.ics:10: the event has no DTSTART", event("SUMMARY:lead"));
    refused(
        "shifts.ics:10: expected an event whose SUMMARY or ATTENDEE is a person of oncall.yml or a"
            + " key of names, found SUMMARY \"leda\" and ATTENDEE \"x@example.org\"",
        event("SUMMARY:leda", "ATTENDEE:mailto:x@example.org", time, hour));
    refused(
        "expected an event of one person, found ATTENDEE of lead, deputy",
        event("ATTENDEE;CN=lead:mailto:x", "ATTENDEE;CN=deputy:mailto:y", time, hour));
    refused(
        "shifts.ics:12: DTSTART: expected a time such as", event("SUMMARY:lead", "DTSTART:soon"));
    refused(
        "DTSTART: expected a time zone such as Europe/Berlin, found \"W. Europe Standard Time\"",
        event("SUMMARY:lead", "DTSTART;TZID=W. Europe Standard Time:20260302T090000", hour));
    refused(
        "expected an event that ends after it begins",
        event("SUMMARY:lead", time, "DTEND:20260302T090000Z"));
    refused("expected an event that ends after it begins", event("SUMMARY:lead", time));
    refused(
        "RRULE: expected an RRULE with FREQ=DAILY",
        event("SUMMARY:lead", time, hour, "RRULE:FREQ=HOURLY"));
    refused(
        "RANGE is not supported",
        event("SUMMARY:lead", time, hour, "RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T090000Z"));
    refused(
        "VALUE=PERIOD is not supported",
        event("SUMMARY:lead", time, hour, "RDATE;VALUE=PERIOD:20260302T090000Z/PT1H"));
    refused("EXRULE is not supported", event("SUMMARY:lead", time, hour, "EXRULE:FREQ=DAILY"));
    refused(
        "DURATION: expected a duration such as P7D", event("SUMMARY:lead", time, "DURATION:1h"));
    refused("DURATION: expected a duration", event("SUMMARY:lead", time, "DURATION:P1WT"));
    refused("DURATION: expected a duration", event("SUMMARY:lead", time, "DURATION:PT1S1H"));
    refused("shifts.ics:11: expected NAME:VALUE", event("SUMMARY", time));
    refused("expected the END of what began last", "END:VEVENT\r\n");
    refused(
        "expected at most 10000 events with their repetitions",
        event("SUMMARY:lead", "DTSTART:20100101T090000Z", hour, "RRULE:FREQ=DAILY"),
        event("SUMMARY:lead", "DTSTART:20100101T100000Z", hour, "RRULE:FREQ=DAILY"));
  }

  @Test
  void ruleThatEndedLongAgo_countsUntilItsEnd() throws IOException {
    OnCallPlan plan =
        plan(
            "UTC",
            "",
            event(
                "SUMMARY:lead",
                "DTSTART:19900101T090000Z",
                "DURATION:PT1H",
                "RRULE:FREQ=DAILY;UNTIL=19900102T090000Z"));
    assertThat(shifts(plan, "1990-01-01T00:00:00Z", "1990-01-05T00:00:00Z"))
        .containsExactly(
            "Mon 01 00:00 -",
            "Mon 01 09:00 lead",
            "Mon 01 10:00 -",
            "Tue 02 09:00 lead",
            "Tue 02 10:00 -");
  }

  @Test
  void ruleWithoutADateBeforeItsEnd_hasItsStart() throws IOException {
    OnCallPlan plan =
        plan(
            "UTC",
            "",
            event(
                "SUMMARY:lead",
                "DTSTART:20260302T090000Z",
                "DURATION:PT1H",
                "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20260302T120000Z"));
    assertThat(shifts(plan, "2026-03-02T00:00:00Z", "2026-03-10T00:00:00Z"))
        .containsExactly("Mon 02 00:00 -", "Mon 02 09:00 lead", "Mon 02 10:00 -");
  }

  @Test
  void pathThatCannotBe_isRefused() throws IOException {
    plan("UTC", "");
    Path file = folder.resolve("oncall.yml");
    Files.writeString(file, Files.readString(file).replace("shifts.ics", "\"a\\0b\""));
    assertThatThrownBy(this::read)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected the path of a file");
  }

  @Test
  void allMistakes_areReportedTogether() {
    assertThatThrownBy(
            () ->
                plan(
                    "UTC",
                    "",
                    event("SUMMARY:lead", "DTSTART:1"),
                    event("SUMMARY:lead", "DTSTART:2")))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems()).hasSize(2));
  }

  @Test
  void files_thatAreNoCalendars_areRefused() throws IOException {
    plan("UTC", "");
    Path file = folder.resolve("shifts.ics");
    String text = Files.readString(file);
    Files.writeString(file, "<html>");
    assertThatThrownBy(this::read).hasMessageContaining("shifts.ics:1: expected NAME:VALUE");
    Files.writeString(file, "BEGIN:VTODO\r\nEND:VTODO\r\n");
    assertThatThrownBy(this::read).hasMessageContaining("which begins with BEGIN:VCALENDAR");
    Files.writeString(file, text.replace("END:VCALENDAR", ""));
    assertThatThrownBy(this::read).hasMessageContaining("the file is incomplete");
    Files.delete(file);
    assertThatThrownBy(this::read).hasMessageContaining("shifts.ics: can't be read");
  }

  @Test
  void layer_hasACalendarOrMembers_andKnownPeopleInNames() throws IOException {
    plan("UTC", "");
    Path file = folder.resolve("oncall.yml");
    String text = Files.readString(file);
    Files.writeString(file, text.replace("calendar: {file", "members: [lead], calendar: {file"));
    assertThatThrownBy(this::read)
        .hasMessageContaining("oncall.yml:8")
        .hasMessageContaining("expected calendar or members, found both");
    Files.writeString(file, text.replace("names: {}", "names: {x: boss}"));
    assertThatThrownBy(this::read)
        .hasMessageContaining("expected the name of a person in this file, found \"boss\"");
  }
}
