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
  private final ByteSink sink = new ByteSink(64 * 1024);
  private boolean written = true;
  private long seriesBytes;
  private long minTime;
  private long maxTime;

  /* What a reader of the segment knows by now. */
  private Map<String, Integer> symbols = new HashMap<>();
  private int seriesCount;
  private long[] lastBits = new long[64];

  /// Forgets the commit before.
  void clear() {
    sink.clear();
    written = true;
    seriesBytes = 0;
    minTime = Long.MAX_VALUE;
    maxTime = Long.MIN_VALUE;
  }

  /// Forgets the segment before.
  void beginSegment() {
    symbols = new HashMap<>();
    seriesCount = 0;
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
    int start = begin(WalFormat.TYPE_SERIES);
    sink.uvarint(labels.size());
    labels.forEach(
        (name, value) -> {
          symbol(name);
          symbol(value);
        });
    Frames.end(sink, start);
    seriesBytes += sink.size() - start;
    if (seriesCount == lastBits.length) {
      lastBits = Arrays.copyOf(lastBits, seriesCount * 2);
    }
    lastBits[seriesCount] = 0;
    return seriesCount++;
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
      double[] values,
      @Nullable Histogram @Nullable [] histograms) {
    int start = begin(histograms == null ? WalFormat.TYPE_SAMPLES : WalFormat.TYPE_MIXED);
    long base = timestamps[0];
    sink.uvarint(count);
    sink.varint(base);
    int next = 0;
    for (int i = 0; i < count; i++) {
      int number = series[i];
      long time = timestamps[i];
      minTime = Math.min(minTime, time);
      maxTime = Math.max(maxTime, time);
      Histogram histogram = histograms == null ? null : histograms[i];
      long bits = Double.doubleToRawLongBits(values[i]);
      long difference = bits ^ lastBits[number];
      int change = histogram == null ? ValueChange.code(difference) : WalFormat.HISTOGRAM;
      sink.u8(
          change
              | (time == base ? 0 : WalFormat.HAS_TIME)
              | (number == next ? 0 : WalFormat.HAS_STEP));
      if (number != next) {
        sink.varint(number - next);
      }
      if (time != base) {
        sink.varint(time - base);
      }
      if (histogram == null) {
        ValueChange.write(sink, change, difference);
        lastBits[number] = bits;
      } else {
        histogram(histogram);
      }
      next = number + 1;
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
      sink.varint(series[i] - next);
      sink.varint(times[i] - base);
      StartRuns.writeStart(sink, starts[i], base);
      next = series[i] + 1;
    }
    Frames.end(sink, start);
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

  /// The least timestamp of the samples, or `Long.MAX_VALUE` without any.
  long minTime() {
    return minTime;
  }

  /// The greatest timestamp of the samples, or `Long.MIN_VALUE` without any.
  long maxTime() {
    return maxTime;
  }
}
