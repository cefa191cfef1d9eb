package io.pharos.oncall.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.People;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.model.Labels;
import io.pharos.oncall.schedule.MaintenanceWindow;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MaintenanceWindowsTest {
  private static final String ONCE =
      """
      maintenance_windows:
        - name: upgrade
          matchers: [service="db"]
          timezone: Europe/Berlin
          start: 2026-03-10T02:00
          duration: 2h
      """;
  private static final Instant BEGIN = Instant.parse("2026-03-10T01:00:00Z");
  private static final Labels DB = Labels.of("alertname", "Down", "service", "db");

  private static final class FakeStore implements Silences.Store {
    private final Map<String, Silence> stored = new LinkedHashMap<>();
    private boolean isAway;

    @Override
    public List<Silence> load() {
      return List.copyOf(stored.values());
    }

    @Override
    public void save(Collection<Silence> silences) {
      if (isAway) {
        throw new StoreUnavailableException("away", null);
      }
      silences.forEach(silence -> stored.put(silence.id(), silence));
    }

    @Override
    public void delete(Collection<String> ids) {
      ids.forEach(stored::remove);
    }
  }

  private final FakeStore store = new FakeStore();
  private Instant now = BEGIN.minus(Duration.ofDays(3));
  private List<MaintenanceWindow> file = windows(ONCE);
  private List<MaintenanceWindow.Rollout> rollouts = List.of();
  private Silences silences;
  private MaintenanceWindows windows;

  @BeforeEach
  void restart() {
    restart(Duration.ZERO);
  }

  private void restart(Duration patience) {
    silences = new Silences(store, () -> now, () -> "00000000-0000-0000-0000-000000000001");
    windows = new MaintenanceWindows(() -> file, () -> rollouts, silences, () -> now, patience);
  }

  private static List<MaintenanceWindow> windows(String text) {
    return OnCallFile.parse(
            "oncall.yml",
            text,
            new OnCallFile.Surroundings(
                Optional.empty(), People.NONE, Instant.parse("2026-03-01T00:00:00Z")))
        .windows();
  }

  private boolean isSilentAt(Instant time) {
    now = time;
    windows.tick();
    return !silences.mutedBy(DB).isEmpty();
  }

  @Test
  void window_silencesItsAlerts_fromBeginToEnd() {
    assertThat(isSilentAt(BEGIN.minus(Duration.ofDays(2)))).isFalse();
    assertThat(silences.list()).isEmpty();
    assertThat(isSilentAt(BEGIN.minus(Duration.ofHours(23)))).isFalse();
    assertThat(silences.list()).hasSize(1);
    assertThat(isSilentAt(BEGIN.minusMillis(1))).isFalse();
    assertThat(isSilentAt(BEGIN)).isTrue();
    assertThat(silences.mutedBy(Labels.of("service", "api"))).isEmpty();
    assertThat(isSilentAt(BEGIN.plus(Duration.ofHours(2)))).isTrue();
    assertThat(isSilentAt(BEGIN.plus(Duration.ofHours(2)).plusMillis(1))).isFalse();
    assertThat(silences.list()).hasSize(1);
    assertThat(silences.list().getFirst().createdBy()).isEqualTo("maintenance window upgrade");
  }

  @Test
  void window_overARestart_holdsBeforeTheFirstTick() {
    assertThat(isSilentAt(BEGIN.minus(Duration.ofHours(20)))).isFalse();
    now = BEGIN.plusSeconds(60);
    restart();
    assertThat(silences.mutedBy(DB)).as("before the first tick").isNotEmpty();
    assertThat(isSilentAt(BEGIN.plusSeconds(61))).isTrue();
    assertThat(silences.list()).hasSize(1);
  }

  @Test
  void window_thatAPersonEnded_isNotBegunAgain() {
    assertThat(isSilentAt(BEGIN.plusSeconds(60))).isTrue();
    silences.expire(silences.list().getFirst().id());
    assertThat(isSilentAt(BEGIN.plusSeconds(120))).isFalse();
    restart();
    assertThat(isSilentAt(BEGIN.plusSeconds(180))).isFalse();
  }

  @Test
  void window_thatAPersonExtended_lastsLonger() {
    assertThat(isSilentAt(BEGIN.plusSeconds(60))).isTrue();
    Silence known = silences.list().getFirst();
    silences.set(
        new Silence(
            known.id(),
            known.matchers(),
            known.startsAt(),
            known.endsAt().plus(Duration.ofHours(1)),
            now,
            "lead",
            "longer",
            known.annotations()));
    assertThat(isSilentAt(BEGIN.plus(Duration.ofMinutes(170)))).isTrue();
    assertThat(isSilentAt(BEGIN.plus(Duration.ofMinutes(181)))).isFalse();
  }

  @Test
  void window_removedFromTheFile_endsAtOnce() {
    assertThat(isSilentAt(BEGIN.plusSeconds(60))).isTrue();
    file = List.of();
    assertThat(isSilentAt(BEGIN.plusSeconds(65))).isTrue(); // it is ended now
    assertThat(isSilentAt(BEGIN.plusSeconds(66))).isFalse();
  }

  @Test
  void window_unknownToOneOfSeveralReplicas_endsAfterItsPatience() {
    restart(Duration.ofMinutes(10));
    assertThat(isSilentAt(BEGIN.plusSeconds(60))).isTrue();
    file = List.of();
    assertThat(isSilentAt(BEGIN.plusSeconds(65))).isTrue();
    file = windows(ONCE);
    assertThat(isSilentAt(BEGIN.plusSeconds(70))).isTrue();
    file = List.of();
    assertThat(isSilentAt(BEGIN.plusSeconds(75))).isTrue();
    assertThat(isSilentAt(BEGIN.plusSeconds(670))).isTrue();
    assertThat(isSilentAt(BEGIN.plusSeconds(675))).isTrue(); // it is ended now
    assertThat(isSilentAt(BEGIN.plusSeconds(676))).isFalse();
  }

  @Test
  void window_changed_replacesItsSilence() {
    assertThat(isSilentAt(BEGIN.minus(Duration.ofHours(1)))).isFalse();
    file = windows(ONCE.replace("2h", "4h"));
    assertThat(isSilentAt(BEGIN.plus(Duration.ofHours(3)))).isTrue();
    assertThat(isSilentAt(BEGIN.plus(Duration.ofHours(4)).plusMillis(1))).isFalse();
  }

  @Test
  void window_thatRepeats_keepsItsLocalTime() {
    file = windows(ONCE + "    repeat: FREQ=WEEKLY;BYDAY=TU\n");
    assertThat(isSilentAt(BEGIN)).isTrue();
    assertThat(isSilentAt(Instant.parse("2026-03-17T00:59:59Z"))).isFalse();
    assertThat(isSilentAt(Instant.parse("2026-03-17T01:00:00Z"))).isTrue();
    // Summer time has begun on 29 March.
    assertThat(isSilentAt(Instant.parse("2026-03-30T23:59:59Z"))).isFalse();
    assertThat(isSilentAt(Instant.parse("2026-03-31T00:00:00Z"))).isTrue();
    assertThat(isSilentAt(Instant.parse("2026-03-31T02:00:01Z"))).isFalse();
  }

  @Test
  void storeAway_windowIsStoredLater() {
    store.isAway = true;
    assertThat(isSilentAt(BEGIN.plusSeconds(1))).isFalse();
    store.isAway = false;
    assertThat(isSilentAt(BEGIN.plusSeconds(6))).isTrue();
  }

  private static final String DURING =
      """
      maintenance_windows:
        - {name: restarts, matchers: [service="db"], rollouts: [shop/production], duration: 1h}
      """;

  private static List<MaintenanceWindow.Rollout> rollout(String id, String site) {
    return List.of(new MaintenanceWindow.Rollout(id, site, BEGIN));
  }

  @Test
  void windowOfRollouts_silencesUntilTheRolloutEnds() {
    file = windows(DURING);
    assertThat(isSilentAt(BEGIN)).isFalse();
    rollouts = rollout("r1", "shop/production");
    assertThat(isSilentAt(BEGIN.plusSeconds(1))).isTrue();
    assertThat(silences.list().getFirst().annotations()).containsEntry("rollout", "r1");
    rollouts = List.of();
    windows.tick();
    assertThat(isSilentAt(BEGIN.plusSeconds(10))).isFalse();
    rollouts = rollout("r2", "shop/production");
    assertThat(isSilentAt(BEGIN.plusSeconds(12))).as("the next rollout").isTrue();
  }

  @Test
  void windowOfRollouts_endsAfterItsDuration_thoughTheRolloutGoesOn() {
    file = windows(DURING);
    rollouts = rollout("r1", "shop/production");
    assertThat(isSilentAt(BEGIN.plusSeconds(1))).isTrue();
    assertThat(isSilentAt(BEGIN.plusSeconds(3_601))).isFalse();
  }

  @Test
  void windowOfRollouts_ofAnotherService_silencesNothing() {
    file = windows(DURING);
    rollouts = rollout("r1", "shop/stage");
    assertThat(isSilentAt(BEGIN.plusSeconds(1))).isFalse();
  }

  @Test
  void windowOfRollouts_whileTheStoreIsAway_keepsItsSilence() {
    file = windows(DURING);
    rollouts = rollout("r1", "shop/production");
    assertThat(isSilentAt(BEGIN.plusSeconds(1))).isTrue();
    windows =
        new MaintenanceWindows(
            () -> file,
            () -> {
              throw new StoreUnavailableException("away", null);
            },
            silences,
            () -> now,
            Duration.ZERO);
    assertThat(isSilentAt(BEGIN.plusSeconds(60))).isTrue();
  }
}
