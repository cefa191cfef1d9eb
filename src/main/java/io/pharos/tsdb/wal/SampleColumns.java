package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.SampleWindow;

/// Collects the samples of one commit while they are read. Reused for the next commit.
final class SampleColumns {
  private long[] refs = new long[1024];
  private final SampleWindow samples = new SampleWindow(1024);

  /// Starts another commit.
  ///
  /// @param count number of its samples
  void begin(int count) {
    if (refs.length < count) {
      refs = new long[count];
    }
    samples.clear();
    samples.reserve(count);
  }

  /// Adds a float.
  void add(long ref, long timestamp, double value) {
    refs[samples.size()] = ref;
    samples.add(timestamp, value);
  }

  /// Adds a histogram.
  void add(long ref, long timestamp, Histogram histogram) {
    refs[samples.size()] = ref;
    samples.add(timestamp, histogram);
  }

  /// The added samples, valid until the next [#begin].
  WalRecord.Samples record() {
    return new WalRecord.Samples(refs, samples);
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
