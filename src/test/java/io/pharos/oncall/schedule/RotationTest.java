package io.pharos.oncall.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RotationTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static RotationLayer layer(String name, List<String> members, Handover handover) {
    return new TurnLayer(name, members, Optional.empty(), handover, List.of());
  }

  private static Handover weekly(String start) {
    return new Handover.Days(LocalDateTime.parse(start), 7);
  }

  private static Rotation rotation(ZoneId zone, RotationLayer... layers) {
    return new Rotation("r", zone, false, true, List.of(layers), List.of(), 1);
  }

  private static DutyOverride override(
      String id,
      String from,
      String until,
      String person,
      String insteadOf,
      boolean swaps,
      int at) {
    return new DutyOverride(
        id,
        "r",
        Instant.parse(from),
        Instant.parse(until),
        person,
        insteadOf,
        swaps,
        "",
        "",
        Instant.EPOCH.plusSeconds(at));
  }

  private static List<String> told(List<DutyShift> shifts) {
    return shifts.stream()
        .map(
            it ->
                "%s %s %s%s"
                    .formatted(
                        it.from(), it.isGap() ? "nobody" : it.person(), it.layer(), it.override()))
        .toList();
  }

  /// The clock goes from 02:00 to 03:00 on 29 March 2026 in Berlin, and back from 03:00 to 02:00 on
  /// 25 October; in Santiago from 00:00 to 01:00 on 6 September; on Lord Howe by half an hour.
  @ParameterizedTest
  @CsvSource({
    "Europe/Berlin,       2026-03-22T09:00, 2026-03-29T07:00:00Z",
    "Europe/Berlin,       2026-03-22T02:30, 2026-03-29T01:30:00Z",
    "Europe/Berlin,       2026-03-23T09:00, 2026-03-30T07:00:00Z",
    "Europe/Berlin,       2026-10-18T02:30, 2026-10-25T00:30:00Z",
    "Europe/Berlin,       2026-10-18T09:00, 2026-10-25T08:00:00Z",
    "America/New_York,    2026-03-01T02:15, 2026-03-08T07:15:00Z",
    "America/Santiago,    2026-08-30T00:00, 2026-09-06T04:00:00Z",
    "Australia/Lord_Howe, 2026-09-27T02:15, 2026-10-03T15:45:00Z",
    "Australia/Lord_Howe, 2026-03-29T01:45, 2026-04-04T14:45:00Z",
    "Asia/Shanghai,       2026-03-22T09:00, 2026-03-29T01:00:00Z"
  })
  void handover_atAChangeOfTheClock_isAtTheLocalTime(ZoneId zone, String start, Instant handover) {
    Rotation rotation = rotation(zone, layer("all", List.of("ann", "bob"), weekly(start)));
    assertThat(rotation.duty(handover.minusMillis(1), List.of()).now().person()).isEqualTo("ann");
    Rotation.Duty duty = rotation.duty(handover, List.of());
    assertThat(duty.now().person()).isEqualTo("bob");
    assertThat(duty.now().from()).isEqualTo(handover);
    assertThat(duty.next().map(DutyShift::person)).contains("ann");
  }

  @Test
  void laterLayer_coversTheEarlierOne_atItsHours() {
    var nights =
        new TurnLayer(
            "nights",
            List.of("cem"),
            Optional.empty(),
            new Handover.Days(LocalDateTime.parse("2026-01-05T00:00"), 1),
            List.of(
                new DutyHours(
                    EnumSet.allOf(DayOfWeek.class), LocalTime.of(22, 0), LocalTime.of(6, 0))));
    Rotation rotation =
        rotation(BERLIN, layer("all", List.of("ann", "bob"), weekly("2026-01-05T09:00")), nights);
    assertThat(
            told(
                rotation.shifts(
                    Instant.parse("2026-01-11T12:00:00Z"),
                    Instant.parse("2026-01-12T12:00:00Z"),
                    List.of())))
        .containsExactly(
            "2026-01-11T12:00:00Z ann all",
            "2026-01-11T21:00:00Z cem nights",
            "2026-01-11T23:00:00Z cem nights",
            "2026-01-12T05:00:00Z ann all",
            "2026-01-12T08:00:00Z bob all");
  }

  @Test
  void rotation_beforeItsStart_hasNobody_andSaysWhoIsNext() {
    Rotation rotation = rotation(BERLIN, layer("all", List.of("ann"), weekly("2026-03-02T09:00")));
    Rotation.Duty before = rotation.duty(Instant.parse("2026-02-01T00:00:00Z"), List.of());
    assertThat(before.now().isGap()).isTrue();
    assertThat(before.now().until()).isEqualTo(Instant.parse("2026-03-02T08:00:00Z"));
    assertThat(before.next().map(DutyShift::from)).contains(Instant.parse("2026-03-02T08:00:00Z"));
    Rotation.Duty alone = rotation.duty(Instant.parse("2026-03-03T00:00:00Z"), List.of());
    assertThat(alone.now().until()).isEqualTo(Instant.parse("2026-03-09T08:00:00Z"));
    assertThat(alone.next()).isEmpty();
  }

  @Test
  void shift_ofAYearlyTurn_isWhole() {
    Rotation rotation =
        rotation(
            BERLIN,
            layer(
                "all",
                List.of("ann", "bob"),
                new Handover.Days(LocalDateTime.parse("2026-01-01T00:00"), 366)));
    DutyShift now = rotation.duty(Instant.parse("2026-12-31T00:00:00Z"), List.of()).now();
    assertThat(Duration.between(now.from(), now.until())).isEqualTo(Duration.ofDays(366));
  }

  @Test
  void overrides_replace_aPerson_orEverybody_theLatestCountsMost() {
    Rotation rotation =
        rotation(BERLIN, layer("all", List.of("ann", "bob"), weekly("2026-01-05T09:00")));
    Instant from = Instant.parse("2026-01-10T08:00:00Z");
    Instant until = Instant.parse("2026-01-20T08:00:00Z");
    assertThat(
            told(
                rotation.shifts(
                    from,
                    until,
                    List.of(
                        override(
                            "2",
                            "2026-01-11T00:00:00Z",
                            "2026-01-11T06:00:00Z",
                            "dai",
                            "",
                            false,
                            9),
                        override(
                            "1",
                            "2026-01-11T00:00:00Z",
                            "2026-01-13T00:00:00Z",
                            "cem",
                            "ann",
                            false,
                            1)))))
        .containsExactly(
            "2026-01-10T08:00:00Z ann all",
            "2026-01-11T00:00:00Z dai 2",
            "2026-01-11T06:00:00Z cem 1",
            "2026-01-12T08:00:00Z bob all",
            "2026-01-19T08:00:00Z ann all");
  }

  @Test
  void swap_exchangesTwoPeople_inItsSpan() {
    Rotation rotation =
        rotation(BERLIN, layer("all", List.of("ann", "bob", "cem"), weekly("2026-01-05T09:00")));
    assertThat(
            told(
                rotation.shifts(
                    Instant.parse("2026-01-05T08:00:00Z"),
                    Instant.parse("2026-02-02T08:00:00Z"),
                    List.of(
                        override(
                            "s",
                            "2026-01-05T08:00:00Z",
                            "2026-01-19T08:00:00Z",
                            "bob",
                            "ann",
                            true,
                            1)))))
        .containsExactly(
            "2026-01-05T08:00:00Z bob s",
            "2026-01-12T08:00:00Z ann s",
            "2026-01-19T08:00:00Z cem all",
            "2026-01-26T08:00:00Z ann all");
  }

  @Test
  void override_fillsAGap_andOneOfAnotherRotationDoesNot() {
    Rotation rotation = rotation(BERLIN, layer("all", List.of("ann"), weekly("2026-03-02T09:00")));
    Instant from = Instant.parse("2026-03-01T08:00:00Z");
    Instant until = Instant.parse("2026-03-02T10:00:00Z");
    DutyOverride fill = override("f", from.toString(), "2026-03-02T08:00:00Z", "bob", "", false, 1);
    assertThat(rotation.gaps(from, until, List.of())).hasSize(1);
    assertThat(rotation.gaps(from, until, List.of(fill))).isEmpty();
    var other = new DutyOverride("f", "x", from, until, "bob", "", false, "", "", Instant.EPOCH);
    assertThat(rotation.gaps(from, until, List.of(other))).hasSize(1);
  }
}
