package io.pharos.tsdb.start;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.storage.SampleWindow;
import java.util.Arrays;

/// The start timestamps of a series' samples as runs: all samples from a run's time up to the next
/// run have the same start. The start is unknown before the first run, and in runs with start 0.
/// Immutable.
public final class StartRuns {
  /* The arrays may have spare capacity after `count`. Several objects may share the arrays; only
   * the newest object writes to the spare capacity, which the others do not read. Only one thread
   * at a time creates objects. */
  private static final int FIRST_SIZE = 2;

  /// No known start timestamps.
  public static final StartRuns NONE = new StartRuns(new long[0], new long[0], 0);

  private final long[] times;
  private final long[] starts;
  private final int count;

  private StartRuns(long[] times, long[] starts, int count) {
    this.times = times;
    this.starts = starts;
    this.count = count;
  }

  /// Whether no start timestamp is known.
  public boolean isEmpty() {
    return count == 0;
  }

  /// Number of runs.
  public int count() {
    return count;
  }

  /// Unix milliseconds of the first sample of a run.
  public long time(int run) {
    return times[run];
  }

  /// Start timestamp of a run in Unix milliseconds; 0 for unknown.
  public long start(int run) {
    return starts[run];
  }

  /// Start timestamp of the last run in Unix milliseconds; 0 for unknown.
  public long last() {
    return count == 0 ? 0 : starts[count - 1];
  }

  /// Returns these runs with another one. Call it only on the newest object of a series, under a
  /// lock.
  ///
  /// @param timeMillis time of the run's first sample. If the last run has the same time, it is
  ///   replaced; a run with an earlier time is ignored
  /// @param startMillis 0 for unknown
  public StartRuns with(long timeMillis, long startMillis) {
    if (startMillis == last() || (count > 0 && timeMillis < times[count - 1])) {
      return this;
    }
    if (count > 0 && timeMillis == times[count - 1]) {
      long[] changed = starts.clone();
      changed[count - 1] = startMillis;
      return new StartRuns(times.clone(), changed, count);
    }
    boolean full = count == times.length;
    int length = Math.max(FIRST_SIZE, 2 * count);
    long[] newTimes = full ? Arrays.copyOf(times, length) : times;
    long[] newStarts = full ? Arrays.copyOf(starts, length) : starts;
    newTimes[count] = timeMillis;
    newStarts[count] = startMillis;
    return new StartRuns(newTimes, newStarts, count + 1);
  }

  /// Returns the runs of the samples at or after a time.
  public StartRuns from(long timeMillis) {
    int first = runAt(timeMillis);
    return first <= 0
        ? this
        : new StartRuns(
            Arrays.copyOfRange(times, first, count),
            Arrays.copyOfRange(starts, first, count),
            count - first);
  }

  /// Returns the runs of the samples of a window; [#NONE] if no start in the window is known.
  ///
  /// @param endMillis end of the window, exclusive
  public StartRuns within(long startMillis, long endMillis) {
    int first = Math.max(0, runAt(startMillis));
    int end = runAt(endMillis - 1) + 1;
    boolean hasStart = false;
    for (int i = first; i < end; i++) {
      hasStart |= starts[i] != 0;
    }
    if (!hasStart) {
      return NONE;
    }
    long[] clipped = Arrays.copyOfRange(times, first, end);
    clipped[0] = Math.max(clipped[0], startMillis);
    return new StartRuns(clipped, Arrays.copyOfRange(starts, first, end), end - first);
  }

  /// Index of the last run that begins at or before a time, or -1.
  private int runAt(long timeMillis) {
    int found = Arrays.binarySearch(times, 0, count, timeMillis);
    return found >= 0 ? found : -found - 2;
  }

  /// Sets the start timestamps of the samples of a window from index `first` on.
  public void applyTo(SampleWindow window, int first) {
    if (count == 0 || first >= window.size()) {
      return;
    }
    int run = runAt(window.timestamp(first));
    for (int i = first; i < window.size(); i++) {
      while (run + 1 < count && times[run + 1] <= window.timestamp(i)) {
        run++;
      }
      if (run >= 0 && starts[run] != 0) {
        window.setStart(i, starts[run]);
      }
    }
  }

  /// Appends the runs to a sink, relative to a time.
  public void write(ByteSink sink, long baseMillis) {
    sink.uvarint(count);
    for (int i = 0; i < count; i++) {
      sink.varint(times[i] - baseMillis);
      writeStart(sink, starts[i], baseMillis);
    }
  }

  /// Reads runs that [#write] wrote.
  ///
  /// @throws CorruptDataException when the runs are malformed
  public static StartRuns read(ByteSource source, long baseMillis) {
    int count = source.count(2);
    long[] times = new long[count];
    long[] starts = new long[count];
    for (int i = 0; i < count; i++) {
      times[i] = source.varint() + baseMillis;
      starts[i] = readStart(source, baseMillis);
      if (i > 0 && times[i] <= times[i - 1]) {
        throw new CorruptDataException("the times of start timestamps are not increasing");
      }
    }
    return new StartRuns(times, starts, count);
  }

  /// Appends a start timestamp as its difference from a time. Differences of 0 and more are
  /// incremented, because 0 means an unknown start.
  public static void writeStart(ByteSink sink, long startMillis, long baseMillis) {
    long difference = startMillis - baseMillis;
    sink.varint(startMillis == 0 ? 0 : difference < 0 ? difference : difference + 1);
  }

  /// Reads a start timestamp that [#writeStart] wrote.
  public static long readStart(ByteSource source, long baseMillis) {
    long encoded = source.varint();
    return encoded == 0 ? 0 : baseMillis + (encoded < 0 ? encoded : encoded - 1);
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : ", ").append(times[i]).append(": ").append(starts[i]);
    }
    return text.toString();
  }

  /// The start timestamps of a series in memory, and the last one that was logged.
  public static final class OfSeries {
    /* Guarded by the series' monitor. */
    private StartRuns runs = NONE;

    /* The last logged start timestamp and the segment that contains it, or segment -1 if none was
     * logged. Guarded by the store's commit lock. */
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

    /// Returns whether the log must record a start timestamp, because the current segment does not
    /// contain it and segments are read independently. If so, assumes that the caller records it.
    public boolean mustLog(int segment, long startMillis) {
      if (loggedSegment == segment && logged == startMillis) {
        return false;
      }
      loggedSegment = segment;
      logged = startMillis;
      return true;
    }
  }
}
