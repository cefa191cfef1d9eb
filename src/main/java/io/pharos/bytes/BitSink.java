package io.pharos.bytes;

import java.util.Arrays;

/// A growing string of bits that fills each byte from the highest bit down. Not thread-safe.
public final class BitSink {
  private byte[] bytes = new byte[256];
  private int bits;

  /// Removes all bits.
  public void clear() {
    Arrays.fill(bytes, 0, sizeBytes(), (byte) 0);
    bits = 0;
  }

  /// Length in bytes; the last byte may be partly filled.
  public int sizeBytes() {
    return (bits + 7) >>> 3;
  }

  /// The backing array; only the first [#sizeBytes] bytes are valid, and only until the next
  /// change.
  public byte[] array() {
    return bytes;
  }

  /// A copy of the bits, padded with zeros to a whole byte.
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, sizeBytes());
  }

  /// Appends one bit.
  public void bit(boolean set) {
    bits(set ? 1 : 0, 1);
  }

  /// Appends the `n` low bits of a value, the highest first; `n` is 0 to 64.
  public void bits(long value, int n) {
    if (bits + n > bytes.length * 8) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2);
    }
    int left = n;
    while (left > 0) {
      int free = 8 - (bits & 7);
      int count = Math.min(free, left);
      long part = (value >>> (left - count)) & ((1L << count) - 1);
      bytes[bits >>> 3] |= (byte) (part << (free - count));
      bits += count;
      left -= count;
    }
  }

  /// Appends the low eight bits.
  public void u8(int value) {
    bits(value, 8);
  }

  /// Appends the 64 bits of a double.
  public void f64(double value) {
    bits(Double.doubleToRawLongBits(value), 64);
  }

  /// Appends a number with seven bits per byte, the lowest first, at any bit position.
  public void uvarint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      u8((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    u8((int) rest);
  }

  /// Appends a signed number, zigzag-mapped (0, -1, 1, -2, …) and then as [#uvarint].
  public void varint(long value) {
    uvarint((value << 1) ^ (value >> 63));
  }
}
