package io.pharos.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// A growing byte array to which bytes are appended. Not thread-safe.
public final class ByteSink {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] bytes;
  private int size;

  /// @param capacity expected number of bytes
  public ByteSink(int capacity) {
    bytes = new byte[Math.max(16, capacity)];
  }

  /// Number of bytes.
  public int size() {
    return size;
  }

  /// The backing array; only the first [#size] bytes are valid, and only until the next change.
  public byte[] array() {
    return bytes;
  }

  /// A copy of the bytes.
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /// Removes all bytes.
  public void clear() {
    size = 0;
  }

  /// Appends the low eight bits.
  public void u8(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  /// Appends four bytes, most significant first.
  public void u32(int value) {
    ensure(4);
    INT.set(bytes, size, value);
    size += 4;
  }

  /// Appends eight bytes, most significant first.
  public void i64(long value) {
    ensure(8);
    LONG.set(bytes, size, value);
    size += 8;
  }

  /// Overwrites four bytes at an offset.
  public void setU32(int offset, int value) {
    INT.set(bytes, offset, value);
  }

  /// Appends a number with seven bits per byte, the lowest first; the top bit is set in all bytes
  /// but the last. Takes 1 to 10 bytes.
  public void uvarint(long value) {
    ensure(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  /// Appends a signed number, zigzag-mapped (0, -1, 1, -2, …) and then as [#uvarint].
  public void varint(long value) {
    uvarint((value << 1) ^ (value >> 63));
  }

  /// Appends the length of a text in bytes as [#uvarint], then the text in UTF-8.
  public void string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    uvarint(utf8.length);
    bytes(utf8, 0, utf8.length);
  }

  /// Appends a part of an array.
  public void bytes(byte[] source, int from, int count) {
    ensure(count);
    System.arraycopy(source, from, bytes, size, count);
    size += count;
  }

  /// Appends the `count` highest bytes of a long, most significant first.
  public void topBytes(long value, int count) {
    ensure(8);
    LONG.set(bytes, size, value);
    size += count;
  }

  /// Appends a long without the zero bytes at its low end: the number of remaining bytes, then
  /// those bytes by [#topBytes]. Doubles with few significant bits take few bytes this way.
  public void trimmed(long bits) {
    int count = 8 - Long.numberOfTrailingZeros(bits) / 8;
    u8(count);
    topBytes(bits, count);
  }

  /// Returns the CRC-32C of the bytes at offsets of at least `from` and below `to`.
  public int crc(int from, int to) {
    var crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }

  private void ensure(int additional) {
    if (bytes.length - size < additional) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, additional), bytes.length * 2));
    }
  }
}
