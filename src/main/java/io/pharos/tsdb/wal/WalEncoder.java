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
/// segment does not know yet, then [#samples] once, then hand it to [Wal#write].
public final class WalEncoder {
  private static final String[] NONE = {};

  private final ByteSink sink = new ByteSink(64 * 1024);
  private boolean written = true;
  private long seriesBytes;
  private long minTime;
  private long maxTime;
  private boolean late;

  /* Where the record of the commit's new series begins, or -1 before there is one. */
  private int seriesRecord = -1;

  /* What a reader of the segment knows by now. */
  private Map<String, Integer> symbols = new HashMap<>();
  private final SeriesValues values = new SeriesValues();
  private String[] lastNames = NONE;
  private String[] lastValues = NONE;

  /// Forgets the commit before.
  void clear() {
    sink.clear();
    written = true;
    seriesRecord = -1;
    seriesBytes = 0;
    minTime = Long.MAX_VALUE;
    maxTime = Long.MIN_VALUE;
    late = false;
  }

  /// Forgets the segment before.
  void beginSegment() {
    symbols = new HashMap<>();
    values.clear();
    lastNames = NONE;
    lastValues = NONE;
  }

  /// Whether a commit was begun of which the segment may lack something: no other can follow it
  /// there, since a reader would take its samples for those of other series.
  boolean isUnwritten() {
    return !written;
  }

  void written() {
    written = true;
  }

  /// Says that a series is in the segment from here on.
  ///
  /// @return its number there, counted from 0
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

  /// Adds the samples of the commit; all of them are one record, so that a torn write loses the
  /// commit as a whole.
  ///
  /// @param series the numbers that [#series] gave
  /// @param histograms the samples that are histograms, null where a sample is a float; null if all
  ///   of them are floats
  public void samples(
      int count,
      int[] series,
      long[] timestamps,
      double[] floats,
      @Nullable Histogram @Nullable [] histograms) {
    samples(WalFormat.TYPE_SAMPLES, count, series, timestamps, floats, histograms);
  }

  /// As [#samples], for samples that came out of order and were accepted: a commit of such alone.
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

  /// Says from when on samples of the commit count, behind them. Only the first `count` are valid.
  ///
  /// @param series the numbers that [#series] gave
  /// @param times of the samples, in Unix milliseconds
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

  /* Series that follow each other, at one time. */
  private static int spanEnd(int from, int count, int[] series, long[] timestamps) {
    int to = from + 1;
    while (to < count && series[to] == series[to - 1] + 1 && timestamps[to] == timestamps[from]) {
      to++;
    }
    return to;
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

  byte[] array() {
    return sink.array();
  }

  int size() {
    return sink.size();
  }

  /// How many bytes of it say what the series of the segment are.
  long seriesBytes() {
    return seriesBytes;
  }

  /// Whether they are samples that came out of order.
  boolean isLate() {
    return late;
  }

  /// The least timestamp of the samples, or `Long.MAX_VALUE` without any but such that came out of
  /// order.
  long minTime() {
    return minTime;
  }

  /// The greatest timestamp of the samples, or `Long.MIN_VALUE` without any.
  public long maxTime() {
    return maxTime;
  }
}
