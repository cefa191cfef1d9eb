package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Frames;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Builds the records of one commit in memory. Call [#series] for each series that the current
/// segment does not know yet, then [#samples] once, then hand it to [Wal#write].
public final class WalEncoder {
  private final ByteSink sink = new ByteSink(64 * 1024);
  private long seriesBytes;
  private long minTime;
  private long maxTime;

  /// Forgets everything.
  void clear() {
    sink.clear();
    seriesBytes = 0;
    minTime = Long.MAX_VALUE;
    maxTime = Long.MIN_VALUE;
  }

  public void series(long ref, Labels labels) {
    int start = begin(WalFormat.TYPE_SERIES);
    sink.uvarint(ref);
    sink.uvarint(labels.size());
    labels.forEach(
        (name, value) -> {
          sink.string(name);
          sink.string(value);
        });
    Frames.end(sink, start);
    seriesBytes += sink.size() - start;
  }

  /// Adds the samples of the commit; all of them are one record, so that a torn write loses the
  /// commit as a whole.
  ///
  /// @param histograms the samples that are histograms, null where a sample is a float; null if all
  ///   of them are floats
  public void samples(
      int count,
      long[] refs,
      long[] timestamps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms) {
    int start = begin(histograms == null ? WalFormat.TYPE_SAMPLES : WalFormat.TYPE_MIXED);
    long base = timestamps[0];
    sink.uvarint(count);
    sink.varint(base);
    long ref = 0;
    for (int i = 0; i < count; i++) {
      long time = timestamps[i];
      minTime = Math.min(minTime, time);
      maxTime = Math.max(maxTime, time);
      sink.varint(refs[i] - ref);
      ref = refs[i];
      Histogram histogram = histograms == null ? null : histograms[i];
      long bits = Double.doubleToRawLongBits(values[i]);
      int valueBytes = 8 - Long.numberOfTrailingZeros(bits) / 8;
      int control = histogram == null ? valueBytes : WalFormat.HISTOGRAM;
      if (time == base) {
        sink.u8(control);
      } else {
        sink.u8(WalFormat.HAS_TIME | control);
        sink.varint(time - base);
      }
      if (histogram == null) {
        sink.topBytes(bits, valueBytes);
      } else {
        histogram(histogram);
      }
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

  /// How many bytes of it say what references stand for.
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
