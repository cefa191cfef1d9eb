package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects the samples of one commit while they are read. Reused for the next commit.
final class SampleColumns {
  private long[] refs = new long[1024];
  private long[] timestamps = new long[1024];
  private double[] values = new double[1024];
  private final List<@Nullable Histogram> histograms = new ArrayList<>();
  private int size;

  /// Starts another commit.
  ///
  /// @param count number of its samples
  void begin(int count) {
    if (refs.length < count) {
      refs = new long[count];
      timestamps = new long[count];
      values = new double[count];
    }
    histograms.clear();
    size = 0;
  }

  void add(long ref, long timestamp, double value) {
    refs[size] = ref;
    timestamps[size] = timestamp;
    values[size++] = value;
    if (!histograms.isEmpty()) {
      histograms.add(null);
    }
  }

  void add(long ref, long timestamp, Histogram histogram) {
    while (histograms.size() < size) {
      histograms.add(null);
    }
    refs[size] = ref;
    timestamps[size] = timestamp;
    values[size++] = Double.NaN;
    histograms.add(histogram);
  }

  /// The added samples, valid until the next [#begin].
  WalRecord.Samples record() {
    return new WalRecord.Samples(
        size,
        refs,
        timestamps,
        values,
        histograms.isEmpty() ? null : histograms.toArray(new @Nullable Histogram[0]));
  }

  /// Reads a histogram.
  static Histogram histogram(ByteSource source) {
    ResetHint hint = HistogramLayout.hint(source.u8());
    HistogramLayout layout = HistogramLayout.read(source);
    /* Each column takes at least one byte. */
    if (layout.columnCount() > source.remaining()) {
      throw new CorruptDataException(
          layout.columnCount() + " values where only " + source.remaining() + " bytes remain");
    }
    var columns = new long[(int) layout.columnCount()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = source.trimmed();
    }
    return layout.histogram(hint, columns);
  }
}
