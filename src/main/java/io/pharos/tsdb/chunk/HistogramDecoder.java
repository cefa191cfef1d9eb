package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.bits64;
import static io.pharos.tsdb.chunk.Bits.payload;
import static io.pharos.tsdb.chunk.Bits.signed;
import static java.util.Objects.requireNonNull;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.SampleWindow;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Reads encoded histograms, from the first sample on. Damaged data gives wrong samples or a
/// [CorruptDataException], but neither an endless loop nor more memory than a bit of data can ask
/// for; checksums are the caller's business.
final class HistogramDecoder {
  private final byte[] data;
  private int at;
  private long time;
  private long delta;
  private ResetHint hint = ResetHint.UNKNOWN;
  private @Nullable HistogramLayout layout;
  private long[] columns = {};
  private int[] windows = {};

  HistogramDecoder(byte[] data) {
    this.data = data;
  }

  /// Appends those of the first `count` samples that lie in the closed interval to the window.
  void read(int count, long fromMillis, long toMillis, SampleWindow window) {
    for (int i = 0; i < count; i++) {
      if (at > 8L * data.length) {
        throw new CorruptDataException("a chunk ends after " + i + " of " + count + " histograms");
      }
      readTime(i);
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

  private void readTime(int sample) {
    if (sample == 0) {
      time = bits64(data, at);
      at += 64;
      return;
    }
    int prefix = (int) bits(data, at, 4);
    if (prefix < 0b1000) {
      at += 1;
    } else if (prefix < 0b1100) {
      delta += signed(bits(data, at + 2, 6), 6);
      at += 8;
    } else if (prefix < 0b1110) {
      delta += signed(bits(data, at + 3, 11), 11);
      at += 14;
    } else if (prefix == 0b1110) {
      delta += signed(bits(data, at + 4, 20), 20);
      at += 24;
    } else {
      delta += bits64(data, at + 4);
      at += 68;
    }
    time += delta;
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
      /* Each column takes a bit at least. */
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
      int window11 = (int) bits(data, at + 2, 11);
      int leading = window11 >>> 6;
      windows[c] = leading << 7 | Math.min((window11 & 0x3F) + 1, 64 - leading);
      at += 13;
    }
    int leading = windows[c] >>> 7;
    int significant = windows[c] & 0x7F;
    if (significant > 0) {
      columns[c] ^= payload(data, at, significant) << (64 - leading - significant);
      at += significant;
    }
  }
}
