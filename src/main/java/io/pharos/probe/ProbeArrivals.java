package io.pharos.probe;

import io.pharos.model.Labels;
import io.pharos.storage.ArrivalListener;
import java.time.Duration;
import java.time.Instant;

/// Tells when results of a probe are stored, and when the next will be. Not thread-safe; belongs to
/// one probe.
final class ProbeArrivals implements AutoCloseable {
  private final ArrivalListener.Source source;
  private final long everyMillis;
  private final long offsetMillis;
  private boolean wasBad;

  /// A probe that has no result yet.
  ///
  /// @param labels of all of its series
  /// @param every it runs, or is looked at, at each `offset + k * every` since the Unix epoch
  ProbeArrivals(
      ArrivalListener arrivals, Labels labels, Duration every, Duration offset, Instant now) {
    source = arrivals.source(labels, true);
    everyMillis = every.toMillis();
    offsetMillis = offset.toMillis();
    source.awaits(nextTurn(now.toEpochMilli()));
  }

  /// The result of a run is stored.
  ///
  /// @param millis its time
  /// @param bad whether it failed, or its target counts as down
  void ran(long millis, boolean bad) {
    stored(millis, nextTurn(millis), bad);
  }

  /// What is known of a thing that reports by itself is stored.
  ///
  /// @param millis as of then
  /// @param bad as for [#ran]
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

  /* Who reports keeps to the interval, give or take a tenth. When a run ends that goes on, and when
   * one that never reported does, nobody knows. */
  private static long nextReport(PushState state, PushTerms terms) {
    Instant heard = state.heard();
    return state.started() != null || heard == null
        ? Long.MIN_VALUE
        : heard.plus(terms.interval().multipliedBy(9).dividedBy(10)).toEpochMilli();
  }

  /// There are no more results.
  @Override
  public void close() {
    source.close();
  }
}
