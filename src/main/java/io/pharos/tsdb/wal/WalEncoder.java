package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Frames;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.tsdb.start.StartRuns;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Builds the records of one commit in memory. Call [#series] for each series that the current
/// segment lacks, then [#samples] once, then [Wal#write].
public final class WalEncoder {
  private static final String[] NONE = {};

  private final ByteSink sink = new ByteSink(64 * 1024);
  private boolean written = true;
  private long seriesBytes;
  private long minTime;
  private long maxTime;
  private boolean late;

  /* Offset of the record of the commit's new series, or -1 without one. */
  private int seriesRecord = -1;

  /* The state of a reader of the segment. */
  private Map<String, Integer> symbols = new HashMap<>();
  private final SeriesValues values = new SeriesValues();
  private String[] lastNames = NONE;
  private String[] lastValues = NONE;

  /// Starts a new commit.
  void clear() {
    sink.clear();
    written = true;
    seriesRecord = -1;
    seriesBytes = 0;
    minTime = Long.MAX_VALUE;
    maxTime = Long.MIN_VALUE;
    late = false;
  }

  /// Starts a new segment.
  void beginSegment() {
    symbols = new HashMap<>();
    values.clear();
    lastNames = NONE;
    lastValues = NONE;
  }

  /// Whether a commit was started that may be missing in the segment. No other commit may follow it
  /// there, because a reader would assign its samples to wrong series.
  boolean isUnwritten() {
    return !written;
  }

  /// Declares the commit written.
  void written() {
    written = true;
  }

  /// Adds a series to the segment.
  ///
  /// @return its number in the segment, counted from 0
  public int series(Labels labels) {
    if (seriesRecord < 0) {
      seriesRecord = begin(WalFormat.TYPE_SERIES);
    }
    var names = new String[labels.size()];
    var texts = new String[names.length];
    var next = new int[1];
    labels.forEach(
        (name, value) -> {
          names[next[0]] = name;
          texts[next[0]++] = value;
        });
    if (names.length <= WalFormat.MAX_CHANGES && Arrays.equals(names, lastNames)) {
      sink.uvarint(0);
      changed(texts);
    } else {
      sink.uvarint(names.length + 1L);
      for (int i = 0; i < names.length; i++) {
        symbol(names[i]);
        symbol(texts[i]);
      }
    }
    lastNames = names;
    lastValues = texts;
    values.add();
    return values.size() - 1;
  }

  private void changed(String[] texts) {
    long changes = 0;
    for (int i = 0; i < texts.length; i++) {
      changes |= texts[i].equals(lastValues[i]) ? 0 : 1L << i;
    }
    sink.uvarint(changes);
    for (int i = 0; i < texts.length; i++) {
      if ((changes & 1L << i) != 0) {
        symbol(texts[i]);
      }
    }
  }

  private void symbol(String text) {
    Integer known = symbols.get(text);
    if (known != null) {
      sink.uvarint(known);
      return;
    }
    sink.uvarint(0);
    sink.string(text);
    if (symbols.size() < WalFormat.MAX_SYMBOLS) {
      symbols.put(text, symbols.size() + 1);
    }
  }

  /// Adds the samples of the commit as one record, so that a torn write loses the whole commit.
  ///
  /// @param series the numbers that [#series] returned
  /// @param histograms the samples that are histograms, null where a sample is a float; null if all
  ///   are floats
  public void samples(
      int count,
      int[] series,
      long[] timestamps,
      double[] floats,
      @Nullable Histogram @Nullable [] histograms) {
    samples(WalFormat.TYPE_SAMPLES, count, series, timestamps, floats, histograms);
  }

  /// Like [#samples], for a commit of accepted out-of-order samples only.
  public void late(
      int count,
      int[] series,
      long[] timestamps,
      double[] floats,
      @Nullable Histogram @Nullable [] histograms) {
    samples(WalFormat.TYPE_LATE, count, series, timestamps, floats, histograms);
    late = true;
  }

  private void samples(
      int type,
      int count,
      int[] series,
      long[] timestamps,
      double[] floats,
      @Nullable Histogram @Nullable [] histograms) {
    if (seriesRecord >= 0) {
      Frames.end(sink, seriesRecord);
      seriesBytes = (long) sink.size() - seriesRecord;
    }
    int start = begin(type);
    long base = timestamps[0];
    sink.uvarint(count);
    sink.varint(base);
    int next = 0;
    int from = 0;
    while (from < count) {
      int to = spanEnd(from, count, series, timestamps);
      int end = lineEnd(from, count, series);
      if (end > from + 1) {
        line(type, from, end, next, base, series, timestamps, floats, histograms);
        next = series[from] + 1;
        from = end;
        continue;
      }
      sink.uvarint(to - from);
      sink.varint((long) series[from] - next);
      sink.varint(timestamps[from] - base);
      if (type == WalFormat.TYPE_SAMPLES) {
        minTime = Math.min(minTime, timestamps[from]);
      }
      maxTime = Math.max(maxTime, timestamps[from]);
      span(from, to, series, floats, histograms);
      next = series[to - 1] + 1;
      from = to;
    }
    Frames.end(sink, start);
  }

  /// Adds the start timestamps of samples of the commit, after the samples. Only the first `count`
  /// are valid.
  ///
  /// @param series the numbers that [#series] returned
  /// @param times times of the samples, in Unix milliseconds
  /// @param starts Unix milliseconds, 0 for unknown
  public void starts(int count, int[] series, long[] times, long[] starts) {
    int start = begin(WalFormat.TYPE_STARTS);
    long base = times[0];
    sink.uvarint(count);
    sink.varint(base);
    int next = 0;
    for (int i = 0; i < count; i++) {
      sink.varint((long) series[i] - next);
      sink.varint(times[i] - base);
      StartRuns.writeStart(sink, starts[i], base);
      next = series[i] + 1;
    }
    Frames.end(sink, start);
  }

  /* End of a span: consecutive series at the same time. */
  private static int spanEnd(int from, int count, int[] series, long[] timestamps) {
    int to = from + 1;
    while (to < count && series[to] == series[to - 1] + 1 && timestamps[to] == timestamps[from]) {
      to++;
    }
    return to;
  }

  /* End of a line: one series at several times, as from a sender that catches up. */
  private static int lineEnd(int from, int count, int[] series) {
    int to = from + 1;
    while (to < count && series[to] == series[from]) {
      to++;
    }
    return to;
  }

  private void line(
      int type,
      int from,
      int to,
      int next,
      long base,
      int[] series,
      long[] timestamps,
      double[] floats,
      @Nullable Histogram @Nullable [] histograms) {
    sink.uvarint(WalFormat.LINE);
    sink.uvarint(to - from);
    sink.varint((long) series[from] - next);
    long last = base;
    long step = 0;
    for (int i = from; i < to; i++) {
      long time = timestamps[i];
      sink.varint(time - last - step);
      step = i == from ? 0 : time - last;
      last = time;
      span(i, i + 1, series, floats, histograms);
      if (type == WalFormat.TYPE_SAMPLES) {
        minTime = Math.min(minTime, time);
      }
      maxTime = Math.max(maxTime, time);
    }
  }

  private void span(
      int from,
      int to,
      int[] series,
      double[] floats,
      @Nullable Histogram @Nullable [] histograms) {
    int i = from;
    while (i < to) {
      Histogram histogram = histograms == null ? null : histograms[i];
      if (histogram != null) {
        sink.u8(SeriesValues.HISTOGRAM);
        histogram(histogram);
        i++;
        continue;
      }
      int run = run(i, Math.min(to, i + SeriesValues.MAX_RUN), series, floats, histograms);
      if (run >= 2) {
        sink.u8(SeriesValues.RUN + run - 2);
        i += run;
      } else {
        values.write(sink, series[i], floats[i]);
        i++;
      }
    }
  }

  private int run(
      int from,
      int to,
      int[] series,
      double[] floats,
      @Nullable Histogram @Nullable [] histograms) {
    int i = from;
    while (i < to
        && (histograms == null || histograms[i] == null)
        && values.isLast(series[i], floats[i])) {
      i++;
    }
    return i - from;
  }

  private void histogram(Histogram histogram) {
    sink.u8(HistogramLayout.code(histogram.hint()));
    HistogramLayout.of(histogram).write(sink);
    for (long column : HistogramLayout.columns(histogram)) {
      sink.trimmed(column);
    }
  }

  private int begin(int type) {
    written = false;
    int start = Frames.begin(sink);
    sink.u8(type);
    return start;
  }

  /// The encoded commit; only the first [#size] bytes are valid.
  byte[] array() {
    return sink.array();
  }

  /// Length of the encoded commit in bytes.
  int size() {
    return sink.size();
  }

  /// Length of the records of new series in bytes.
  long seriesBytes() {
    return seriesBytes;
  }

  /// Whether the samples are out-of-order samples.
  boolean isLate() {
    return late;
  }

  /// Earliest timestamp of the samples, or `Long.MAX_VALUE` without in-order samples.
  long minTime() {
    return minTime;
  }

  /// Latest timestamp of the samples, or `Long.MIN_VALUE` without any.
  public long maxTime() {
    return maxTime;
  }
}
