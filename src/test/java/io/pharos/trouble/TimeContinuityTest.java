package io.pharos.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class TimeContinuityTest {
  private static final Instant T0 = Instant.parse("2026-03-01T12:00:00Z");

  private final ObservationGaps observationGaps = new ObservationGaps();
  private final ObservationGaps.Source source =
      observationGaps.source(Labels.of("job", "j"), Duration.ZERO);
  private Instant now = T0;
  private final TimeContinuity continuity = new TimeContinuity(() -> now, observationGaps);

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now = now.plusSeconds(1);
      int _ = continuity.check();
    }
  }

  private List<FailureOrigin.Kind> kinds() {
    return observationGaps.gaps().stream().map(spot -> spot.fault().kind()).toList();
  }

  private boolean isSeen(String job) {
    return observationGaps.affecting(List.of(List.of(LabelMatcher.equal("job", job)))).isEmpty();
  }

  @Test
  void timeThatGoesOn_hidesNothing() {
    pass(100);
    now = now.plus(TimeContinuity.GAP);

    assertThat(continuity.check()).isZero();
    assertThat(continuity.setBackFrom()).isEmpty();
    assertThat(observationGaps.gaps()).isEmpty();
  }

  @Test
  void gap_hidesEachSourceUntilItGaveSomethingTwice_andTheRestForAMoment() {
    now = now.plusSeconds(600);
    assertThat(continuity.check()).isOne();
    assertThat(kinds()).containsExactly(FailureOrigin.Kind.PAUSE, FailureOrigin.Kind.PAUSE);
    assertThat(isSeen("pushed by others")).isFalse();

    source.seen(now.minusSeconds(600)); // requested before the gap
    pass((int) TimeContinuity.SETTLING.toSeconds());
    assertThat(isSeen("pushed by others")).isTrue();
    source.seen(now);
    assertThat(isSeen("j")).isFalse();
    source.seen(now);
    assertThat(isSeen("j")).isTrue();
    assertThat(continuity.check()).isOne();
  }

  @Test
  void clockSetBack_hidesEverything_untilItHasCaughtUp() {
    now = T0.minusSeconds(3600);
    assertThat(continuity.setBackFrom()).contains(T0);
    pass(60);
    source.seen(now);
    source.seen(now);
    assertThat(kinds()).containsExactly(FailureOrigin.Kind.CLOCK);
    assertThat(isSeen("j")).isFalse();
    assertThat(continuity.latest()).isEqualTo(T0);

    pass(3600 - 60);
    assertThat(continuity.setBackFrom())
        .contains(T0); // samples from before the step have this time
    pass(1);
    assertThat(continuity.setBackFrom()).isEmpty();
    pass((int) TimeContinuity.SETTLING.toSeconds());
    source.seen(now);
    source.seen(now);
    assertThat(observationGaps.gaps()).isEmpty();
  }

  @Test
  void clockThatHasCaughtUp_isNoTroubleAnyMore_evenBeforeSourcesAreObserved() {
    now = T0.minusSeconds(10);
    assertThat(continuity.setBackFrom()).isPresent();
    source.lost(new FailureOrigin.Own(FailureOrigin.Kind.CLOCK, "set back"), now, Set.of());
    pass(60);

    assertThat(kinds()).containsExactly(FailureOrigin.Kind.PAUSE);
    assertThat(isSeen("j")).isFalse();
  }

  @Test
  void clockSetBack_andSetRight_isAGapToo() {
    now = T0.minusSeconds(3600);
    int _ = continuity.check();
    now = T0.plusSeconds(60);
    assertThat(continuity.setBackFrom()).isEmpty();

    assertThat(kinds()).containsOnly(FailureOrigin.Kind.PAUSE);
    assertThat(isSeen("j")).isFalse();
  }

  @Test
  void pauseWhileTheClockIsSetBack_isStillTheClocks() {
    now = T0.minusSeconds(3600);
    int _ = continuity.check();
    now = now.plusSeconds(600);
    int _ = continuity.check();
    pass(60);

    assertThat(kinds()).contains(FailureOrigin.Kind.CLOCK);
  }

  @Test
  void smallStep_ofADisciplinedClock_isNone() {
    now = T0.minusMillis(900);
    assertThat(continuity.setBackFrom()).isEmpty();
    assertThat(observationGaps.gaps()).isEmpty();
  }

  @Test
  void start_afterTheClockWasSetBack_knowsIt() {
    continuity.resume(T0.plusSeconds(3600));
    assertThat(continuity.setBackFrom()).contains(T0.plusSeconds(3600));
    assertThat(kinds()).containsExactly(FailureOrigin.Kind.CLOCK);
  }

  @Test
  void start_later_isNoMatter() {
    continuity.resume(T0.minusSeconds(3600));
    assertThat(continuity.setBackFrom()).isEmpty();
    assertThat(observationGaps.gaps()).isEmpty();
  }

  /// A process that starts meanwhile can't measure the step.
  @Test
  void stepBack_isMeasuredBeforeTheClockHasCaughtUp_andOnlyOnce() {
    var ahead = new Duration[] {Duration.ZERO};
    InstantSource clock = () -> now.plus(ahead[0]);
    LongSupplier nanos = () -> Duration.between(T0, now).toNanos();
    var told = new TimeContinuity(clock, nanos, new ObservationGaps());
    now = now.plusSeconds(100);
    int _ = told.check();
    ahead[0] = Duration.ofSeconds(-60);
    now = now.plusSeconds(10);
    List<ObservationGaps.Missing> steps = told.measuredSteps();
    assertThat(steps)
        .extracting(ObservationGaps.Missing::fromMillis, ObservationGaps.Missing::toMillis)
        .containsExactly(
            tuple(T0.plusSeconds(40).toEpochMilli(), T0.plusSeconds(100).toEpochMilli()));
    assertThat(steps.getFirst().step()).isEqualTo(new ObservationGaps.Step(-60_000, true));

    var gaps = new ObservationGaps();
    steps.forEach(gaps::add);
    var next = new TimeContinuity(clock, nanos, gaps);
    next.resume(told.latest());
    now = now.plusSeconds(60);
    int _ = next.check();
    assertThat(next.measuredSteps()).isEqualTo(steps);
  }

  /// Samples up to there count as those before the step.
  @Test
  void start_whileTheClockIsSetBack_waitsForTheEndOfTheStep() {
    Instant newestSample = T0.plusSeconds(3595);
    observationGaps.add(
        new ObservationGaps.Missing(
            Labels.empty(),
            T0.toEpochMilli(),
            T0.plusSeconds(3600).toEpochMilli(),
            "the clock was set back",
            new ObservationGaps.Step(-3_600_000, true),
            false));
    continuity.resume(newestSample);
    now = newestSample.plusSeconds(1);
    assertThat(continuity.setBackFrom()).contains(T0.plusSeconds(3600));
    pass(5);
    assertThat(continuity.setBackFrom()).isEmpty();
  }

  @Test
  void clockThatHasCaughtUpToTheMillisecond_afterARestart_madeNoFurtherStep() {
    var gaps = new ObservationGaps();
    var told = new TimeContinuity(() -> now, () -> Duration.between(T0, now).toNanos(), gaps);
    told.resume(T0.plusSeconds(10));
    now = T0.plusSeconds(10);
    int _ = told.check();
    int _ = told.check();
    assertThat(told.measuredSteps()).isEmpty();
  }

  /// Samples before the step have at most this time, and samples after it a later one.
  @Test
  void stepBack_endsAtTheLatestTimeBeforeIt_alsoIfTheProcessWasStoppedMeanwhile() {
    var ahead = new Duration[] {Duration.ZERO};
    var told =
        new TimeContinuity(
            () -> now.plus(ahead[0]), () -> Duration.between(T0, now).toNanos(), observationGaps);
    ahead[0] = Duration.ofSeconds(-3);
    now = now.plusSeconds(2);
    int _ = told.check();
    now = now.plusSeconds(2);
    int _ = told.check();
    now = now.plusSeconds(60);
    ahead[0] = Duration.ofSeconds(-33);
    int _ = told.check();

    assertThat(told.measuredSteps())
        .extracting(it -> it.toMillis() - T0.toEpochMilli(), it -> it.step().aheadMillis())
        .containsExactly(tuple(0L, -3_000L), tuple(1_000L, -30_000L));
  }

  @Test
  void clockSetBack_andThenFarAhead_isAStepAfterTheLatestTime() {
    var ahead = new Duration[] {Duration.ZERO};
    var told =
        new TimeContinuity(
            () -> now.plus(ahead[0]), () -> Duration.between(T0, now).toNanos(), observationGaps);
    ahead[0] = Duration.ofSeconds(-600);
    now = now.plusSeconds(2);
    int _ = told.check();
    ahead[0] = Duration.ofSeconds(900);
    int _ = told.check();

    assertThat(told.measuredSteps())
        .extracting(it -> it.fromMillis() - T0.toEpochMilli(), it -> it.step().aheadMillis())
        .containsExactly(tuple(0L, 900_000L));
  }

  /// When the clock was set back is not known then, but a step ahead since the start is.
  @Test
  void start_whileTheClockIsSetBack_measuresAStepAheadAfterIt() {
    var ahead = new Duration[] {Duration.ZERO};
    var told =
        new TimeContinuity(
            () -> now.plus(ahead[0]), () -> Duration.between(T0, now).toNanos(), observationGaps);
    told.resume(T0.plusSeconds(600));
    now = now.plusSeconds(2);
    int _ = told.check();
    ahead[0] = Duration.ofSeconds(900);
    int _ = told.check();

    assertThat(told.measuredSteps())
        .extracting(it -> it.fromMillis() - T0.toEpochMilli(), it -> it.step().aheadMillis())
        .containsExactly(tuple(600_000L, 900_000L));
  }

  @Test
  void steps_areToldFromTimeThatPasses_andRecorded() {
    var ahead = new Duration[] {Duration.ZERO};
    var all = new ObservationGaps();
    var told =
        new TimeContinuity(
            () -> now.plus(ahead[0]), () -> Duration.between(T0, now).toNanos(), all);
    now = now.plusSeconds(100); // the process was stopped
    int _ = told.check();
    now = now.plusSeconds(5);
    ahead[0] = Duration.ofSeconds(3);
    int _ = told.check();
    ahead[0] = Duration.ofSeconds(3600);
    int _ = told.check();
    ahead[0] = Duration.ofSeconds(3590);
    int _ = told.check();
    assertThat(told.setBackFrom()).contains(T0.plusSeconds(3705));
    now = now.plusSeconds(4);
    assertThat(told.evenTime()).isEqualTo(T0.plusSeconds(3709));
    now = now.plusSeconds(7);
    int _ = told.check();

    assertThat(told.setBackFrom()).isEmpty();
    assertThat(all.missing(0))
        .filteredOn(gap -> gap.labels().isEmpty() && gap.toMillis() > 0)
        .extracting(gap -> gap.step().aheadMillis())
        .containsExactly(0L, 3_000L, 3_597_000L, -10_000L);
  }
}
