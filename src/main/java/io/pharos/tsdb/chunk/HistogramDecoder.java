package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.WINDOW_BITS;
import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.difference;
import static io.pharos.tsdb.chunk.Bits.window;
import static java.util.Objects.requireNonNull;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.SampleWindow;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Reads encoded histograms from the first sample on. Damaged data yields wrong samples or a
/// [CorruptDataException], but neither an endless loop nor more memory than its size justifies. The
/// caller verifies checksums.
final class HistogramDecoder extends Bits.TimeReader {
  private ResetHint hint = ResetHint.UNKNOWN;
  private @Nullable HistogramLayout layout;
  private long[] columns = {};
  private int[] windows = {};

  HistogramDecoder(byte[] data) {
    this.data = data;
  }

  /// Appends those of the first `count` samples to the window that lie in the closed interval.
  void read(int count, long fromMillis, long toMillis, SampleWindow window) {
    for (int i = 0; i < count; i++) {
      if (at > 8L * data.length) {
        throw new CorruptDataException("a chunk ends after " + i + " of " + count + " histograms");
      }
      if (i == 0) {
        readFirstTime();
      } else {
        readTime();
      }
      if (time > toMillis) {
        return;
      }
      readHintAndLayout();
      for (int c = 0; c < columns.length; c++) {
        readColumn(c);
      }
      if (time >= fromMillis) {
        window.add(time, requireNonNull(layout).histogram(hint, columns));
      }
    }
  }

  private void readHintAndLayout() {
    hint = HistogramLayout.hint((int) bits(data, at, 2));
    boolean newLayout = bits(data, at + 2, 1) == 1;
    at += 3;
    if (newLayout) {
      var source = new ByteSource(MemorySegment.ofArray(data));
      source.position(Math.min(data.length, (at + 7) >>> 3));
      layout = HistogramLayout.read(source);
      at = 8 * (int) source.position();
      /* Each column takes at least one bit. */
      if (layout.columnCount() > 8 * source.remaining()) {
        throw new CorruptDataException(
            layout.columnCount() + " values where only " + source.remaining() + " bytes remain");
      }
      columns = new long[(int) layout.columnCount()];
      windows = new int[columns.length];
    } else if (layout == null) {
      throw new CorruptDataException("the first histogram of a chunk has no layout");
    }
  }

  private void readColumn(int c) {
    int control = (int) bits(data, at, 2);
    if (control < 0b10) {
      at += 1;
      return;
    }
    if (control == 0b10) {
      at += 2;
    } else {
      windows[c] = window(data, at + 2);
      at += 2 + WINDOW_BITS;
    }
    columns[c] ^= difference(data, at, windows[c]);
    at += windows[c] & 0x7F;
  }
}
