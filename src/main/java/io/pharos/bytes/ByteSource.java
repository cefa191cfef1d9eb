package io.pharos.bytes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.CRC32C;

/// A position in a stretch of bytes, in memory or in a mapped file, that moves as it is read. Not
/// thread-safe.
///
/// Every read checks the bounds and throws [CorruptDataException] instead of reading past the end.
public final class ByteSource {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final byte[] NONE = {};

  /* The bytes are in the array, or in the segment where that has none. A segment is read through a
   * dozen calls, which matters as long as little is compiled: what is read back at a start is
   * copied into an array first. */
  private final MemorySegment bytes;
  private final byte[] array;
  private final boolean inArray;
  private final long size;
  private long position;

  public ByteSource(MemorySegment bytes) {
    this.bytes = bytes;
    this.array = NONE;
    this.inArray = false;
    this.size = bytes.byteSize();
  }

  /// A source of the first `size` bytes of an array.
  public ByteSource(byte[] array, int size) {
    this.bytes = MemorySegment.NULL;
    this.array = array;
    this.inArray = true;
    this.size = Objects.checkIndex(size, array.length + 1);
  }

  /// A fixed-width integer at an offset, without moving anything.
  public static int u32(MemorySegment bytes, long at) {
    return bytes.get(INT, at);
  }

  /// As above.
  public static long i64(MemorySegment bytes, long at) {
    return bytes.get(LONG, at);
  }

  /// The CRC-32C of `count` bytes from `from`; they may be more than 2 GiB.
  public static int crc(MemorySegment bytes, long from, long count) {
    var crc = new CRC32C();
    long at = from;
    long end = from + count;
    while (at < end) {
      long part = Math.min(end - at, 1 << 30);
      crc.update(bytes.asSlice(at, part).asByteBuffer());
      at += part;
    }
    return (int) crc.getValue();
  }

  public long position() {
    return position;
  }

  public void position(long newPosition) {
    position = newPosition;
  }

  public long remaining() {
    return size - position;
  }

  public int u8() {
    need(1);
    return next();
  }

  private int next() {
    long at = position++;
    return (inArray ? array[(int) at] : bytes.get(JAVA_BYTE, at)) & 0xFF;
  }

  public int u32() {
    need(4);
    if (inArray) {
      return next() << 24 | next() << 16 | next() << 8 | next();
    }
    int value = bytes.get(INT, position);
    position += 4;
    return value;
  }

  public long i64() {
    need(8);
    if (inArray) {
      return (long) u32() << 32 | Integer.toUnsignedLong(u32());
    }
    long value = bytes.get(LONG, position);
    position += 8;
    return value;
  }

  public long uvarint() {
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

  public long varint() {
    long zigzag = uvarint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /// A [#uvarint] that counts things of at least `minBytes` bytes each, which must all fit into
  /// what remains.
  public int count(int minBytes) {
    long count = uvarint();
    if (count < 0 || count > remaining() / Math.max(1, minBytes)) {
      throw new CorruptDataException(
          "a count of "
              + Long.toUnsignedString(count)
              + " where only "
              + remaining()
              + " bytes remain");
    }
    return (int) count;
  }

  public String string() {
    int length = count(1);
    long from = position;
    position += length;
    if (inArray) {
      return new String(array, (int) from, length, StandardCharsets.UTF_8);
    }
    byte[] utf8 = new byte[length];
    MemorySegment.copy(bytes, JAVA_BYTE, from, utf8, 0, length);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /// The inverse of [ByteSink#topBytes]: the lower bytes are zero.
  public long topBytes(int count) {
    need(count);
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (long) next() << (56 - 8 * i);
    }
    return value;
  }

  /// The inverse of [ByteSink#trimmed].
  public long trimmed() {
    int count = u8();
    if (count > 8) {
      throw new CorruptDataException(count + " bytes of a value, at most 8 were expected");
    }
    return topBytes(count);
  }

  private void need(int count) {
    if (remaining() < count) {
      throw new CorruptDataException(
          "the data ends at byte " + size + ", " + count + " more were expected");
    }
  }
}
