package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.OverrideStore;
import io.pharos.oncall.shift.ShiftStart;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract of all stores of overrides of rotations, and of who has a rotation.
abstract class OverrideStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123Z");

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  @BeforeEach
  void empty() {
    overrides().prune(Instant.parse("2100-01-01T00:00:00Z"));
  }

  private OverrideStore overrides() {
    return store().overrides();
  }

  private static DutyOverride override(String id, int hour, boolean swaps) {
    return new DutyOverride(
        id,
        "backend",
        T.plusSeconds(3_600L * hour),
        T.plusSeconds(3_600L * (hour + 1)),
        "李雷",
        swaps ? "ann" : "",
        swaps,
        "it's \"mine\" %_",
        "bob",
        T);
  }

  @Test
  void override_isRead_asItWasStored_sortedByBegin() {
    assertThat(overrides().all()).isEmpty();
    overrides().put(override("b", 2, true));
    overrides().put(override("a", 2, false));
    overrides().put(override("c", 1, false));
    assertThat(overrides().all())
        .containsExactly(override("c", 1, false), override("a", 2, false), override("b", 2, true));
  }

  @Test
  void override_withTheSameId_isReplaced() {
    overrides().put(override("a", 1, false));
    overrides().put(override("a", 5, true));
    assertThat(overrides().all()).containsExactly(override("a", 5, true));
  }

  @Test
  void delete_saysWhetherThereWasOne() {
    overrides().put(override("a", 1, false));
    assertThat(overrides().delete("x")).isFalse();
    assertThat(overrides().delete("a")).isTrue();
    assertThat(overrides().delete("a")).isFalse();
    assertThat(overrides().all()).isEmpty();
  }

  @Test
  void prune_deletesThoseThatEndedBefore() {
    overrides().put(override("old", 1, false));
    overrides().put(override("new", 2, false));
    overrides().prune(T.plusSeconds(3_600 * 2 + 1));
    assertThat(overrides().all()).containsExactly(override("new", 2, false));
  }

  private static ShiftStart start(String rotation, String person, long version) {
    return new ShiftStart(rotation, person, T, "李雷", T.plusSeconds(2), true, version);
  }

  @Test
  void shiftStart_isRead_asItWasStored_insteadOfTheOneBefore() {
    assertThat(store().shifts().save(start("backend", "lead", 0))).isTrue();
    assertThat(store().shifts().save(start("backend", "", 1))).isTrue();
    assertThat(store().shifts().save(start("other", "lead", 0))).isTrue();
    assertThat(store().shifts().starts())
        .contains(start("backend", "", 1), start("other", "lead", 0))
        .doesNotContain(start("backend", "lead", 0));
  }

  @Test
  void shiftStart_thatAnotherProcessNoticedFirst_isRefused() {
    assertThat(store().shifts().save(start("both", "lead", 0))).isTrue();
    assertThat(store().shifts().save(start("both", "deputy", 0))).isFalse();
    assertThat(store().shifts().save(start("both", "deputy", 1))).isTrue();
    assertThat(store().shifts().save(start("both", "lead", 1))).isFalse();
    assertThat(store().shifts().save(start("none", "lead", 1))).isFalse();
    assertThat(store().shifts().starts())
        .contains(start("both", "deputy", 1))
        .noneMatch(it -> it.rotation().equals("none"));
  }
}
