package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.CorruptDataException;
import io.pharos.storage.SampleWindow;

/// Encodes and decodes chunks of floats ("XOR").
final class FloatChunks {
  private FloatChunks() {}

  /// Writes the samples from `from` up to, not including, `to`; at most 65535.
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
        change(sink, newDelta - delta);
      }
      delta = newDelta;
      time = window.timestamp(i);
      column.write(sink, window.value(i));
    }
  }

  private static void change(BitSink sink, long change) {
    if (change == 0) {
      sink.bit(false);
      return;
    }
    int at = 0;
    while (!Varbit.fits(change, Varbit.TIME_WIDTHS[at])) {
      at++;
    }
    int ones = at + 1;
    if (ones == Varbit.TIME_WIDTHS.length) {
      sink.bits(0xF, ones);
    } else {
      sink.bits(((1L << ones) - 1) << 1, ones + 1);
    }
    sink.bits(change, Varbit.TIME_WIDTHS[at]);
  }

  /// Appends all samples of a chunk to the window.
  ///
  /// @throws CorruptDataException when the chunk is malformed
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
      if (i == 1) {
        delta = source.uvarint();
      } else {
        int width = source.width(Varbit.TIME_WIDTHS);
        delta += width == 0 ? 0 : Varbit.signed(source.bits(width), width);
      }
      time += delta;
      window.add(time, column.read(source));
    }
  }
}
