package io.pharos.trouble;

import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Detects steps of the clock and pauses of the process, after which samples prove nothing.
/// Thread-safe.
///
/// - After the clock was set back, stored samples are newer than the present. Nothing counts as
///   observed until the clock has caught up.
/// - After a pause (the process was stopped, the machine slept, or the clock was set ahead) the
///   newest samples are old, and windows may be empty. Nothing counts as observed for [#SETTLING],
///   and then each source only after it has produced samples again.
public final class TimeContinuity {
  /// Maximum time between two checks that is no pause: three runs of the watchdog over Pharos
  /// itself.
  public static final Duration GAP = Duration.ofSeconds(15);

  /// Time after a pause for senders to send samples: twice the longest retry interval of a
  /// Prometheus.
  static final Duration SETTLING = Duration.ofSeconds(10);

  /* Maximum step back that is ignored: a synchronized clock makes small steps. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(TimeContinuity.class);

  private final InstantSource clock;
  private final ObservationGaps observationGaps;
  private Instant last;
  private Instant latest;
  private int gaps;
  private boolean isBack;
  private @Nullable Instant settled;
  private ObservationGaps.@Nullable Source everything;

  /// Creates a detector that starts at the current time.
  ///
  /// @param observationGaps records the gaps
  public TimeContinuity(InstantSource clock, ObservationGaps observationGaps) {
    this.clock = clock;
    this.observationGaps = observationGaps;
    this.last = clock.instant();
    this.latest = last;
  }

  /// Continues after an earlier process that stored the same samples.
  ///
  /// @param seen latest time of that process
  public synchronized void resume(Instant seen) {
    if (seen.isAfter(latest)) {
      latest = seen;
    }
    check();
  }

  /// Begins with the samples of an earlier process, or without any. Without samples, nothing counts
  /// as observed for [#SETTLING], and each source only after it has produced samples.
  ///
  /// @param newest time of the newest stored sample
  public synchronized void begin(Optional<Instant> newest) {
    Instant now = clock.instant();
    Instant known = now.plus(SETTLING);
    if (newest.isPresent()) {
      observationGaps.addAbsence(newest, known, "Pharos did not run until " + now);
      return;
    }
    String reason = "Pharos has run only since " + now;
    observationGaps.addAbsence(Optional.empty(), known, reason);
    hide(new FailureOrigin.Own(FailureOrigin.Kind.PAUSE, reason), now);
    settled = known;
  }

  /// Compares the current time with that of the last check.
  ///
  /// @return number of pauses so far: if it changed, there was a pause
  public synchronized int check() {
    Instant now = clock.instant();
    boolean gap = now.isAfter(last.plus(GAP));
    if (gap) {
      gap(now);
    }
    last = now;
    latest = now.isAfter(latest) ? now : latest;
    boolean backBefore = isBack;
    isBack = now.plus(SLACK).isBefore(latest);
    if (isBack && (gap || !backBefore)) {
      LOG.error(
          "the clock was set back: it is {} and was {}; nothing is evaluated until it has caught up",
          now,
          latest);
      hide(
          new FailureOrigin.Own(
              FailureOrigin.Kind.CLOCK,
              "the clock was set back: all results are unknown until it is " + latest + " again"),
          now);
    } else if (!isBack && backBefore) {
      LOG.info("the clock has caught up: it is {} again", now);
      settle(now, now, "the clock had been set back, until " + now);
    } else if (settled != null && !now.isBefore(settled)) {
      show();
    }
    return gaps;
  }

  private void gap(Instant now) {
    gaps++;
    String reason =
        "Pharos did not run from " + last + " to " + now + ", or the clock was set ahead";
    LOG.warn("{}; each source is unknown until its next samples", reason);
    observationGaps.addAbsence(Optional.of(last), now.plus(SETTLING), reason);
    settle(last, now, reason);
  }

  /* Starts a gap of each source with this reason, and a gap of everything that ends after
   * SETTLING. */
  private void settle(Instant since, Instant now, String reason) {
    var fault = new FailureOrigin.Own(FailureOrigin.Kind.PAUSE, reason);
    observationGaps.loseAll(fault, since, now);
    hide(fault, now);
    settled = now.plus(SETTLING);
  }

  private void hide(FailureOrigin.Own fault, Instant now) {
    ObservationGaps.Source source = observationGaps.source(Labels.empty());
    source.lost(fault, now, Set.of());
    show();
    everything = source;
  }

  private void show() {
    settled = null;
    if (everything != null) {
      everything.end();
      everything = null;
    }
  }

  /// Returns the latest time seen, if the clock was set back and has not caught up; otherwise
  /// empty.
  public synchronized Optional<Instant> setBackFrom() {
    check();
    return isBack ? Optional.of(latest) : Optional.empty();
  }

  /// Returns the latest time seen.
  public synchronized Instant latest() {
    check();
    return latest;
  }
}
