package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.CorruptDataException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Reads a string of bits that a [io.pharos.bytes.BitSink] wrote. Every method checks the bounds
/// and throws [CorruptDataException] instead of reading past the end.
final class BitSource {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int end;
  private int position;

  /// Reads from the first `count` bytes.
  BitSource(byte[] bytes, int count) {
    this.bytes = bytes;
    this.end = count * 8;
  }

  boolean bit() {
    need(1);
    boolean set = (bytes[position >>> 3] >>> (7 - (position & 7)) & 1) != 0;
    position++;
    return set;
  }

  /// Reads 1 to 64 bits.
  long bits(int n) {
    need(n);
    long value =
        n > 57 ? peek(position, n - 32) << 32 | peek(position + n - 32, 32) : peek(position, n);
    position += n;
    return value;
  }

  private long peek(int from, int n) {
    int i = from >>> 3;
    long word = i + 8 <= bytes.length ? (long) LONG.get(bytes, i) : tail(i);
    return word << (from & 7) >>> (64 - n);
  }

  private long tail(int from) {
    long word = 0;
    for (int i = from; i < from + 8; i++) {
      word = word << 8 | (i < bytes.length ? bytes[i] & 0xFF : 0);
    }
    return word;
  }

  private void need(int n) {
    if (end - position < n) {
      throw new CorruptDataException(
          "the samples end at byte " + end / 8 + ", expected " + n + " more bits");
    }
  }

  int remainingBits() {
    return end - position;
  }

  int u8() {
    return (int) bits(8);
  }

  double f64() {
    return Double.longBitsToDouble(bits(64));
  }

  long uvarint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = u8();
      value |= (next & 0x7FL) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new CorruptDataException("a variable-length integer has more than 10 bytes");
  }

  long varint() {
    long zigzag = uvarint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /// Reads Prometheus' `varbit_int`.
  long varbit() {
    return varbit(Varbit.WIDTHS);
  }

  /// Reads zero, or a signed number with one of these widths in bits.
  long varbit(int[] widths) {
    int width = width(widths);
    return width == 0 ? 0 : Varbit.signed(bits(width), width);
  }

  /// Reads Prometheus' `varbit_uint`.
  long uvarbit() {
    int width = width(Varbit.WIDTHS);
    return width == 0 ? 0 : bits(width);
  }

  /// Reads a number of elements that take at least `minBits` each. Throws CorruptDataException when
  /// so many elements do not fit into the remaining bits.
  int count(int minBits) {
    long count = uvarbit();
    if (count < 0 || count > remainingBits() / minBits) {
      throw new CorruptDataException(
          "found a count of %s, but only %d bits remain"
              .formatted(Long.toUnsignedString(count), remainingBits()));
    }
    return (int) count;
  }

  /// Reads the prefix of a number of variable width. A prefix of n ones means the n-th width.
  /// Returns the width; 0 if the prefix has no ones.
  private int width(int[] widths) {
    int ones = 0;
    while (ones < widths.length && bit()) {
      ones++;
    }
    return ones == 0 ? 0 : widths[ones - 1];
  }

  /// Prometheus' encodings of integers with a variable number of bits.
  static final class Varbit {
    /// Widths in bits of a `varbit_int` or `varbit_uint` after a prefix of one, two, … ones; a
    /// prefix without ones means zero.
    static final int[] WIDTHS = {3, 6, 9, 12, 18, 25, 56, 64};

    /// Widths in bits of a change of the time step in a chunk of floats, after a prefix of one,
    /// two, … ones; a prefix without ones means zero.
    static final int[] TIME_WIDTHS = {14, 17, 20, 64};

    private Varbit() {}

    /// Whether a number fits into a width. As in Prometheus, there is one more positive number than
    /// negative ones.
    static boolean fits(long value, int width) {
      return width == 64 || (value >= -((1L << (width - 1)) - 1) && value <= 1L << (width - 1));
    }

    /// Returns the signed number in the `width` low bits.
    static long signed(long bits, int width) {
      return width < 64 && bits > 1L << (width - 1) ? bits - (1L << width) : bits;
    }

    /// Writes a `varbit_int`.
    static void write(BitSink sink, long value) {
      write(sink, value, WIDTHS);
    }

    /// Writes a signed number with the first of these widths into which it fits; the last width is
    /// 64.
    static void write(BitSink sink, long value, int[] widths) {
      if (value == 0) {
        sink.bit(false);
        return;
      }
      int index = 0;
      while (!fits(value, widths[index])) {
        index++;
      }
      write(sink, value, widths, index);
    }

    /// Writes a `varbit_uint`.
    static void writeUnsigned(BitSink sink, long value) {
      if (value == 0) {
        sink.bit(false);
        return;
      }
      int needed = 64 - Long.numberOfLeadingZeros(value);
      int index = 0;
      while (WIDTHS[index] < needed) {
        index++;
      }
      write(sink, value, WIDTHS, index);
    }

    private static void write(BitSink sink, long value, int[] widths, int index) {
      /* The prefix: a number of ones, then a zero unless it is the last width. */
      sink.bits(-1, index + 1);
      if (index + 1 < widths.length) {
        sink.bit(false);
      }
      sink.bits(value, widths[index]);
    }
  }
}
