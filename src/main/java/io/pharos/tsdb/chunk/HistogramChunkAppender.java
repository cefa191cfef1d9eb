package io.pharos.tsdb.chunk;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.ResetHints;

/// A growing chunk of native histograms, both counters and gauges.
public final class HistogramChunkAppender extends ChunkAppender {
  /* A new layout resets the columns to zero, as at the first sample. So the first values of a
   * layout are encoded like all others, and small counts take few bits. */

  private Histogram last;
  private HistogramLayout layout;
  private long[] columns;
  private int[] windows;

  /// Starts a chunk with its first sample.
  public HistogramChunkAppender(long timestampMillis, Histogram histogram) {
    super(timestampMillis);
    last = histogram;
    layout = HistogramLayout.of(histogram);
    columns = new long[(int) layout.columnCount()];
    windows = new int[columns.length];
    appendHint(ResetHints.first(histogram));
    appendLayout();
    appendColumns(histogram);
  }

  @Override
  public ChunkEncoding encoding() {
    return ChunkEncoding.HISTOGRAMS;
  }

  /// Appends a sample, which must be newer than the last.
  public void append(long timestampMillis, Histogram histogram) {
    appendTime(timestampMillis);
    appendHint(ResetHints.after(last, histogram));
    HistogramLayout newLayout = HistogramLayout.of(histogram);
    if (newLayout.equals(layout)) {
      write(0, 1);
    } else {
      layout = newLayout;
      columns = new long[(int) layout.columnCount()];
      windows = new int[columns.length];
      appendLayout();
    }
    appendColumns(histogram);
    last = histogram;
  }

  private void appendHint(ResetHint hint) {
    write(HistogramLayout.code(hint), 2);
  }

  private void appendLayout() {
    write(1, 1);
    var bytes = new ByteSink(64);
    layout.write(bytes);
    align();
    for (int i = 0; i < bytes.size(); i++) {
      write(bytes.array()[i] & 0xFF, 8);
    }
  }

  private void appendColumns(Histogram histogram) {
    long[] values = HistogramLayout.columns(histogram);
    for (int i = 0; i < values.length; i++) {
      windows[i] = appendDifference(values[i] ^ columns[i], windows[i]);
    }
    columns = values;
    countSample();
  }
}
