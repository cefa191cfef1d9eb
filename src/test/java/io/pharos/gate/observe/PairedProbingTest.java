package io.pharos.gate.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.observe.PairedProbes.Pair;
import io.pharos.gate.observe.PairedProbing.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PairedProbingTest {
  private static final Pair PAIR = new Pair("gate", "green", "blue", 4);
  private static final Duration GO_ON = Duration.ofSeconds(30);

  private final List<String> asked = new ArrayList<>();
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private boolean greenOk = true;
  private boolean held;
  private PairedProbing.Target target =
      name -> {
        asked.add(name);
        return new Answer.Known(!name.equals("green") || greenOk);
      };
  private final PairedProbing probing =
      new PairedProbing(
          name -> target.run(name),
          this::startTimer,
          task -> {
            if (held) {
              waiting.add(task);
            } else {
              task.run();
            }
          },
          new Random(1));
  private Instant now = Instant.EPOCH;
  private int timers;

  private Runnable startTimer(Consumer<Instant> task) {
    timers++;
    return () -> timers--;
  }

  @Test
  void timer_runsOnlyWhilePairsAreProbed() {
    seconds(1);
    assertThat(timers).isZero();
    probing.takeCounts(PAIR, now, GO_ON);
    probing.takeCounts(PAIR, now, GO_ON);
    assertThat(timers).isEqualTo(1);
    now = now.plus(GO_ON);
    seconds(1);
    assertThat(timers).isZero();
    probing.takeCounts(PAIR, now, GO_ON);
    assertThat(timers).isEqualTo(1);
  }

  private void seconds(int seconds) {
    for (int i = 0; i < seconds * 5; i++) {
      now = now.plusMillis(200);
      probing.fire(now);
    }
  }

  private PairedProbes.Counts take() {
    return probing.takeCounts(PAIR, now, GO_ON);
  }

  @Test
  void fire_asksBothSidesBackToBack_atTheRate() {
    assertThat(take()).isEqualTo(new PairedProbes.Counts(0, 0, 0, 0, null, 0));
    seconds(10);
    assertThat(asked).hasSizeBetween(78, 82);
    for (int i = 0; i < asked.size(); i += 2) {
      assertThat(asked.subList(i, i + 2)).containsExactlyInAnyOrder("green", "blue");
    }
    var taken = take();
    assertThat(taken.pairs()).isEqualTo(asked.size() / 2);
    assertThat(take().pairs()).isZero();
  }

  @Test
  void fire_candidateThatNeverSucceeded_isStillStarting() {
    greenOk = false;
    take();
    seconds(5);
    assertThat(take()).isEqualTo(new PairedProbes.Counts(0, 0, 0, 0, null, 0));
    greenOk = true;
    seconds(1);
    greenOk = false;
    seconds(5);
    assertThat(take().candidateFailed()).isPositive();
  }

  @Test
  void fire_ownTrouble_countsForNeitherSide() {
    target =
        name -> name.equals("blue") ? new Answer.Unknown("no descriptors") : new Answer.Known(true);
    take();
    seconds(5);
    var taken = take();
    assertThat(taken.pairs()).isZero();
    assertThat(taken.unknown()).isPositive();
    assertThat(taken.reason()).isEqualTo("no descriptors");
  }

  @Test
  void fire_targetThatBreaks_goesOn() {
    target =
        _ -> {
          throw new IllegalStateException("boom");
        };
    take();
    seconds(2);
    assertThat(take().unknown()).isGreaterThan(2);
  }

  @Test
  void fire_threadThatEndsByAnError_goesOn() {
    held = true;
    target =
        _ -> {
          throw new OutOfMemoryError("boom");
        };
    take();
    seconds(1);
    assertThatThrownBy(() -> waiting.remove().run()).isInstanceOf(OutOfMemoryError.class);
    assertThat(take().reason()).contains("OutOfMemoryError: boom");
    seconds(1);
    assertThat(waiting).as("another pair is fired").hasSize(1);
  }

  @Test
  void fire_executorThatTakesNone_goesOn() {
    var refusing =
        new PairedProbing(
            name -> target.run(name),
            this::startTimer,
            _ -> {
              throw new RejectedExecutionException("it is shut down");
            },
            new Random(1));
    refusing.takeCounts(PAIR, now, GO_ON);
    for (int i = 1; i <= 10; i++) {
      refusing.fire(now.plusMillis(200L * i));
    }
    assertThat(refusing.takeCounts(PAIR, now, GO_ON).unknown()).isGreaterThan(2);
  }

  @Test
  void fire_pairThatIsUnderWay_isNotFiredAgain() {
    held = true;
    take();
    seconds(10);
    assertThat(waiting).hasSize(1);
    waiting.remove().run();
    seconds(1);
    assertThat(waiting).hasSize(1);
  }

  @Test
  void fire_whenNobodyTakesAnyMore_ends() {
    take();
    seconds(40);
    int sent = asked.size();
    seconds(10);
    assertThat(asked).hasSize(sent);
  }

  @Test
  void take_tooManyPairs_saysSo() {
    for (int i = 0; i < 16; i++) {
      probing.takeCounts(new Pair("gate " + i, "green", "blue", 1), now, GO_ON);
    }
    assertThat(take().reason()).contains("which is the maximum");
  }
}
