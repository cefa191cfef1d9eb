package io.pharos.probe.run;

import io.pharos.model.Labels;
import io.pharos.storage.ArrivalListener;
import java.time.Duration;
import java.time.Instant;

/// Tells a listener when results of a probe are stored and when the next result is due. Used for
/// one probe; not thread-safe.
final class ProbeArrivals implements AutoCloseable {
  private final ArrivalListener.Source source;
  private final long everyMillis;
  private final long offsetMillis;
  private boolean wasBad;

  /// Creates the state of a probe without results.
  ///
  /// @param labels labels of all its series
  /// @param every the probe runs, or is checked, at each `offset + k * every` since the Unix epoch
  ProbeArrivals(
      ArrivalListener arrivals, Labels labels, Duration every, Duration offset, Instant now) {
    source = arrivals.source(labels, true);
    everyMillis = every.toMillis();
    offsetMillis = offset.toMillis();
    source.awaits(nextTurn(now.toEpochMilli()));
  }

  /// Tells the listener that the result of a run is stored.
  ///
  /// @param millis time of the result
  /// @param bad whether the run failed, or the target counts as down
  void ran(long millis, boolean bad) {
    stored(millis, nextTurn(millis), bad);
  }

  /// Tells the listener that the state of a push probe is stored.
  ///
  /// @param millis time of the state
  /// @param bad whether a report failed or is late, or the target counts as down
  void known(long millis, PushState state, PushTerms terms, boolean bad) {
    stored(millis, Math.min(nextTurn(millis), nextReport(state, terms)), bad);
  }

  private void stored(long millis, long nextMillis, boolean bad) {
    source.stored(millis, nextMillis, bad || wasBad);
    wasBad = bad;
  }

  private long nextTurn(long after) {
    return after + everyMillis - Math.floorMod(after - offsetMillis, everyMillis);
  }

  /* Reports are regular to about a tenth of their interval. The end of a running job, and the
   * first report of a new one, cannot be predicted. */
  private static long nextReport(PushState state, PushTerms terms) {
    Instant heard = state.heard();
    return state.started() != null || heard == null
        ? Long.MIN_VALUE
        : heard.plus(terms.interval().multipliedBy(9).dividedBy(10)).toEpochMilli();
  }

  /// Ends these notices.
  @Override
  public void close() {
    source.close();
  }
}
