package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.oncall.drill.Drill;
import io.pharos.oncall.drill.DrillStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract of all stores of drills.
abstract class DrillStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123456Z");

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  @BeforeEach
  void empty() {
    for (Drill open : drills().recent(T.plusSeconds(1_000_000))) {
      assertThat(drills().save(open.with(List.of(), T))).isTrue();
    }
    drills().prune(Instant.parse("2100-01-01T00:00:00Z"));
  }

  private DrillStore drills() {
    return store().drills();
  }

  private static Drill drill(String policy, Instant started, @Nullable Instant slot) {
    var call =
        new Drill.Call(
            "张",
            17,
            true,
            List.of(
                new Drill.Way("lead-mail", "email", Drill.Way.Outcome.FAILED, T.plusSeconds(2)),
                new Drill.Way("lead-chat", "slack", Drill.Way.Outcome.SENT, T.plusSeconds(3))),
            T.plusSeconds(9),
            "lead");
    return new Drill(
        0,
        policy,
        "operator",
        "quarterly",
        Duration.ofMillis(1500),
        started,
        slot,
        List.of(
            new Drill.Level(1, List.of("张"), List.of(), true, T.plusSeconds(1), List.of(call)),
            new Drill.Level(2, List.of(), List.of("backend"), false, null, List.of())),
        null,
        0);
  }

  private static Drill numbered(Drill drill, long number, long version) {
    return new Drill(
        number,
        drill.policy(),
        drill.by(),
        drill.comment(),
        drill.patience(),
        drill.startedAt(),
        drill.slot(),
        drill.levels(),
        drill.endedAt(),
        version);
  }

  @Test
  void drill_isStoredWithAllItsParts() {
    Drill added = drills().add(drill("pages", T, T)).orElseThrow();
    assertThat(added).isEqualTo(numbered(drill("pages", T, T), added.number(), 0));
    assertThat(drills().find(added.number())).contains(added);
    assertThat(drills().find(added.number() + 1)).isEmpty();
  }

  @Test
  void policy_hasOneOpenDrillAtMost() {
    Drill first = drills().add(drill("pages", T, null)).orElseThrow();
    assertThat(drills().add(drill("pages", T.plusSeconds(1), null))).isEmpty();
    assertThat(drills().add(drill("others", T, null))).isPresent();
    assertThat(drills().save(first.with(first.levels(), T.plusSeconds(5)))).isTrue();
    assertThat(drills().add(drill("pages", T.plusSeconds(9), null))).isPresent();
  }

  @Test
  void beginOfASchedule_hasOneDrill_alsoAfterItsEnd() {
    Drill first = drills().add(drill("pages", T, T)).orElseThrow();
    assertThat(drills().save(first.with(first.levels(), T.plusSeconds(5)))).isTrue();
    assertThat(drills().add(drill("pages", T.plusSeconds(9), T))).isEmpty();
    assertThat(drills().add(drill("others", T.plusSeconds(9), T))).isPresent();
    assertThat(drills().add(drill("pages", T.plusSeconds(9), T.plusSeconds(9)))).isPresent();
  }

  @Test
  void drillThatAnotherProcessChangedFirst_isNotReplaced() {
    Drill first = drills().add(drill("pages", T, null)).orElseThrow();
    assertThat(drills().save(first.with(List.of(), null))).isTrue();
    assertThat(drills().save(first)).isFalse();
    assertThat(drills().find(first.number()).orElseThrow().levels()).isEmpty();
    assertThat(drills().save(numbered(first, first.number(), 1))).isTrue();
  }

  @Test
  void recent_hasOpenDrills_andThoseThatEndedLater() {
    Drill first = drills().add(drill("pages", T, null)).orElseThrow();
    assertThat(drills().recent(T.plusSeconds(100))).containsExactly(first);
    drills().save(first.with(first.levels(), T.plusSeconds(5)));
    assertThat(drills().recent(T.plusSeconds(4))).hasSize(1);
    assertThat(drills().recent(T.plusSeconds(5))).isEmpty();
  }

  @Test
  void newest_areInOrder_forOneOrAllPolicies() {
    for (int i = 0; i < 3; i++) {
      Drill added = drills().add(drill("pages", T.plusSeconds(i), null)).orElseThrow();
      drills().save(added.with(added.levels(), T.plusSeconds(10 + i)));
    }
    drills().add(drill("others", T, null));
    assertThat(drills().newest("pages", 2))
        .extracting(Drill::startedAt)
        .containsExactly(T.plusSeconds(2), T.plusSeconds(1));
    assertThat(drills().newest("", 10))
        .hasSize(4)
        .first()
        .extracting(Drill::policy)
        .isEqualTo("others");
  }

  @Test
  void schedule_isKnownSinceItsFirstCall_untilItsDefinitionChanges() {
    assertThat(drills().scheduledSince("pages", "daily", T)).isEqualTo(T);
    assertThat(drills().scheduledSince("pages", "daily", T.plusSeconds(9))).isEqualTo(T);
    assertThat(drills().scheduledSince("pages", "weekly", T.plusSeconds(9)))
        .isEqualTo(T.plusSeconds(9));
    assertThat(drills().scheduledSince("others", "daily", T.plusSeconds(5)))
        .isEqualTo(T.plusSeconds(5));
  }

  @Test
  void prune_deletesDrillsByTheirEnd_butNoOpenOne() {
    Drill first = drills().add(drill("pages", T, null)).orElseThrow();
    drills().prune(T.plusSeconds(100));
    assertThat(drills().newest("", 10)).hasSize(1);
    drills().save(first.with(first.levels(), T.plusSeconds(5)));
    drills().prune(T.plusSeconds(5));
    assertThat(drills().newest("", 10)).hasSize(1);
    drills().prune(T.plusSeconds(6));
    assertThat(drills().newest("", 10)).isEmpty();
  }
}
