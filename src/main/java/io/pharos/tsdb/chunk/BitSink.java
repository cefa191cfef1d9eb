package io.pharos.tsdb.chunk;

import io.pharos.bytes.ByteSink;

/// Writes runs of bits behind bytes, the highest bit first.
final class BitSink {
  private final ByteSink sink;

  /* The bits that fill no byte yet, the last one lowest. */
  private long pending;
  private int count;

  BitSink(ByteSink sink) {
    this.sink = sink;
  }

  /// Writes by how much each value exceeds the least, in `width` bits.
  void column(long[] values, long least, int width) {
    for (long value : values) {
      long rest = value - least;
      if (width > 32) {
        write(rest >>> 32, width - 32);
        write(rest & 0xFFFF_FFFFL, 32);
      } else {
        write(rest, width);
      }
    }
  }

  private void write(long bits, int width) {
    pending = pending << width | bits;
    count += width;
    while (count >= 8) {
      count -= 8;
      sink.u8((int) (pending >>> count));
    }
  }

  /// Fills the last byte up with zeros.
  void end() {
    if (count > 0) {
      write(0, 8 - count);
    }
  }
}
