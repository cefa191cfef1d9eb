package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.CorruptDataException;
import io.pharos.storage.SampleWindow;

/// Encodes and decodes chunks of floats ("XOR").
final class FloatChunks {
  private FloatChunks() {}

  /// Writes the samples of the window with an index of at least `from` and below `to`, at most
  /// 65535 samples.
  static void write(SampleWindow window, int from, int to, BitSink sink) {
    sink.bits(to - from, 16);
    long time = window.timestamp(from);
    sink.varint(time);
    sink.f64(window.value(from));
    var column = new XorColumn();
    column.first(window.value(from));
    long delta = 0;
    for (int i = from + 1; i < to; i++) {
      long newDelta = window.timestamp(i) - time;
      if (i == from + 1) {
        sink.uvarint(newDelta);
      } else {
        BitSource.Varbit.write(sink, newDelta - delta, BitSource.Varbit.TIME_WIDTHS);
      }
      delta = newDelta;
      time = window.timestamp(i);
      column.write(sink, window.value(i));
    }
  }

  /// Appends all samples of a chunk to the window. Throws CorruptDataException when the chunk is
  /// malformed.
  static void read(byte[] data, int length, SampleWindow window) {
    var source = new BitSource(data, length);
    int count = (int) source.bits(16);
    if (count == 0) {
      return;
    }
    long time = source.varint();
    var column = new XorColumn();
    column.first(source.f64());
    window.add(time, column.value());
    long delta = 0;
    for (int i = 1; i < count; i++) {
      delta = i == 1 ? source.uvarint() : delta + source.varbit(BitSource.Varbit.TIME_WIDTHS);
      time += delta;
      window.add(time, column.read(source));
    }
  }

  /// A column of doubles, each encoded as the exclusive-or with the previous double (`varbit_xor`).
  static final class XorColumn {
    private static final int MAX_LEADING = 31;

    private long bits;
    private int leading = -1;
    private int trailing;

    /// The current value.
    double value() {
      return Double.longBitsToDouble(bits);
    }

    /// Sets the first value, which is stored elsewhere in the chunk.
    void first(double value) {
      bits = Double.doubleToRawLongBits(value);
      leading = -1;
      trailing = 0;
    }

    /// Writes the next value.
    void write(BitSink sink, double value) {
      long next = Double.doubleToRawLongBits(value);
      long difference = next ^ bits;
      bits = next;
      if (difference == 0) {
        sink.bit(false);
        return;
      }
      sink.bit(true);
      int newLeading = Math.min(Long.numberOfLeadingZeros(difference), MAX_LEADING);
      int newTrailing = Long.numberOfTrailingZeros(difference);
      if (leading >= 0 && newLeading >= leading && newTrailing >= trailing) {
        sink.bit(false);
        sink.bits(difference >>> trailing, 64 - leading - trailing);
        return;
      }
      leading = newLeading;
      trailing = newTrailing;
      int significant = 64 - leading - trailing;
      sink.bit(true);
      sink.bits(leading, 5);
      sink.bits(significant & 63, 6); // 64 is written as 0, which has no other meaning
      sink.bits(difference >>> trailing, significant);
    }

    /// Reads the value of a row. The value of row 0 is stored as a plain double.
    double read(BitSource source, int row) {
      if (row == 0) {
        first(source.f64());
        return value();
      }
      return read(source);
    }

    /// Reads the next value.
    double read(BitSource source) {
      if (!source.bit()) {
        return value();
      }
      if (source.bit()) {
        leading = (int) source.bits(5);
        int significant = (int) source.bits(6);
        trailing = 64 - leading - (significant == 0 ? 64 : significant);
        if (trailing < 0) {
          throw new CorruptDataException(
              "found a value of "
                  + significant
                  + " bits after "
                  + leading
                  + " zeros, expected at most 64 bits");
        }
      } else if (leading < 0) {
        throw new CorruptDataException(
            "a value refers to the width of an earlier value, but there is no earlier value");
      }
      bits ^= source.bits(64 - leading - trailing) << trailing;
      return value();
    }
  }
}
