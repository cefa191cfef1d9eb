package io.pharos.oncall.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.oncall.episode.Episode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Random histories of one group with a policy of three levels, compared with a plain model: no
/// page while an acknowledgement holds, no step missed, none taken twice. The model only knows what
/// a flush saw, what people did, and which receivers refuse messages. The system property
/// `pharos.histories` sets their number; there are 10,000 in the nightly run.
class EscalationHistoriesTest {
  private static final int HISTORIES =
      Integer.getInteger("pharos.histories", Boolean.getBoolean("pharos.nightly") ? 10_000 : 300);
  private static final int STEPS = 30;
  private static final Map<String, String> SEVERITIES =
      Map.of("A", "warning", "B", "info", "C", "critical");
  private static final List<String> PEOPLE = List.of("lead", "deputy", "boss");

  /// Waiting times before the levels.
  private static final List<Integer> WAITS = List.of(0, 300, 600);

  /// A tick, and the time in which a refused way hands over.
  private static final double LATE = 1;

  private static final class Model {
    final EscalationRig rig = new EscalationRig(EscalationRig.THREE_LEVELS);
    final Random random;
    final List<String> story = new ArrayList<>();
    final Set<String> firing = new HashSet<>();
    final Set<String> refusing = new HashSet<>();
    final Set<String> seen = new HashSet<>();
    final Set<String> told = new HashSet<>();
    final Set<String> reached = new HashSet<>();
    int pages;

    boolean isRunning;
    boolean isMuted;
    boolean hasFallenBack;
    boolean isUnstored; // the level was entered at once and a kill came before it was stored
    int level; // that was told last
    double waitsFrom;
    double enteredAt;
    double aliveAt; // first flush of this process

    double exceededAt = Double.NaN;
    double heldFrom = Double.NaN;
    double heldUntil = Double.NaN;

    Model(long seed) {
      random = new Random(seed);
      rig.flushes = this::flushed;
    }

    private double now() {
      return rig.now();
    }

    private boolean isHeld(double at) {
      return at >= heldFrom && at < heldUntil;
    }

    void step() {
      switch (random.nextInt(14)) {
        case 0, 1, 2 -> fire();
        case 3 -> resolve();
        case 4, 5 -> acknowledge();
        case 6 -> release();
        case 7 -> mute();
        case 8, 9 -> refuse();
        case 10 -> accept();
        case 11, 12 -> restart();
        default -> reload();
      }
      pass(random.nextInt(3) == 0 ? random.nextInt(900) : random.nextInt(60));
    }

    private void fire() {
      String name = List.of("A", "B", "C").get(random.nextInt(3));
      if (firing.add(name)) {
        story.add(now() + " fire " + name);
        rig.episodes.fire(name, SEVERITIES.get(name));
      }
    }

    private void resolve() {
      for (String name : List.copyOf(firing)) {
        story.add(now() + " resolve " + name);
        firing.remove(name);
        rig.episodes.resolve(name, SEVERITIES.get(name));
      }
    }

    private Optional<Episode> open() {
      return rig.episodes.store.open().stream().findFirst();
    }

    private void acknowledge() {
      if (open().isPresent() && isRunning) {
        int seconds = 60 + random.nextInt(900);
        boolean isEndless = random.nextBoolean();
        rig.episodes.acknowledge(isEndless ? null : Duration.ofSeconds(seconds));
        endHold(now());
        heldFrom = now();
        heldUntil = isEndless ? Double.POSITIVE_INFINITY : now() + seconds;
        story.add(now() + " acknowledge until " + heldUntil);
      }
    }

    private void release() {
      if (isHeld(now()) && open().isPresent()) {
        story.add(now() + " release");
        rig.episodes.service.release(open().get().number(), "deputy");
        heldUntil = now();
        endHold(now());
      }
    }

    /* What happened until now counts for the acknowledgement before. */
    private void endHold(double at) {
      if (!Double.isNaN(heldFrom) && at >= heldUntil) {
        waitsFrom = Math.max(waitsFrom, heldUntil);
        heldFrom = Double.NaN;
      }
    }

    private void mute() {
      int seconds = 30 + random.nextInt(600);
      story.add(now() + " silence for " + seconds);
      rig.rig().silence("{alertname=~\".+\"}", Duration.ofSeconds(seconds));
    }

    private void refuse() {
      String person = PEOPLE.get(random.nextInt(3));
      List<String> ways =
          random.nextBoolean()
              ? List.of(person + "-mail", person + "-chat")
              : List.of(person + "-mail");
      story.add(now() + " refuse " + ways);
      refusing.addAll(ways);
      NotifyResult refused = new NotifyResult.Rejected("404");
      ways.forEach(
          way ->
              rig.rig().answers.put(way, new ArrayDeque<>(Collections.nCopies(10_000, refused))));
    }

    private void accept() {
      story.add(now() + " accept");
      refusing.clear();
      rig.rig().answers.clear();
      enteredAt = now();
    }

    /* A replica that takes over finds the same stores. */
    private void restart() {
      double away = random.nextBoolean() ? random.nextInt(15) : random.nextInt(400);
      if (random.nextBoolean()) {
        rig.records = false;
        pass(random.nextInt(5) * 0.5);
        rig.records = true;
      }
      story.add(now() + " kill, start after " + away);
      isUnstored &= waitsFrom >= now() - 2.5;
      aliveAt = Double.POSITIVE_INFINITY;
      rig.episodes.restart(away);
      observe();
    }

    private void reload() {
      story.add(now() + " reload");
      aliveAt = Double.POSITIVE_INFINITY;
      rig.rig().reload(EscalationRig.CONFIG);
      observe();
    }

    private void pass(double seconds) {
      for (double left = seconds; left > 0; left -= 0.5) {
        rig.advance(0.5);
        observe();
      }
    }

    private void flushed(boolean isOver, boolean allMuted) {
      double at = now();
      aliveAt = Math.min(aliveAt, at);
      endHold(at);
      if (isOver) {
        isRunning = false;
        heldFrom = Double.NaN;
      } else if (allMuted) {
        isMuted = true;
      } else if (!isRunning) {
        story.add(at + " begins");
        isRunning = true;
        isMuted = false;
        hasFallenBack = false;
        level = 0;
        waitsFrom = at;
        enteredAt = at;
        told.clear();
        reached.clear();
      } else if (isMuted) {
        isMuted = false;
        if (!isHeld(at)) {
          waitsFrom = at;
        }
        enteredAt = at;
      }
    }

    private void observe() {
      for (NotifierRig.Message message : rig.rig().messages) {
        Notification notification = message.notification();
        if (seen.add(notification.deliveryId())
            && notification.status() == NotifiedAlert.Status.FIRING) {
          page(message.at(), message.receiver(), notification);
        }
      }
      rig.rig().messages.clear();
      endHold(now());
      checkDue();
    }

    private void page(double at, String receiver, Notification page) {
      EscalationStep step = page.step();
      story.add(
          "%s page %s level %s %s %s"
              .formatted(at, receiver, step.level(), step.cause(), page.reason()));
      pages++;
      if (isHeld(at) && at > heldFrom) {
        if (page.reason() == Notification.Reason.MORE_SEVERE) {
          exceededAt = at;
        }
        // The fallback is told last, and always that it is the fallback.
        assertThat(exceededAt).as("page while acknowledged: %s", story).isEqualTo(at);
      }
      if (step.cause() == EscalationStep.Cause.FALLBACK) {
        hasFallenBack = true;
        return;
      }
      if (step.level() > level) {
        assertThat(step.level()).as("skipped a level: %s", story).isEqualTo(level + 1);
        double due = waitsFrom + WAITS.get(level);
        if (step.cause() == EscalationStep.Cause.LEVEL) {
          assertThat(at).as("too early: %s", story).isGreaterThanOrEqualTo(due - 0.001);
          waitsFrom = due;
        } else {
          waitsFrom = at;
          isUnstored = !rig.records;
        }
        level = step.level();
        enteredAt = at;
      }
      if (!refusing.contains(receiver)) {
        reached.add(receiver);
      }
      if (isUnstored
          && aliveAt > enteredAt
          && at >= aliveAt
          && step.cause() == EscalationStep.Cause.NOBODY_REACHED) {
        // The level before is found silent again; the next one waits from then on.
        waitsFrom = Math.max(waitsFrom, at);
        enteredAt = at;
        isUnstored = false;
      }
      boolean isStep =
          page.reason() == Notification.Reason.ESCALATED
              || page.reason() == Notification.Reason.FIRST_NOTIFICATION;
      if (isStep && !refusing.contains(receiver)) {
        assertThat(told.add(receiver + step.level() + step.startedAt()))
            .as("taken twice: %s", story)
            .isTrue();
      }
    }

    /* Everything that is due has happened. */
    private void checkDue() {
      if (!isRunning || isMuted || isHeld(now()) || now() < aliveAt + LATE) {
        return;
      }
      if (level < 3) {
        assertThat(now())
            .as("missed level %s: %s", level + 1, story)
            .isLessThanOrEqualTo(Math.max(waitsFrom + WAITS.get(level), aliveAt) + LATE);
      }
      String person = PEOPLE.get(Math.max(0, level - 1));
      boolean isSilent =
          refusing.contains(person + "-mail")
              && refusing.contains(person + "-chat")
              && reached.stream().noneMatch(it -> it.startsWith(person));
      if (isSilent && level == 3 && now() > Math.max(enteredAt, aliveAt) + 15) {
        assertThat(hasFallenBack).as("missed the fallback: %s", story).isTrue();
      }
    }
  }

  private static Model history(long seed) {
    var model = new Model(seed);
    try {
      for (int i = 0; i < STEPS; i++) {
        model.step();
      }
      model.pass(100);
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
    return model;
  }

  @Test
  void randomHistories_noPageWhileAcknowledged_noStepMissedOrTakenTwice() {
    long levels = 0;
    for (long seed = 1; seed <= HISTORIES; seed++) {
      levels += history(seed).story.stream().filter(it -> it.contains("level 3")).count();
    }
    assertThat(levels).as("the last level is reached").isGreaterThan(HISTORIES / 10);
  }
}
