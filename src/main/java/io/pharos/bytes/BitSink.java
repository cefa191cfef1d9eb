package io.pharos.bytes;

import java.util.Arrays;

/// A growing string of bits, which fill each byte from the highest to the lowest. Not thread-safe.
public final class BitSink {
  private byte[] bytes = new byte[256];
  private int bits;

  public void clear() {
    Arrays.fill(bytes, 0, sizeBytes(), (byte) 0);
    bits = 0;
  }

  public int sizeBytes() {
    return (bits + 7) >>> 3;
  }

  /// The backing array; only the first [#sizeBytes] are valid, until the next change.
  public byte[] array() {
    return bytes;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, sizeBytes());
  }

  /// Overwrites a byte that was written before.
  public void setU8(int at, int value) {
    bytes[at] = (byte) value;
  }

  public void bit(boolean set) {
    bits(set ? 1 : 0, 1);
  }

  /// The `n` low bits of a value, 0 to 64, the highest first.
  public void bits(long value, int n) {
    if (bits + n > bytes.length * 8) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2);
    }
    int left = n;
    while (left > 0) {
      int free = 8 - (bits & 7);
      int take = Math.min(free, left);
      long part = (value >>> (left - take)) & ((1L << take) - 1);
      bytes[bits >>> 3] |= (byte) (part << (free - take));
      bits += take;
      left -= take;
    }
  }

  public void u8(int value) {
    bits(value, 8);
  }

  public void f64(double value) {
    bits(Double.doubleToRawLongBits(value), 64);
  }

  /// Seven bits a byte, the lowest first, wherever a byte begins.
  public void uvarint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      u8((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    u8((int) rest);
  }

  /// A signed number, zigzag-mapped (0, -1, 1, -2, …) and then as [#uvarint].
  public void varint(long value) {
    uvarint((value << 1) ^ (value >> 63));
  }
}
