package io.pharos.tsdb.start;

/// The start timestamps of a series in memory, and what the log says of them.
public final class SeriesStarts {
  private static final int NOWHERE = -1;

  /* Guarded by the series' monitor. */
  private StartRuns runs = StartRuns.NONE;

  /* Guarded by the store's commit lock. */
  private int saidIn = NOWHERE;
  private long said;

  /// What is known now.
  public StartRuns runs() {
    return runs;
  }

  public void runs(StartRuns changed) {
    runs = changed;
  }

  /// Whether the log has to say what a sample counts from, which it does then: each segment is read
  /// alone.
  public boolean mustLog(int segment, long startMillis) {
    if (saidIn == segment && said == startMillis) {
      return false;
    }
    saidIn = segment;
    said = startMillis;
    return true;
  }
}
