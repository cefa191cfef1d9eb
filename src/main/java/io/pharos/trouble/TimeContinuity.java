package io.pharos.trouble;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the time goes on as it should. Thread-safe.
///
/// Whoever concludes something from samples looks first. Two things make samples a wrong ground:
///
/// - The clock was set back: what was at that time is no answer to what is now. Nothing is seen
///   until the clock has caught up.
/// - There is a gap: the process stood still, the machine slept, or the clock was set ahead. The
///   newest samples are from before it, and there may be none within any window. Nothing is seen
///   for a moment, and no source until it has given something again.
public final class TimeContinuity {
  /// Looks are never this far apart while all is well: three beats of the watch over Pharos itself.
  public static final Duration GAP = Duration.ofSeconds(15);

  /// After a gap those who push samples get this long to do so: twice what a Prometheus waits at
  /// most before it tries again.
  static final Duration SETTLING = Duration.ofSeconds(10);

  /* A clock that is disciplined makes small steps. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(TimeContinuity.class);

  private final InstantSource clock;
  private final ObservationGaps blindness;
  private Instant last;
  private Instant latest;
  private int gaps;
  private boolean back;
  private @Nullable Instant settled;
  private ObservationGaps.@Nullable Source everything;

  /// The time goes on from now.
  ///
  /// @param blindness is told that nothing is seen
  public TimeContinuity(InstantSource clock, ObservationGaps blindness) {
    this.clock = requireNonNull(clock, "clock is null");
    this.blindness = requireNonNull(blindness, "blindness is null");
    this.last = clock.instant();
    this.latest = last;
  }

  /// Takes note of the latest time that an earlier process on the same samples saw.
  public synchronized void resume(Instant seen) {
    if (seen.isAfter(latest)) {
      latest = seen;
    }
    look();
  }

  /// Looks at the clock.
  ///
  /// @return how many gaps there were; another number than before means that one was in between
  public synchronized int look() {
    Instant now = clock.instant();
    boolean gap = now.isAfter(last.plus(GAP));
    if (gap) {
      gap(now);
    }
    last = now;
    latest = now.isAfter(latest) ? now : latest;
    boolean backBefore = back;
    back = now.plus(SLACK).isBefore(latest);
    if (back && (gap || !backBefore)) {
      LOG.error("the clock was set back: it is {} and was {}", now, latest);
      hide(
          new FailureOrigin.Own(
              FailureOrigin.Kind.CLOCK,
              "the clock was set back: nothing is known until it is " + latest + " again"),
          now);
    } else if (!back && backBefore) {
      LOG.info("the clock has caught up: it is {} again", now);
      settle(now, "the clock had been set back, until " + now);
    } else if (settled != null && !now.isBefore(settled)) {
      show();
    }
    return gaps;
  }

  private void gap(Instant now) {
    gaps++;
    String reason = "nothing ran, or the clock was set ahead, from " + last + " to " + now;
    LOG.warn("{}; nothing is concluded until it is seen again", reason);
    settle(now, reason);
  }

  /* Whatever else a source lacks from now on is told anew. */
  private void settle(Instant now, String reason) {
    var fault = new FailureOrigin.Own(FailureOrigin.Kind.PAUSE, reason);
    blindness.loseAll(fault, now);
    hide(fault, now);
    settled = now.plus(SETTLING);
  }

  private void hide(FailureOrigin.Own fault, Instant now) {
    ObservationGaps.Source source = blindness.source(Labels.empty());
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

  /// The latest time that was seen, where the clock says less since it was set back.
  public synchronized Optional<Instant> setBackFrom() {
    look();
    return back ? Optional.of(latest) : Optional.empty();
  }

  /// The latest time that was seen.
  public synchronized Instant latest() {
    look();
    return latest;
  }
}
