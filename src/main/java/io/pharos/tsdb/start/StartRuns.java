package io.pharos.tsdb.start;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.storage.SampleWindow;
import java.util.Arrays;

/// The start timestamps of a series' samples, as runs: from a time on, samples count from a start,
/// up to the next run. Before the first run, and where the start is 0, nobody knows. Immutable.
public final class StartRuns {
  /* The arrays may have room behind `count`, which the newest of those that share them fills: what
   * the others see of them does not change. Only one thread at a time makes such. */
  private static final int FIRST_SIZE = 2;

  /// Of samples whose start nobody knows.
  public static final StartRuns NONE = new StartRuns(new long[0], new long[0], 0);

  private final long[] times;
  private final long[] starts;
  private final int count;

  private StartRuns(long[] times, long[] starts, int count) {
    this.times = times;
    this.starts = starts;
    this.count = count;
  }

  /// Whether there is none.
  public boolean isEmpty() {
    return count == 0;
  }

  public int count() {
    return count;
  }

  /// Unix milliseconds of the first sample of a run.
  public long time(int run) {
    return times[run];
  }

  /// From when on the samples of a run count, in Unix milliseconds; 0 for unknown.
  public long start(int run) {
    return starts[run];
  }

  /// From when on the newest samples count, in Unix milliseconds; 0 for unknown.
  public long last() {
    return count == 0 ? 0 : starts[count - 1];
  }

  /// These runs and that samples from a time on count from another start. To be called on the
  /// newest only, under a lock.
  ///
  /// @param timeMillis not before the last run's; one of that time is replaced
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

  /// What is left of them for samples from a time on.
  public StartRuns from(long timeMillis) {
    int first = at(timeMillis);
    return first <= 0
        ? this
        : new StartRuns(
            Arrays.copyOfRange(times, first, count),
            Arrays.copyOfRange(starts, first, count),
            count - first);
  }

  /// What of them is of the samples of a window; none if nobody knows anything there.
  ///
  /// @param endMillis no sample is at it or behind it
  public StartRuns within(long startMillis, long endMillis) {
    int first = Math.max(0, at(startMillis));
    int end = at(endMillis - 1) + 1;
    boolean known = false;
    for (int i = first; i < end; i++) {
      known |= starts[i] != 0;
    }
    if (!known) {
      return NONE;
    }
    long[] clipped = Arrays.copyOfRange(times, first, end);
    clipped[0] = Math.max(clipped[0], startMillis);
    return new StartRuns(clipped, Arrays.copyOfRange(starts, first, end), end - first);
  }

  /// The last run that begins at a time or before it, or -1.
  private int at(long timeMillis) {
    int found = Arrays.binarySearch(times, 0, count, timeMillis);
    return found >= 0 ? found : -found - 2;
  }

  /// Tells the samples of a window from one on what they count from.
  public void applyTo(SampleWindow window, int first) {
    if (count == 0 || first >= window.size()) {
      return;
    }
    int run = at(window.timestamp(first));
    for (int i = first; i < window.size(); i++) {
      while (run + 1 < count && times[run + 1] <= window.timestamp(i)) {
        run++;
      }
      if (run >= 0 && starts[run] != 0) {
        window.start(i, starts[run]);
      }
    }
  }

  /// Writes them, relative to a time.
  public void write(ByteSink sink, long baseMillis) {
    sink.uvarint(count);
    for (int i = 0; i < count; i++) {
      sink.varint(times[i] - baseMillis);
      writeStart(sink, starts[i], baseMillis);
    }
  }

  /// The inverse of [#write].
  ///
  /// @throws CorruptDataException when that is not what was written
  public static StartRuns read(ByteSource source, long baseMillis) {
    int count = source.count(2);
    long[] times = new long[count];
    long[] starts = new long[count];
    for (int i = 0; i < count; i++) {
      times[i] = source.varint() + baseMillis;
      starts[i] = readStart(source, baseMillis);
      if (i > 0 && times[i] <= times[i - 1]) {
        throw new CorruptDataException("start timestamps whose times do not grow");
      }
    }
    return new StartRuns(times, starts, count);
  }

  /// Writes a start as the difference to a time, one more where that is not below 0, so that 0 is
  /// left for what nobody knows.
  public static void writeStart(ByteSink sink, long startMillis, long baseMillis) {
    long difference = startMillis - baseMillis;
    sink.varint(startMillis == 0 ? 0 : difference < 0 ? difference : difference + 1);
  }

  /// The inverse of [#writeStart].
  public static long readStart(ByteSource source, long baseMillis) {
    long said = source.varint();
    return said == 0 ? 0 : baseMillis + (said < 0 ? said : said - 1);
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : ", ").append(times[i]).append(": ").append(starts[i]);
    }
    return text.toString();
  }
}
