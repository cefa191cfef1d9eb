package io.pharos.probe.run;

import io.pharos.model.Labels;
import io.pharos.storage.ArrivalListener;
import java.time.Duration;
import java.time.Instant;

/// Notifies a listener when results of one probe are stored, and when the next result is due. Not
/// thread-safe.
final class ProbeArrivals implements AutoCloseable {
  private final ArrivalListener.Source source;
  private final long periodMillis;
  private final long offsetMillis;
  private boolean previousBad;

  /// Creates the state of a probe without results.
  ///
  /// @param labels labels of all series of the probe
  /// @param period the probe runs, or is checked, at each `offset + k * period` since the Unix
  ///   epoch
  ProbeArrivals(
      ArrivalListener arrivals, Labels labels, Duration period, Duration offset, Instant now) {
    source = arrivals.source(labels, true);
    periodMillis = period.toMillis();
    offsetMillis = offset.toMillis();
    source.awaits(nextRun(now.toEpochMilli()));
  }

  /// Notifies the listener that the result of a run is stored.
  ///
  /// @param millis time of the result
  /// @param bad whether the run failed, or the target counts as down
  void resultStored(long millis, boolean bad) {
    stored(millis, nextRun(millis), bad);
  }

  /// Notifies the listener that the state of a push probe is stored.
  ///
  /// @param millis time of the state
  /// @param bad whether a report failed or is late, or the target counts as down
  void stateStored(long millis, PushState state, PushTerms terms, boolean bad) {
    stored(millis, Math.min(nextRun(millis), nextReport(state, terms)), bad);
  }

  private void stored(long millis, long nextMillis, boolean bad) {
    source.stored(millis, nextMillis, bad || previousBad);
    previousBad = bad;
  }

  private long nextRun(long afterMillis) {
    return afterMillis + periodMillis - Math.floorMod(afterMillis - offsetMillis, periodMillis);
  }

  /* Consecutive reports may be a tenth of their interval early. The end of a running job, the first
   * report of a new job, and one between the dates of a crontab cannot be predicted. */
  private static long nextReport(PushState state, PushTerms terms) {
    Instant lastEnd = state.lastEnd();
    return state.started() != null || lastEnd == null || terms.cron() != null
        ? Long.MIN_VALUE
        : lastEnd.plus(terms.interval().multipliedBy(9).dividedBy(10)).toEpochMilli();
  }

  /// Ends the notifications of the listener.
  @Override
  public void close() {
    source.close();
  }
}
