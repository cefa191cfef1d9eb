package io.pharos.tsdb.start;

/// The start timestamps of a series in memory, and what the log has recorded of them.
public final class SeriesStarts {
  /* Guarded by the series' monitor. */
  private StartRuns runs = StartRuns.NONE;

  /* The last recorded start and its segment, -1 for none. Guarded by the store's commit lock. */
  private int loggedSegment = -1;
  private long logged;

  /// The start timestamps.
  public StartRuns runs() {
    return runs;
  }

  /// Replaces the start timestamps.
  public void runs(StartRuns changed) {
    runs = changed;
  }

  /// Whether the log must record a start timestamp because the segment does not contain it:
  /// segments are read independently. Assumes that the caller then records it.
  public boolean mustLog(int segment, long startMillis) {
    if (loggedSegment == segment && logged == startMillis) {
      return false;
    }
    loggedSegment = segment;
    logged = startMillis;
    return true;
  }
}
