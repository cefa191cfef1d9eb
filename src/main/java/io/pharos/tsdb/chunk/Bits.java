package io.pharos.tsdb.chunk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Reads runs of bits from an array of bytes. Bits past the end of the array count as zero.
final class Bits {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Bits() {}

  /// `n` bits from bit `at`, 0 to 64.
  static long payload(byte[] data, int at, int n) {
    if (n > 32) {
      return (bits(data, at, n - 32) << 32) | bits(data, at + n - 32, 32);
    }
    return n == 0 ? 0 : bits(data, at, n);
  }

  static long bits64(byte[] data, int at) {
    return (bits(data, at, 32) << 32) | bits(data, at + 32, 32);
  }

  /// `n` bits from bit `at`, 1 to 57: one unaligned load, then two shifts.
  static long bits(byte[] data, int at, int n) {
    int i = at >>> 3;
    long word = i + 8 <= data.length ? (long) LONG.get(data, i) : tail(data, i);
    return (word << (at & 7)) >>> (64 - n);
  }

  private static long tail(byte[] data, int from) {
    long word = 0;
    for (int i = 0; i < 8; i++) {
      int at = from + i;
      word = (word << 8) | (at < data.length ? data[at] & 0xFF : 0);
    }
    return word;
  }

  /// Copies `n` bits from bit `at` to bit `toBit`; those that are there already must be zero.
  static void copy(byte[] from, int at, int n, byte[] to, int toBit) {
    int read = at;
    int write = toBit;
    int end = toBit + n;
    while (write < end) {
      int free = Byte.SIZE - (write & 7);
      if (free == Byte.SIZE && end - write >= Long.SIZE) {
        LONG.set(to, write >>> 3, bits64(from, read));
        read += Long.SIZE;
        write += Long.SIZE;
      } else {
        int take = Math.min(free, end - write);
        to[write >>> 3] |= (byte) (bits(from, read, take) << (free - take));
        read += take;
        write += take;
      }
    }
  }

  /// The `n` low bits of a value as a number in two's complement.
  static long signed(long value, int n) {
    return value << (64 - n) >> (64 - n);
  }
}
