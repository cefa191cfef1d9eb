package io.pharos.bytes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.zip.CRC32C;

/// A read position in a range of bytes, in memory or in a mapped file. Not thread-safe.
///
/// Every read checks the bounds and throws [CorruptDataException] instead of reading past the end.
public final class ByteSource {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final byte[] NONE = {};

  /* The segment to read, unless the array is set. Reading a segment takes a dozen calls, which are
   * slow until they are compiled. So data that is read during startup is copied to an array. */
  private final MemorySegment bytes;
  private final byte[] array;
  private final boolean inArray;
  private final long size;
  private long position;

  /// Reads a segment from its first byte.
  public ByteSource(MemorySegment bytes) {
    this.bytes = bytes;
    this.array = NONE;
    this.inArray = false;
    this.size = bytes.byteSize();
  }

  /// Reads the first `size` bytes of an array.
  public ByteSource(byte[] array, int size) {
    this.bytes = MemorySegment.NULL;
    this.array = array;
    this.inArray = true;
    this.size = Objects.checkIndex(size, array.length + 1);
  }

  /// Maps a whole file for reading; the mapping ends when the segment becomes unreachable.
  public static MemorySegment map(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    }
  }

  /// Reads four bytes at an offset, most significant first.
  public static int u32(MemorySegment bytes, long offset) {
    return bytes.get(INT, offset);
  }

  /// Reads eight bytes at an offset, most significant first.
  public static long i64(MemorySegment bytes, long offset) {
    return bytes.get(LONG, offset);
  }

  /// Returns the CRC-32C of `count` bytes from offset `from` on; the range may exceed 2 GiB.
  public static int crc(MemorySegment bytes, long from, long count) {
    var crc = new CRC32C();
    long offset = from;
    long end = from + count;
    while (offset < end) {
      long part = Math.min(end - offset, 1 << 30);
      crc.update(bytes.asSlice(offset, part).asByteBuffer());
      offset += part;
    }
    return (int) crc.getValue();
  }

  /// Offset of the next byte.
  public long position() {
    return position;
  }

  /// Moves to an offset.
  public void position(long newPosition) {
    position = newPosition;
  }

  /// Number of bytes after the position.
  public long remaining() {
    return size - position;
  }

  /// Reads one byte, 0 to 255.
  public int u8() {
    need(1);
    return next();
  }

  private int next() {
    long offset = position++;
    return (inArray ? array[(int) offset] : bytes.get(JAVA_BYTE, offset)) & 0xFF;
  }

  /// Reads four bytes, most significant first.
  public int u32() {
    need(4);
    if (inArray) {
      return next() << 24 | next() << 16 | next() << 8 | next();
    }
    int value = bytes.get(INT, position);
    position += 4;
    return value;
  }

  /// Reads eight bytes, most significant first.
  public long i64() {
    need(8);
    if (inArray) {
      return (long) u32() << 32 | Integer.toUnsignedLong(u32());
    }
    long value = bytes.get(LONG, position);
    position += 8;
    return value;
  }

  /// Reads a number that [ByteSink#uvarint] wrote.
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

  /// Reads a number that [ByteSink#varint] wrote.
  public long varint() {
    long zigzag = uvarint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /// Reads an element count that [ByteSink#uvarint] wrote. Each element takes at least `minBytes`
  /// bytes.
  ///
  /// @throws CorruptDataException when so many elements do not fit into the remaining bytes
  public int count(int minBytes) {
    long count = uvarint();
    if (count < 0 || count > remaining() / Math.max(1, minBytes)) {
      throw new CorruptDataException(
          "found a count of %s, but only %d bytes remain"
              .formatted(Long.toUnsignedString(count), remaining()));
    }
    return (int) count;
  }

  /// Reads a text that [ByteSink#string] wrote.
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

  /// Reads the bytes that [ByteSink#topBytes] wrote; the other bytes of the long are zero.
  public long topBytes(int count) {
    need(count);
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (long) next() << (56 - 8 * i);
    }
    return value;
  }

  /// Reads a long that [ByteSink#trimmed] wrote.
  public long trimmed() {
    int count = u8();
    if (count > 8) {
      throw new CorruptDataException("found " + count + " bytes for a value, expected at most 8");
    }
    return topBytes(count);
  }

  private void need(int count) {
    if (remaining() < count) {
      throw new CorruptDataException(
          "the data ends at byte " + size + ", expected " + count + " more bytes");
    }
  }
}
