package io.pharos.server.app.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.model.Labels;
import io.pharos.trouble.Trouble;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The alerts that Pharos raises about itself, in virtual time.
class SelfWatchTest {
  private final List<Alert> sent = new ArrayList<>();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private int setBack;
  private List<Trouble> wrong = List.of();
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final SelfWatch watch =
      new SelfWatch(
          _ -> wrong,
          sent::addAll,
          () -> now,
          () -> setBack++,
          new SelfWatch.Identity(
              () -> Labels.of("cluster", "c"), "https://pharos.example", "pharos-1"),
          registry);

  private void run(int seconds) {
    for (int i = 0; i < seconds; i += 5) {
      now = now.plusSeconds(5);
      watch.tick();
    }
  }

  private Trouble trouble(Trouble.Kind kind, String text) {
    return new Trouble(kind, text, now);
  }

  @Test
  void health_isSilent() {
    run(3600);
    assertThat(sent).isEmpty();
  }

  @Test
  void blip_isNotTold() {
    wrong = List.of(trouble(Trouble.Kind.SIGHT, "no descriptors"));
    run(25);
    wrong = List.of();
    run(600);
    assertThat(sent).isEmpty();
  }

  @Test
  void trouble_isToldOnceAsOneAlertAndEndsWithIt() {
    wrong =
        List.of(
            trouble(Trouble.Kind.SIGHT, "3 targets can't be observed"),
            trouble(Trouble.Kind.STORAGE, "the disk is full"));
    run(35);
    assertThat(sent).hasSize(1);
    Alert alert = sent.getFirst();
    assertThat(alert.labels())
        .isEqualTo(
            Labels.of(
                "alertname",
                "PharosInTrouble",
                "cluster",
                "c",
                "instance",
                "pharos-1",
                "service",
                "pharos",
                "severity",
                "critical"));
    assertThat(alert.annotations().get("summary")).isEqualTo("the disk is full");
    assertThat(alert.annotations().get("description")).contains("3 targets can't be observed");
    assertThat(registry.get("pharos_troubles").tag("kind", "storage").gauge().value()).isOne();

    run(600);
    assertThat(sent).allMatch(it -> it.labels().equals(alert.labels()));
    assertThat(sent).allMatch(it -> it.startsAt().equals(alert.startsAt()));
    assertThat(sent.getLast().endsAt()).isAfter(now);

    wrong = List.of();
    run(25);
    assertThat(sent.getLast().endsAt()).isAfter(now);
    run(5);
    assertThat(sent.getLast().endsAt()).isEqualTo(now);
    int count = sent.size();
    run(600);
    assertThat(sent).hasSize(count);
  }

  @Test
  void danger_isOfCriticalTroubles_andOfChecksThatHang() {
    wrong =
        List.of(
            trouble(Trouble.Kind.CREDENTIALS, "a token can't be read"),
            trouble(Trouble.Kind.STORAGE, "the disk is full"));
    run(5);
    assertThat(watch.danger()).containsExactly("the disk is full");
    wrong = List.of();
    run(5);
    assertThat(watch.danger()).isEmpty();
    now = now.plusSeconds(61);
    assertThat(watch.danger()).containsExactly("the checks of Pharos itself hang");
  }

  @Test
  void textThatChanges_doesNotBeginAnew() {
    Instant since = now;
    for (int i = 0; i < 8; i++) {
      wrong = List.of(new Trouble(Trouble.Kind.SIGHT, i + " targets can't be observed", since));
      run(5);
    }
    assertThat(sent).isNotEmpty();
  }

  @Test
  void whatCanWait_isAWarningOfItsOwn() {
    wrong = List.of(trouble(Trouble.Kind.CREDENTIALS, "a token can't be read"));
    run(60);
    assertThat(sent)
        .isNotEmpty()
        .allSatisfy(
            alert -> {
              assertThat(alert.name()).isEqualTo("PharosNeedsCare");
              assertThat(alert.labels().get("severity")).isEqualTo("warning");
            });
  }

  @Test
  void clockSetBack_isTold_once() {
    run(10);
    assertThat(setBack).isZero();
    now = now.minusSeconds(3600);
    run(20);
    assertThat(setBack).isOne();
  }

  @Test
  void clockSetBackDuringATrouble_neitherDelaysTheAlertNorItsEnd() {
    wrong = List.of(trouble(Trouble.Kind.STORAGE, "the disk is full"));
    run(20);
    now = now.minusSeconds(3600);
    run(35);
    assertThat(sent).isNotEmpty();

    now = now.minusSeconds(3600);
    run(5);
    wrong = List.of();
    run(30);
    Alert end = sent.getLast();
    assertThat(end.endsAt()).isEqualTo(now).isAfterOrEqualTo(end.startsAt());
  }
}
