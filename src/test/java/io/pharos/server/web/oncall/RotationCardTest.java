package io.pharos.server.web.oncall;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.Handover;
import io.pharos.oncall.schedule.Rotation;
import io.pharos.oncall.schedule.TurnLayer;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RotationCardTest {
  private static final Instant NOW = Instant.parse("2026-03-27T12:00:00Z");

  private static final Rotation BACKEND =
      new Rotation(
          "backend",
          ZoneId.of("Europe/Berlin"),
          false,
          true,
          List.of(
              new TurnLayer(
                  "all",
                  List.of("ann", "bob"),
                  Optional.of(LocalDateTime.parse("2026-04-05T12:00")),
                  new Handover.Days(LocalDateTime.parse("2026-03-22T09:00"), 7),
                  List.of())),
          List.of(),
          1);

  private static List<String> told(RotationCard.Day day) {
    return day.spans().stream()
        .map(span -> (span.time() + " " + span.person() + (span.isOverride() ? " *" : "")).strip())
        .toList();
  }

  @Test
  void calendar_has14DaysOfTheRotationsZone_alsoWhenTheClockChanges() {
    RotationCard card = RotationCard.of(BACKEND, List.of("cem"), List.of(), NOW);
    assertThat(card.days()).hasSize(14);
    assertThat(card.days().getFirst().isToday()).isTrue();
    assertThat(told(card.days().get(1))).containsExactly("ann");
    assertThat(card.days().get(2).date()).isEqualTo("Sun 29 Mar");
    assertThat(told(card.days().get(2))).containsExactly("00:00–09:00 ann", "09:00–24:00 bob");
    assertThat(told(card.days().get(9)))
        .containsExactly("00:00–09:00 bob", "09:00–12:00 ann", "12:00–24:00");
    assertThat(told(card.days().get(10))).containsExactly("");
    assertThat(card.people()).containsExactly("ann", "bob", "cem");
  }

  @Test
  void gap_isTold_inTheRotationsZone() {
    RotationCard card = RotationCard.of(BACKEND, List.of(), List.of(), NOW);
    assertThat(card.gaps())
        .containsExactly(new RotationCard.Gap("2026-04-05 12:00", "2026-04-10 14:00"));
    assertThat(card.moreGaps()).isZero();
    assertThat(card.now().person()).isEqualTo("ann");
    assertThat(card.next()).isNotNull();
    assertThat(card.next().person()).isEqualTo("bob");
  }

  @Test
  void override_isMarked_alsoIfItPutsTheSamePersonOnCall() {
    var override =
        new DutyOverride(
            "o",
            "backend",
            Instant.parse("2026-03-28T11:00:00Z"),
            Instant.parse("2026-03-28T13:00:00Z"),
            "ann",
            "",
            false,
            "",
            "",
            NOW);
    RotationCard card = RotationCard.of(BACKEND, List.of(), List.of(override), NOW);
    assertThat(told(card.days().get(1)))
        .containsExactly("00:00–12:00 ann", "12:00–14:00 ann *", "14:00–24:00 ann");
  }
}
