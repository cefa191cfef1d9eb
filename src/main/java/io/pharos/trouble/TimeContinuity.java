package io.pharos.trouble;

import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Detects steps of the clock and pauses of the process. After them, samples prove nothing.
/// Thread-safe.
///
/// - After the clock was set back, stored samples are newer than the present. Nothing counts as
///   observed until the clock has caught up.
/// - A window that contains a step mixes two times. The step is recorded in [ObservationGaps].
/// - After a pause (the process was stopped, the machine slept, or the clock was set ahead) the
///   newest samples are old, and windows may be empty. Nothing counts as observed for [#SETTLING],
///   and then each source only after it has produced samples again.
public final class TimeContinuity {
  /// Maximum time between two checks that does not count as a pause: three intervals of the checks
  /// by which Pharos watches itself.
  public static final Duration GAP = Duration.ofSeconds(15);

  /// Time after a pause for senders to send samples: twice the longest retry interval of a
  /// Prometheus.
  public static final Duration SETTLING = Duration.ofSeconds(10);

  /* Maximum step that is ignored, because a synchronized clock makes small steps. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(TimeContinuity.class);

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final ObservationGaps observationGaps;
  private final Instant start;
  private Instant lastCheck;
  private Instant latest;

  /* A time on the clock before it was set back, and the monotonic time then. */
  private Instant even;
  private long evenNanos;

  private int gaps;
  private boolean isBack;

  /* Whether the clock was already set back when this process started. Then the even time is
   * unknown: only the steps since the start are. */
  private boolean wasBackAtStart;

  private Duration ahead = Duration.ZERO;
  private Optional<Instant> newestBefore = Optional.empty();
  private @Nullable Instant settled;
  private final ObservationGaps.Source allSources;

  /// Creates a detector that starts at the current time.
  ///
  /// @param nanos a monotonic clock in nanoseconds, which shows how much time passes
  /// @param observationGaps records the gaps
  public TimeContinuity(InstantSource clock, LongSupplier nanos, ObservationGaps observationGaps) {
    this.clock = clock;
    this.nanos = nanos;
    this.observationGaps = observationGaps;
    this.allSources = observationGaps.allSources();
    this.start = clock.instant();
    this.lastCheck = start;
    this.latest = start;
    this.even = start;
    this.evenNanos = nanos.getAsLong();
  }

  /// Creates a detector without a monotonic clock. It does not record steps as such.
  public TimeContinuity(InstantSource clock, ObservationGaps observationGaps) {
    this(clock, () -> clock.millis() * 1_000_000, observationGaps);
  }

  /// Continues after an earlier process that stored the same samples. If the clock was set back
  /// while it ran, the gaps must already contain that step: the clock has caught up only at its
  /// end.
  ///
  /// @param latestTime latest time on the clock of that process
  public synchronized void resume(Instant latestTime) {
    latest =
        Stream.concat(Stream.of(latest, latestTime), endsOfStepsBack())
            .max(Comparator.naturalOrder())
            .orElseThrow();
    even = latest;
    check();
    wasBackAtStart = isBack;
  }

  private Stream<Instant> endsOfStepsBack() {
    return observationGaps.measuredSteps().stream()
        .filter(gap -> gap.step().aheadMillis() < 0)
        .map(gap -> Instant.ofEpochMilli(gap.toMillis()));
  }

  /// Begins with the samples of an earlier process, or without any. Without samples, nothing counts
  /// as observed for [#SETTLING], and each source only after it has produced samples.
  ///
  /// @param newest time of the newest stored sample
  public synchronized void begin(Optional<Instant> newest) {
    Instant now = clock.instant();
    Instant known = now.plus(SETTLING);
    newestBefore = newest;
    if (newest.isPresent()) {
      // If the clock was set ahead meanwhile, less time has passed, perhaps none.
      Duration step = Duration.between(newest.get(), now);
      if (!step.isNegative()) {
        observationGaps.addAbsence(
            newest,
            known,
            "Pharos did not run until " + now,
            new ObservationGaps.Step(step.toMillis(), false));
      }
      return;
    }
    String reason = "Pharos has run only since " + now;
    LOG.info("no earlier samples: rules are unknown until their sources have samples");
    observationGaps.addAbsence(Optional.empty(), known, reason);
    hideAllSources(new FailureOrigin.Own(FailureOrigin.Kind.PAUSE, reason), now);
    settled = known;
  }

  /// Returns the time of the newest sample that an earlier process stored; empty if unknown.
  public synchronized Optional<Instant> newestBefore() {
    return newestBefore;
  }

  /// Compares the current time with the time of the last check.
  ///
  /// @return number of pauses so far; if the number has changed, there was a pause
  public synchronized int check() {
    Instant now = clock.instant();
    boolean backBefore = isBack;
    Duration step = Duration.between(wasBackAtStart ? sinceEven(start) : evenTimeNow(), now);
    step = step.abs().compareTo(SLACK) > 0 ? step : Duration.ZERO;
    boolean isExact = backBefore || step.isNegative();
    // At the latest time itself, a new sample could not be told from one before the step.
    isBack =
        backBefore
            ? !now.isAfter(latest)
            : now.plus(isExact ? Duration.ZERO : SLACK).isBefore(latest);
    step = isBack ? Duration.ZERO : step;
    ahead = step.isPositive() ? ahead.plus(step) : ahead;
    boolean gap = now.isAfter(lastCheck.plus(GAP));
    if (gap) {
      gap(now, step);
    } else if (!step.isZero()) {
      step(now, step);
    }
    lastCheck = now;
    observationGaps.loseAwaited(now);
    if (!isBack) {
      latest = now.isAfter(latest) ? now : latest;
      even = now;
      evenNanos = nanos.getAsLong();
    }
    if (isBack && (gap || !backBefore)) {
      LOG.error(
          "the clock was set back: it is {} and was {}; nothing is evaluated until it has caught up",
          now,
          latest);
      hideAllSources(
          new FailureOrigin.Own(
              FailureOrigin.Kind.CLOCK,
              "the clock was set back: all results are unknown until it is " + latest + " again"),
          now);
    } else if (!isBack && backBefore) {
      wasBackAtStart = false;
      LOG.info("the clock has caught up: it is {} again", now);
      settle(now, now, "the clock had been set back, until " + now);
    } else if (settled != null && !now.isBefore(settled)) {
      settled = null;
      allSources.end();
    }
    return gaps;
  }

  private void step(Instant now, Duration step) {
    LOG.warn("{} before {}", reason(step), now);
    if (step.isNegative()) {
      observationGaps.add(stepBack(step));
    } else {
      observationGaps.addAbsence(Optional.of(latest), now, reason(step), measured(step));
    }
  }

  /* Samples from before a step back seem to be later by the step than they are. The gap is the time
   * that the clock shows twice; all samples before the step are from before its end. */
  private ObservationGaps.Missing stepBack(Duration step) {
    return new ObservationGaps.Missing(
        Labels.empty(),
        latest.plus(step).toEpochMilli(),
        latest.toEpochMilli(),
        reason(step),
        measured(step),
        false);
  }

  /// Returns the measured steps of the clock, to add them to the gaps after a restart. Contains a
  /// step back also before the clock has caught up.
  public synchronized List<ObservationGaps.Missing> measuredSteps() {
    int _ = check();
    var steps = new ArrayList<>(observationGaps.measuredSteps());
    if (isBack && !wasBackAtStart) {
      steps.add(stepBack(Duration.between(evenTimeNow(), clock.instant())));
    }
    return steps;
  }

  private static String reason(Duration step) {
    return "the clock was set " + (step.isNegative() ? "back" : "ahead") + " by " + step.abs();
  }

  private static ObservationGaps.Step measured(Duration step) {
    return step.isZero()
        ? ObservationGaps.Step.NONE
        : new ObservationGaps.Step(step.toMillis(), true);
  }

  private void gap(Instant now, Duration step) {
    gaps++;
    String reason =
        "Pharos did not run from " + lastCheck + " to " + now + ", or the clock was set ahead";
    LOG.warn("{}; each source is unknown until its next samples", reason);
    if (step.isNegative()) {
      step(now, step);
    }
    observationGaps.addAbsence(
        Optional.of(step.isPositive() ? latest : lastCheck), // if it was back, samples are later
        now.plus(SETTLING),
        reason,
        measured(step.isPositive() ? step : Duration.ZERO));
    settle(lastCheck, now, reason);
  }

  /* Starts a gap of each source, and a gap of all sources together that ends after SETTLING. */
  private void settle(Instant since, Instant now, String reason) {
    var fault = new FailureOrigin.Own(FailureOrigin.Kind.PAUSE, reason);
    observationGaps.loseAll(fault, since, now);
    hideAllSources(fault, now);
    settled = now.plus(SETTLING);
  }

  private void hideAllSources(FailureOrigin.Own fault, Instant now) {
    settled = null;
    allSources.lost(fault, now, Set.of());
  }

  /// Returns the latest time that the clock has shown, if the clock was set back and has not caught
  /// up; otherwise empty.
  public synchronized Optional<Instant> setBackFrom() {
    check();
    return isBack ? Optional.of(latest) : Optional.empty();
  }

  /// Returns by how many milliseconds the clock was set ahead so far, in all its steps together.
  public synchronized long aheadMillis() {
    int _ = check();
    return ahead.toMillis();
  }

  /// Returns the time that the clock would show if it had not been set back.
  public synchronized Instant evenTime() {
    int _ = check();
    return evenTimeNow();
  }

  private Instant evenTimeNow() {
    return sinceEven(even);
  }

  private Instant sinceEven(Instant time) {
    return time.plusNanos(nanos.getAsLong() - evenNanos);
  }

  /// Returns the latest time that the clock has shown.
  public synchronized Instant latest() {
    check();
    return latest;
  }
}
