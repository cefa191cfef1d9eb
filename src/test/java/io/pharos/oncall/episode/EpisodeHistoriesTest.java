package io.pharos.oncall.episode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.message.Severity;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.NotifyResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Random histories of one group, compared with a plain model: no page after an acknowledgement
/// that holds, and none is missed. The system property `pharos.histories` sets their number.
class EpisodeHistoriesTest {
  private static final int HISTORIES =
      Integer.getInteger("pharos.histories", Boolean.getBoolean("pharos.nightly") ? 10_000 : 300);
  private static final int STEPS = 40;
  private static final Map<String, String> SEVERITIES =
      Map.of("A", "warning", "B", "warning", "C", "info", "D", "critical");

  /// Two flushes and the recorder.
  private static final double QUIET = 130;

  private static final Duration REPEAT = Duration.ofMinutes(10).plus(Duration.ofSeconds(65));

  /// What the model knows.
  private static final class Model {
    final EpisodeRig rig = new EpisodeRig();
    final Random random;
    final Set<String> firing = new HashSet<>();
    final Set<String> attempted = new HashSet<>();
    final List<String> story = new ArrayList<>();
    Set<String> told = Set.of();
    double toldAt;
    @Nullable Held held;

    /// When an acknowledgement of firing alerts ended that no message has followed; NaN if none.
    double endedAt = Double.NaN;

    Model(long seed) {
      random = new Random(seed);
    }

    private record Held(double at, double until, int rank) {}

    private double now() {
      return rig.rig.time.seconds();
    }

    private boolean isHeld(double at) {
      return held != null && at < held.until();
    }

    void step() {
      switch (random.nextInt(9)) {
        case 0, 1, 2 -> fire();
        case 3, 4 -> resolve();
        case 5, 6 -> acknowledge();
        case 7 -> release();
        default -> restartOrReload();
      }
      pass(random.nextInt(3) == 0 ? random.nextInt(1500) : random.nextInt(90));
      if (random.nextInt(3) == 0) {
        pass(QUIET);
        checkQuiet();
      }
    }

    private void fire() {
      String name = List.of("A", "B", "C", "D").get(random.nextInt(4));
      if (firing.add(name)) {
        story.add(now() + " fire " + name);
        rig.fire(name, SEVERITIES.get(name));
      }
    }

    private void resolve() {
      if (!firing.isEmpty()) {
        String name =
            firing.stream().sorted().skip(random.nextInt(firing.size())).findFirst().get();
        firing.remove(name);
        story.add(now() + " resolve " + name);
        rig.resolve(name, SEVERITIES.get(name));
      }
    }

    private Optional<Episode> open() {
      return rig.store.open().stream().findFirst();
    }

    private void acknowledge() {
      open()
          .ifPresent(
              episode -> {
                Duration length =
                    random.nextBoolean() ? null : Duration.ofSeconds(60 + random.nextInt(1200));
                Episode after = rig.acknowledge(length);
                held =
                    new Held(
                        now(),
                        length == null ? Double.POSITIVE_INFINITY : now() + length.toSeconds(),
                        after.acknowledgement().rank());
                endedAt = Double.NaN;
                story.add(now() + " acknowledge " + length + " rank " + held.rank());
              });
    }

    private void release() {
      if (isHeld(now())) {
        story.add(now() + " release");
        assertThat(rig.service.release(open().orElseThrow().number(), "bob"))
            .isInstanceOf(EpisodeService.Outcome.Done.class);
        held = null;
        // A message of the same instant counts as sent after it, as one at the end of an expiry.
        endedAt = toldAt >= now() ? Double.NaN : now();
      }
    }

    private void restartOrReload() {
      if (random.nextBoolean()) {
        double away = random.nextInt(200);
        story.add(now() + " restart after " + away);
        rig.restart(away);
        observe();
      } else {
        story.add(now() + " reload");
        rig.rig.reload(EpisodeRig.CONFIG.replace("10m", random.nextBoolean() ? "10m" : "9m"));
      }
      if (random.nextInt(4) == 0) {
        rig.rig.answer("a", new NotifyResult.Retryable("503", Optional.empty()));
      }
    }

    private void pass(double seconds) {
      double left = seconds;
      while (left > 0) {
        double part = Math.min(left, 10);
        rig.advance(part);
        left -= part;
        observe();
      }
    }

    private void observe() {
      for (NotifierRig.Message message : rig.rig.messages) {
        if (attempted.add(message.notification().deliveryId())) {
          observe(message.at(), message.notification());
        }
      }
      rig.rig.messages.clear();
      if (held != null && now() >= held.until()) {
        endedAt = toldAt >= held.until() ? Double.NaN : held.until();
        held = null;
      }
    }

    private void observe(double at, Notification notification) {
      String text = NotifierRig.Message.names(notification) + ": " + notification.reason();
      story.add(at + " message " + text);
      Set<String> names = new HashSet<>();
      notification.firing().stream().map(Model::name).forEach(names::add);
      if (notification.status() == NotifiedAlert.Status.RESOLVED) {
        held = null;
        endedAt = Double.NaN;
      } else {
        if (isHeld(at) && at > held.at()) {
          assertThat(names)
              .as("page while acknowledged: %s", story)
              .anyMatch(it -> !told.contains(it) && rank(it) < held.rank());
          assertThat(notification.reason()).isEqualTo(Notification.Reason.MORE_SEVERE);
        }
        if (at >= endedAt) {
          endedAt = Double.NaN;
        }
      }
      told = names;
      toldAt = at;
    }

    /* Nothing has changed for two flushes. */
    private void checkQuiet() {
      if (isHeld(now())) {
        assertThat(told)
            .as("missed while acknowledged: %s", story)
            .containsAll(firing.stream().filter(it -> rank(it) < held.rank()).toList());
        if (firing.isEmpty()) {
          assertThat(told).as("missed end: %s", story).isEmpty();
        }
        return;
      }
      if (now() - endedAt <= QUIET) {
        return;
      }
      assertThat(told).as("missed: %s", story).isEqualTo(firing);
      if (!firing.isEmpty()) {
        assertThat(now() - toldAt)
            .as("missed repeat: %s", story)
            .isLessThan(REPEAT.toSeconds() + 70);
        if (!Double.isNaN(endedAt)) {
          assertThat(toldAt).as("missed end of acknowledgement: %s", story).isGreaterThan(endedAt);
        }
      }
    }

    /* The store agrees with what happened. */
    void checkRecord() {
      pass(QUIET);
      var now = rig.rig.time.instant();
      assertThat(open().isPresent()).as("record: %s", story).isEqualTo(!told.isEmpty());
      open()
          .ifPresent(
              episode -> {
                assertThat(episode.members()).as("members: %s", story).hasSize(firing.size());
                assertThat(episode.holding(now).isPresent())
                    .as("held: %s", story)
                    .isEqualTo(isHeld(now()));
              });
      for (Episode episode : rig.store.search(search(now))) {
        assertThat(rig.service.timeline(episode).isComplete()).as("complete: %s", story).isTrue();
      }
    }

    private static EpisodeStore.Search search(Instant now) {
      return new EpisodeStore.Search(
          "", Optional.empty(), "", Optional.empty(), Optional.empty(), 100, now);
    }

    private static String name(NotifiedAlert alert) {
      return alert.labels().get("alertname");
    }

    private static int rank(String name) {
      return Severity.of(SEVERITIES.get(name)).rank();
    }
  }

  private static Model history(long seed) {
    var model = new Model(seed);
    try {
      for (int i = 0; i < STEPS; i++) {
        model.step();
      }
      model.checkRecord();
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
    return model;
  }

  /* In this history an alert fires one second after its end was reported, before the end is stored
   * as reported. */
  @Test
  void alertThatFiresBeforeItsReportedEndIsStored_survivesARestart() {
    assertThat(history(340).firing).contains("B");
  }

  @Test
  void randomHistories_noPageWhileAcknowledged_noneMissed() {
    var pages = new HashMap<Boolean, Integer>();
    for (long seed = 1; seed <= HISTORIES; seed++) {
      Model model = history(seed);
      pages.merge(model.story.stream().anyMatch(it -> it.contains("MORE_SEVERE")), 1, Integer::sum);
    }
    if (HISTORIES >= 100) {
      assertThat(pages).as("the histories differ").hasSize(2);
    }
  }
}
