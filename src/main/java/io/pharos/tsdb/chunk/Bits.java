package io.pharos.tsdb.chunk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Reads bits from a byte array, and the codes that are common to all chunks that are not packed
/// (`docs/format/chunk.md`). Bits past the end of the array are zero.
final class Bits {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /// Number of bits that describe a window of significant bits.
  static final int WINDOW_BITS = 11;

  private Bits() {}

  /// Reads `n` bits, 0 to 64, from `bitOffset` on.
  static long payload(byte[] data, int bitOffset, int n) {
    if (n > 32) {
      return (bits(data, bitOffset, n - 32) << 32) | bits(data, bitOffset + n - 32, 32);
    }
    return n == 0 ? 0 : bits(data, bitOffset, n);
  }

  /// Reads 64 bits from `bitOffset` on.
  static long bits64(byte[] data, int bitOffset) {
    return (bits(data, bitOffset, 32) << 32) | bits(data, bitOffset + 32, 32);
  }

  /// Reads `n` bits, 1 to 57, from `bitOffset` on, with one unaligned load and two shifts.
  static long bits(byte[] data, int bitOffset, int n) {
    int i = bitOffset >>> 3;
    long word = i + 8 <= data.length ? (long) LONG.get(data, i) : tail(data, i);
    return (word << (bitOffset & 7)) >>> (64 - n);
  }

  private static long tail(byte[] data, int from) {
    long word = 0;
    for (int i = 0; i < 8; i++) {
      int index = from + i;
      word = (word << 8) | (index < data.length ? data[index] & 0xFF : 0);
    }
    return word;
  }

  /// Copies `n` bits from `bitOffset` to bit offset `toBit`; the target bits must be zero.
  static void copy(byte[] from, int bitOffset, int n, byte[] to, int toBit) {
    int read = bitOffset;
    int write = toBit;
    int end = toBit + n;
    while (write < end) {
      int free = Byte.SIZE - (write & 7);
      if (free == Byte.SIZE && end - write >= Long.SIZE) {
        LONG.set(to, write >>> 3, bits64(from, read));
        read += Long.SIZE;
        write += Long.SIZE;
      } else {
        int count = Math.min(free, end - write);
        to[write >>> 3] |= (byte) (bits(from, read, count) << (free - count));
        read += count;
        write += count;
      }
    }
  }

  /// Reads the description of the bits in which a value may differ from the value before. Returns
  /// the number of significant bits in the low 7 bits, and the number of leading zeros in the bits
  /// above.
  static int window(byte[] data, int bitOffset) {
    int window = (int) bits(data, bitOffset, WINDOW_BITS);
    int leading = window >>> 6;
    return leading << 7 | Math.min((window & 0x3F) + 1, 64 - leading);
  }

  /// Reads the exclusive-or of a value with the value before. `window` is a result of [#window], or
  /// 0 if there are no significant bits.
  static long difference(byte[] data, int bitOffset, int window) {
    int significant = window & 0x7F;
    return payload(data, bitOffset, significant) << (64 - (window >>> 7) - significant);
  }

  /// The `n` low bits of a value as a signed number in two's complement.
  static long signed(long value, int n) {
    return value << (64 - n) >> (64 - n);
  }

  /// A read position in a chunk that is not packed; reads the times (`docs/format/chunk.md`). Not
  /// thread-safe.
  abstract static sealed class TimeReader permits FloatCursor, Chunk.Histograms {
    byte[] data = {};

    /// Position in bits.
    int bitOffset;

    /// The last time that was read, in Unix milliseconds.
    long time;

    /// Milliseconds between the last two times that were read.
    long delta;

    /// Reads the time of the first sample.
    final void readFirstTime() {
      time = bits64(data, 0);
      bitOffset = 64;
      delta = 0;
    }

    /// Reads the time of a sample after the first.
    final void readTime() {
      int prefix = (int) bits(data, bitOffset, 4);
      if (prefix < 0b1000) {
        bitOffset += 1;
      } else if (prefix < 0b1100) {
        delta += signed(bits(data, bitOffset + 2, 6), 6);
        bitOffset += 8;
      } else if (prefix < 0b1110) {
        delta += signed(bits(data, bitOffset + 3, 11), 11);
        bitOffset += 14;
      } else if (prefix == 0b1110) {
        delta += signed(bits(data, bitOffset + 4, 20), 20);
        bitOffset += 24;
      } else {
        delta += bits64(data, bitOffset + 4);
        bitOffset += 68;
      }
      time += delta;
    }
  }
}
