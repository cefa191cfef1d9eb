package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Frames;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.start.StartRuns;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Builds the records of one commit in memory. Call [#series] for each series that is not in the
/// current segment yet, then [#samples] once, then [Wal#write].
public final class WalEncoder {
  private static final String[] NONE = {};

  private final ByteSink sink = new ByteSink(64 * 1024);
  private boolean written = true;

  /// Length of the records of new series in bytes.
  long seriesBytes;

  /// Earliest timestamp of the samples, or `Long.MAX_VALUE` without in-order samples.
  long minTime;

  private long maxTime;
  private boolean late;

  /* Offset of the record with the commit's new series, or -1 if there is none. */
  private int seriesRecord = -1;

  /* The state that a reader of the segment has after the last record: the numbered strings, and the
   * values and labels relative to which the next ones are encoded. */
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

  /// Whether a commit was started but may not be in the segment. No other commit may follow in that
  /// segment, because a reader would assign its samples to wrong series.
  boolean isUnwritten() {
    return !written;
  }

  /// Marks the commit as written.
  void written() {
    written = true;
  }

  /// Adds a series to the segment.
  ///
  /// @return the number of the series in the segment, counted from 0
  public int series(Labels labels) {
    if (seriesRecord < 0) {
      seriesRecord = begin(SegmentReader.TYPE_SERIES);
    }
    var names = new String[labels.size()];
    var texts = new String[names.length];
    var next = new int[1];
    labels.forEach(
        (name, value) -> {
          names[next[0]] = name;
          texts[next[0]++] = value;
        });
    if (names.length <= SegmentReader.MAX_CHANGES && Arrays.equals(names, lastNames)) {
      sink.uvarint(0);
      writeChanges(texts);
    } else {
      sink.uvarint(names.length + 1L);
      for (int i = 0; i < names.length; i++) {
        writeSymbol(names[i]);
        writeSymbol(texts[i]);
      }
    }
    lastNames = names;
    lastValues = texts;
    values.add();
    return values.size() - 1;
  }

  private void writeChanges(String[] texts) {
    long changes = 0;
    for (int i = 0; i < texts.length; i++) {
      changes |= texts[i].equals(lastValues[i]) ? 0 : 1L << i;
    }
    sink.uvarint(changes);
    for (int i = 0; i < texts.length; i++) {
      if ((changes & 1L << i) != 0) {
        writeSymbol(texts[i]);
      }
    }
  }

  private void writeSymbol(String text) {
    Integer number = symbols.get(text);
    if (number != null) {
      sink.uvarint(number);
      return;
    }
    sink.uvarint(0);
    sink.string(text);
    if (symbols.size() < SegmentReader.MAX_SYMBOLS) {
      symbols.put(text, symbols.size() + 1);
    }
  }

  /// Adds the samples of the commit as one record, so that a torn write loses the whole commit.
  ///
  /// @param series the numbers that [#series] returned
  public void samples(int[] series, SampleWindow samples) {
    samples(SegmentReader.TYPE_SAMPLES, series, samples);
  }

  /// Like [#samples], for a commit that consists of accepted out-of-order samples.
  public void late(int[] series, SampleWindow samples) {
    samples(SegmentReader.TYPE_LATE, series, samples);
    late = true;
  }

  private void samples(int type, int[] series, SampleWindow samples) {
    if (seriesRecord >= 0) {
      Frames.end(sink, seriesRecord);
      seriesBytes = (long) sink.size() - seriesRecord;
    }
    int start = begin(type);
    int count = samples.size();
    long base = samples.timestamp(0);
    sink.uvarint(count);
    sink.varint(base);
    int next = 0;
    int from = 0;
    while (from < count) {
      int to = lineEnd(from, series, count);
      if (to > from + 1) {
        writeLine(from, to, next, series, samples);
        for (int i = from; i < to; i++) {
          noteTime(type, samples.timestamp(i));
        }
      } else {
        noteTime(type, samples.timestamp(from));
        to = spanEnd(from, series, samples);
        sink.uvarint(to - from);
        sink.varint((long) series[from] - next);
        sink.varint(samples.timestamp(from) - base);
        writeSpan(from, to, series, samples);
      }
      next = series[to - 1] + 1;
      from = to;
    }
    Frames.end(sink, start);
  }

  private void noteTime(int type, long time) {
    if (type == SegmentReader.TYPE_SAMPLES) {
      minTime = Math.min(minTime, time);
    }
    maxTime = Math.max(maxTime, time);
  }

  /// Adds the start timestamps of samples of the commit; call it after the samples were added. Only
  /// the first `count` elements of the arrays are valid.
  ///
  /// @param series the numbers that [#series] returned
  /// @param times times of the samples, in Unix milliseconds
  /// @param starts start timestamps in Unix milliseconds, 0 for unknown
  public void starts(int count, int[] series, long[] times, long[] starts) {
    int start = begin(SegmentReader.TYPE_STARTS);
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

  /* Returns the end of a span: samples of consecutive series at the same time. */
  private static int spanEnd(int from, int[] series, SampleWindow samples) {
    long time = samples.timestamp(from);
    int to = from + 1;
    while (to < samples.size()
        && series[to] == series[to - 1] + 1
        && samples.timestamp(to) == time) {
      to++;
    }
    return to;
  }

  /* Returns the end of a line: samples of one series at several times, as from a sender that
   * catches up. */
  private static int lineEnd(int from, int[] series, int count) {
    int to = from + 1;
    while (to < count && series[to] == series[from]) {
      to++;
    }
    return to;
  }

  private void writeLine(int from, int to, int next, int[] series, SampleWindow samples) {
    sink.uvarint(SegmentReader.LINE);
    sink.uvarint(to - from);
    sink.varint((long) series[from] - next);
    long last = samples.timestamp(0);
    long step = 0;
    for (int i = from; i < to; i++) {
      long time = samples.timestamp(i);
      sink.varint(time - last - step);
      step = i == from ? 0 : time - last;
      last = time;
      writeSpan(i, i + 1, series, samples);
    }
  }

  private void writeSpan(int from, int to, int[] series, SampleWindow samples) {
    int i = from;
    while (i < to) {
      Histogram histogram = samples.histogram(i);
      if (histogram != null) {
        sink.u8(SeriesValues.HISTOGRAM);
        writeHistogram(histogram);
        i++;
        continue;
      }
      int run = runLength(i, Math.min(to, i + SeriesValues.MAX_RUN), series, samples);
      if (run >= 2) {
        sink.u8(SeriesValues.RUN + run - 2);
        i += run;
      } else {
        values.write(sink, series[i], samples.value(i));
        i++;
      }
    }
  }

  private int runLength(int from, int to, int[] series, SampleWindow samples) {
    int i = from;
    while (i < to && samples.histogram(i) == null && values.isLast(series[i], samples.value(i))) {
      i++;
    }
    return i - from;
  }

  private void writeHistogram(Histogram histogram) {
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

  /// Whether the samples are out-of-order samples.
  boolean isLate() {
    return late;
  }

  /// Latest timestamp of the samples, or `Long.MIN_VALUE` without any.
  public long maxTime() {
    return maxTime;
  }
}
