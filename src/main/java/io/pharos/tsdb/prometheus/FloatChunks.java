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
        Varbit.write(sink, newDelta - delta, Varbit.TIME_WIDTHS);
      }
      delta = newDelta;
      time = window.timestamp(i);
      column.write(sink, window.value(i));
    }
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
      delta = i == 1 ? source.uvarint() : delta + source.varbit(Varbit.TIME_WIDTHS);
      time += delta;
      window.add(time, column.read(source));
    }
  }
}
