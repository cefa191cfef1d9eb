package io.pharos.bytes.protobuf;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.LongConsumer;

/// Reads the fields of a message. [#next] moves to the next field; then a caller may read its value
/// with one call. Fields that are not read are skipped.
///
/// Every method throws [ProtobufException] when the bytes end early or the field has a different
/// wire type.
public final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /// Approximate memory in bytes of the object that is created from one part.
  private static final int BYTES_PER_PART = 100;

  /// The parts of one message may use the heap divided by this number.
  private static final int HEAP_SHARE = 8;

  /// Maximum number of parts: embedded messages, texts and packed numbers of a message. That many
  /// parts of 100 bytes fit into an eighth of the heap; the maximum is at least 100,000. The limit
  /// is needed because an empty part takes two bytes and becomes an object fifty times as large.
  public static final int MAX_PARTS =
      Math.clamp(
          Runtime.getRuntime().maxMemory() / HEAP_SHARE / BYTES_PER_PART, 100_000, 20_000_000);

  private final byte[] bytes;
  private final Parts parts;
  private final int end;
  private int position;
  private int tag;
  private boolean unread;

  /// Reads a message from its first byte.
  public ProtoReader(byte[] bytes) {
    this(bytes, 0, bytes.length, new Parts());
  }

  private ProtoReader(byte[] bytes, int from, int to, Parts parts) {
    this.bytes = bytes;
    this.parts = parts;
    this.position = from;
    this.end = to;
  }

  /* Number of parts read so far in a message and in all messages embedded in it. */
  private static final class Parts {
    private int read;
  }

  private void count() {
    if (++parts.read > MAX_PARTS) {
      throw new ProtobufException(
          position, "the message has more than " + MAX_PARTS + " parts", true);
    }
  }

  /// Moves to the next field; returns false at the end.
  public boolean next() {
    if (unread) {
      skip();
    }
    if (position == end) {
      return false;
    }
    long key = varint();
    if (key <= 7 || key > 0xffffffffL) {
      throw error("found the invalid field number " + (key >>> 3));
    }
    tag = (int) key;
    unread = true;
    return true;
  }

  /// Number of the current field.
  public int field() {
    return tag >>> 3;
  }

  /// Reads an int64, uint64, bool or enum.
  public long int64() {
    expect(VARINT);
    return varint();
  }

  /// Reads an int32, uint32 or enum; bits beyond 32 are cut off, as protobuf specifies.
  public int int32() {
    return (int) int64();
  }

  /// Reads a sint32 or sint64.
  public long sint64() {
    return zigzag(int64());
  }

  /// Reads a double, bit for bit.
  public double float64() {
    expect(FIXED64);
    return Double.longBitsToDouble(fixed64());
  }

  /// Reads a fixed64 or sfixed64.
  public long fixed() {
    expect(FIXED64);
    return fixed64();
  }

  /// Reads the values of a repeated fixed64 or sfixed64, packed or not.
  public void fixeds(LongConsumer to) {
    repeated(FIXED64, packed -> to.accept(packed.fixed64()));
  }

  /// Reads a string; returns empty if its bytes are not UTF-8.
  public Optional<String> utf8() {
    count();
    int from = open();
    var text = new String(bytes, from, position - from, StandardCharsets.UTF_8);
    // Invalid UTF-8 is decoded to this character, but a valid text may contain it too.
    return text.indexOf('\uFFFD') < 0 || isUtf8(from) ? Optional.of(text) : Optional.empty();
  }

  private boolean isUtf8(int from) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, position - from));
      return true;
    } catch (CharacterCodingException _) { // invalid UTF-8: the result is empty
      return false;
    }
  }

  /// Reads a string that must be UTF-8.
  public String string() {
    return utf8().orElseThrow(() -> error("found a string that is not UTF-8"));
  }

  /// Reads bytes.
  public byte[] bytes() {
    int from = open();
    return Arrays.copyOfRange(bytes, from, position);
  }

  /// Reads an embedded message.
  public ProtoReader message() {
    count();
    int from = open();
    return new ProtoReader(bytes, from, position, parts);
  }

  /// Reads the values of a repeated int64, uint64 or uint32, packed or not.
  public void int64s(LongConsumer to) {
    repeated(VARINT, packed -> to.accept(packed.varint()));
  }

  /// Reads the values of a repeated sint64, packed or not.
  public void sint64s(LongConsumer to) {
    int64s(value -> to.accept(zigzag(value)));
  }

  /// Reads the values of a repeated double, packed or not.
  public void float64s(DoubleConsumer to) {
    fixeds(bits -> to.accept(Double.longBitsToDouble(bits)));
  }

  /* Reads a single value or all values of a packed field. */
  private void repeated(int wireType, Consumer<ProtoReader> value) {
    if ((tag & 7) == wireType) {
      unread = false;
      value.accept(this);
      return;
    }
    for (ProtoReader packed = message(); packed.position < packed.end; ) {
      count();
      value.accept(packed);
    }
  }

  private void expect(int wireType) {
    if ((tag & 7) != wireType) {
      throw error(
          "field " + field() + " has the wire type " + (tag & 7) + ", expected " + wireType);
    }
    unread = false;
  }

  /* Reads the length of a field and skips its content. Returns the offset of the content. */
  private int open() {
    expect(BYTES);
    long length = varint();
    require(length >= 0 && length <= end - position);
    int from = position;
    position += (int) length;
    return from;
  }

  private void skip() {
    unread = false;
    switch (tag & 7) {
      case VARINT -> varint();
      case FIXED64 -> advance(8);
      case FIXED32 -> advance(4);
      case BYTES -> open();
      default -> throw error("field " + field() + " has the unknown wire type " + (tag & 7));
    }
  }

  private void advance(int count) {
    require(count <= end - position);
    position += count;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      require(position < end);
      byte next = bytes[position++];
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw error("found a variable-length integer of more than ten bytes");
  }

  private long fixed64() {
    advance(8);
    long value = 0;
    for (int i = 1; i <= 8; i++) {
      value = value << 8 | (bytes[position - i] & 0xff);
    }
    return value;
  }

  /// Converts an unsigned 64-bit number to a double.
  public static double unsigned(long bits) {
    return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
  }

  private static long zigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }

  private void require(boolean inside) {
    if (!inside) {
      throw error("the message ends within a field");
    }
  }

  private ProtobufException error(String message) {
    return new ProtobufException(position, message);
  }

  /// Thrown when bytes are not the expected message. The message contains the offset.
  public static final class ProtobufException extends RuntimeException {
    private final boolean tooLarge;

    ProtobufException(int position, String message) {
      this(position, message, false);
    }

    ProtobufException(int position, String message, boolean tooLarge) {
      super("byte " + position + ": " + message);
      this.tooLarge = tooLarge;
    }

    /// Whether the only error is that the message has more parts than [#MAX_PARTS].
    public boolean tooLarge() {
      return tooLarge;
    }
  }
}
