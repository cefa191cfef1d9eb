package io.pharos.oncall.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares random rotations with a plain reference that walks through a year.
class RandomRotationsTest {
  private static final int ROTATIONS = 100;
  private static final Duration STEP = Duration.ofMinutes(15);
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant END = BEGIN.plus(Duration.ofDays(365));

  /// Clocks that change by an hour in spring and autumn of either half of the world, one at
  /// midnight, one by half an hour, and one that does not change.
  private static final List<ZoneId> ZONES =
      List.of(
          ZoneId.of("Europe/Berlin"),
          ZoneId.of("America/New_York"),
          ZoneId.of("America/Santiago"),
          ZoneId.of("Australia/Lord_Howe"),
          ZoneId.of("Asia/Shanghai"));

  private static final List<String> PEOPLE = List.of("ann", "bob", "cem", "dai", "eva");

  /// A rotation, and when its layers hand over, for the reference.
  ///
  /// @param handovers for each layer, whether a turn begins at a local time
  record Case(int seed, Rotation rotation, List<Predicate<LocalDateTime>> handovers) {
    @Override
    public String toString() {
      return "seed " + seed + ", " + rotation.zone();
    }
  }

  static List<Case> cases() {
    return IntStream.range(0, ROTATIONS).mapToObj(RandomRotationsTest::random).toList();
  }

  private static Case random(int seed) {
    var random = new Random(seed);
    ZoneId zone = ZONES.get(seed % ZONES.size());
    var layers = new ArrayList<RotationLayer>();
    var handovers = new ArrayList<Predicate<LocalDateTime>>();
    for (int i = 0; i <= random.nextInt(4); i++) {
      var date = LocalDate.of(2025, 10, 1).plusDays(random.nextInt(200));
      LocalDateTime start = date.atTime(random.nextInt(24), random.nextInt(4) * 15);
      Handover handover;
      Predicate<LocalDateTime> isHandover;
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          int days = random.nextBoolean() ? 7 * (1 + random.nextInt(2)) : 1 + random.nextInt(4);
          handover = new Handover.Days(start, days);
          isHandover =
              at ->
                  at.toLocalTime().equals(start.toLocalTime())
                      && (at.toLocalDate().toEpochDay() - date.toEpochDay()) % days == 0;
        }
        case 2 -> {
          handover = rule("FREQ=WEEKLY;BYDAY=MO,TH", start);
          isHandover =
              at ->
                  at.toLocalTime().equals(start.toLocalTime())
                      && Set.of(DayOfWeek.MONDAY, DayOfWeek.THURSDAY).contains(at.getDayOfWeek());
        }
        case 3 -> {
          handover = rule("FREQ=DAILY;BYHOUR=2,20", start);
          isHandover =
              at ->
                  at.getMinute() == start.getMinute() && (at.getHour() == 2 || at.getHour() == 20);
        }
        default -> {
          handover = rule("FREQ=MONTHLY;BYDAY=1SU", start);
          isHandover =
              at ->
                  at.toLocalTime().equals(start.toLocalTime())
                      && at.getDayOfWeek() == DayOfWeek.SUNDAY
                      && at.getDayOfMonth() <= 7;
        }
      }
      layers.add(
          new TurnLayer(
              "layer" + i,
              PEOPLE.subList(0, 1 + random.nextInt(PEOPLE.size())),
              random.nextInt(4) == 0
                  ? Optional.of(start.plusDays(1 + random.nextInt(300)))
                  : Optional.empty(),
              handover,
              hours(random)));
      handovers.add(isHandover);
    }
    return new Case(
        seed, new Rotation("r", zone, true, true, layers, overrides(random), 1), handovers);
  }

  private static Handover rule(String text, LocalDateTime start) {
    return RecurringHandover.of(text, start, LocalDateTime.parse("2028-01-01T00:00"));
  }

  private static List<DutyHours> hours(Random random) {
    var hours = new ArrayList<DutyHours>();
    for (int i = random.nextInt(4); i > 1; i--) {
      var days = EnumSet.of(DayOfWeek.of(1 + random.nextInt(7)));
      days.addAll(EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.of(1 + random.nextInt(7))));
      hours.add(
          new DutyHours(
              days,
              LocalTime.of(random.nextInt(24), random.nextInt(4) * 15),
              LocalTime.of(random.nextInt(24), random.nextInt(4) * 15)));
    }
    return hours;
  }

  private static List<DutyOverride> overrides(Random random) {
    var overrides = new ArrayList<DutyOverride>();
    for (int i = random.nextInt(6); i > 0; i--) {
      Instant from = BEGIN.plus(STEP.multipliedBy(random.nextInt(35_000)));
      int person = random.nextInt(PEOPLE.size());
      boolean isFor = random.nextBoolean();
      overrides.add(
          new DutyOverride(
              "o" + i,
              "r",
              from,
              from.plus(STEP.multipliedBy(1 + random.nextInt(2_000))),
              PEOPLE.get(person),
              isFor ? PEOPLE.get((person + 1) % PEOPLE.size()) : "",
              isFor && random.nextBoolean(),
              "",
              "",
              Instant.EPOCH));
    }
    return overrides;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void personOnCall_isThatOfTheReference_throughAYear(Case one) {
    List<String> expected = reference(one);
    List<DutyShift> shifts = one.rotation().shifts(BEGIN, END, List.of());
    var found = new ArrayList<String>();
    int index = 0;
    for (Instant at = BEGIN; at.isBefore(END); at = at.plus(STEP)) {
      while (!at.isBefore(shifts.get(index).until())) {
        assertThat(shifts.get(index + 1).from()).isEqualTo(shifts.get(index).until());
        index++;
      }
      found.add(shifts.get(index).person());
    }
    assertThat(found).isEqualTo(expected);
    assertThat(shifts.getLast().until()).isEqualTo(END);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void duty_isTheShiftOfTheInstant_andTheNextPersonFollows(Case one) {
    List<String> expected = reference(one);
    var random = new Random(one.seed());
    for (int i = 0; i < 10; i++) {
      int slot = random.nextInt(expected.size());
      Instant at = BEGIN.plus(STEP.multipliedBy(slot));
      Rotation.Duty duty = one.rotation().duty(at, List.of());
      assertThat(duty.now().person()).isEqualTo(expected.get(slot));
      assertThat(duty.now().contains(at)).isTrue();
      int next = slot;
      while (next < expected.size()
          && (expected.get(next).isEmpty() || expected.get(next).equals(expected.get(slot)))) {
        next++;
      }
      if (next < expected.size()) {
        assertThat(duty.next()).isPresent();
        assertThat(duty.next().get().person()).isEqualTo(expected.get(next));
        assertThat(duty.next().get().from()).isEqualTo(BEGIN.plus(STEP.multipliedBy(next)));
      }
    }
  }

  /// Walks through local time and lists who is on call in each quarter of an hour of the year.
  private static List<String> reference(Case one) {
    Rotation rotation = one.rotation();
    ZoneId zone = rotation.zone();
    var people = new String[(int) Duration.between(BEGIN, END).dividedBy(STEP)];
    Arrays.fill(people, "");
    for (int i = 0; i < rotation.layers().size(); i++) {
      TurnLayer layer = (TurnLayer) rotation.layers().get(i);
      List<Instant> begins = begins(layer.handover().start(), one.handovers().get(i), zone);
      int turn = -1;
      for (int slot = 0; slot < people.length; slot++) {
        Instant at = BEGIN.plus(STEP.multipliedBy(slot));
        while (turn + 1 < begins.size() && !begins.get(turn + 1).isAfter(at)) {
          turn++;
        }
        boolean isOver =
            layer.end().isPresent()
                && !at.isBefore(ZonedDateTime.of(layer.end().get(), zone).toInstant());
        if (turn >= 0 && !isOver && isWithin(layer.hours(), at, zone)) {
          people[slot] = layer.members().get(turn % layer.members().size());
        }
      }
    }
    for (int slot = 0; slot < people.length; slot++) {
      Instant at = BEGIN.plus(STEP.multipliedBy(slot));
      for (DutyOverride override : rotation.overrides()) {
        if (at.compareTo(override.from()) >= 0 && at.compareTo(override.until()) < 0) {
          String planned = people[slot];
          if (override.insteadOf().isEmpty() || override.insteadOf().equals(planned)) {
            people[slot] = override.person();
          } else if (override.swaps() && override.person().equals(planned)) {
            people[slot] = override.insteadOf();
          }
        }
      }
    }
    return List.of(people);
  }

  /// Walks through local time by quarters of an hour and asks at each whether a turn begins.
  private static List<Instant> begins(
      LocalDateTime start, Predicate<LocalDateTime> isHandover, ZoneId zone) {
    var begins = new ArrayList<>(List.of(ZonedDateTime.of(start, zone).toInstant()));
    for (LocalDateTime at = start.plusMinutes(15); at.getYear() < 2028; at = at.plusMinutes(15)) {
      if (isHandover.test(at)) {
        begins.add(ZonedDateTime.of(at, zone).toInstant());
      }
    }
    return begins;
  }

  private static boolean isWithin(List<DutyHours> hours, Instant at, ZoneId zone) {
    LocalDate today = at.atZone(zone).toLocalDate();
    for (LocalDate date : List.of(today.minusDays(1), today)) {
      for (DutyHours one : hours) {
        boolean isOvernight = one.until().compareTo(one.from()) <= 0;
        LocalDate last = isOvernight ? date.plusDays(1) : date;
        if (one.days().contains(date.getDayOfWeek())
            && !at.isBefore(ZonedDateTime.of(date, one.from(), zone).toInstant())
            && at.isBefore(ZonedDateTime.of(last, one.until(), zone).toInstant())) {
          return true;
        }
      }
    }
    return hours.isEmpty();
  }
}
