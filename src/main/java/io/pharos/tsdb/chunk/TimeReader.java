package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.bits64;
import static io.pharos.tsdb.chunk.Bits.signed;

/// A read position in an unpacked chunk that reads the times (`docs/format/chunk.md`). Not
/// thread-safe.
abstract sealed class TimeReader permits FloatCursor, HistogramDecoder {
  byte[] data = {};

  /// Position in bits.
  int at;

  /// Unix milliseconds of the last time.
  long time;

  /// Milliseconds between the last two times.
  long delta;

  /// Reads the time of the first sample.
  final void readFirstTime() {
    time = bits64(data, 0);
    at = 64;
    delta = 0;
  }

  /// Reads the time of another sample.
  final void readTime() {
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
}
