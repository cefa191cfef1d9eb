package io.pharos.ingest.exposition;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads the fields of a protobuf message one after the other. Every method checks the bounds of
/// the message. Not thread-safe.
final class ProtobufReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private byte[] body = new byte[0];
  private int position;
  private int end;

  /// Number of the current field.
  int field;

  private int wireType;
  private int fieldOffset;

  /// Moves to the start of a message.
  void begin(byte[] newBody, int from, int to) {
    body = newBody;
    position = from;
    end = to;
  }

  /// Moves to the next field; returns false at the end. The caller must read or skip each field.
  boolean next() throws ExpositionException {
    if (position == end) {
      return false;
    }
    fieldOffset = position;
    long tag = rawVarint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    if (tag >>> 3 == 0 || tag >>> 3 > (1 << 29) - 1) {
      throw error("found the invalid field number " + Long.toUnsignedString(tag >>> 3));
    }
    return true;
  }

  /// Returns the offset of the next byte.
  int position() {
    return position;
  }

  long varint() throws ExpositionException {
    expect(VARINT);
    return rawVarint();
  }

  /// Reads a zigzag-encoded number (`sint32`, `sint64`).
  long signed() throws ExpositionException {
    return unzigzag(varint());
  }

  double float64() throws ExpositionException {
    expect(FIXED64);
    return rawFloat64();
  }

  /// Skips a string, bytes or a message. Returns the offset of its content, which ends at
  /// [#position].
  int bytes() throws ExpositionException {
    expect(BYTES);
    return delimited();
  }

  /// Skips a length and that many bytes. Returns the offset of the bytes.
  int delimited() throws ExpositionException {
    fieldOffset = position;
    int length = length();
    int from = position;
    position += length;
    return from;
  }

  /// Reads a string field. Error messages call the text `subject`.
  String text(String subject) throws ExpositionException {
    int from = bytes();
    return decode(body, from, position, from, subject);
  }

  /// Decodes UTF-8 strictly. Error messages contain `offset`, and call the text `subject`.
  static String decode(byte[] bytes, int from, int to, int offset, String subject)
      throws ExpositionException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, to - from))
          .toString();
    } catch (CharacterCodingException e) {
      var error = ExpositionException.atByte(offset, "found a " + subject + " that is not UTF-8");
      error.initCause(e);
      throw error;
    }
  }

  /// Reads a `google.protobuf.Timestamp` field. Returns Unix milliseconds.
  long timestampMillis() throws ExpositionException {
    int from = bytes();
    int messageEnd = end;
    end = position;
    position = from;
    long seconds = 0;
    long nanos = 0;
    while (next()) {
      switch (field) {
        case 1 -> seconds = varint();
        case 2 -> nanos = varint();
        default -> skip();
      }
    }
    end = messageEnd;
    return seconds * 1000 + nanos / 1_000_000;
  }

  /// Receives the numbers of a repeated field.
  interface Numbers {
    void add(long bits) throws ExpositionException;
  }

  /// Passes a zigzag-encoded number of a repeated field to `numbers`; if the field is packed,
  /// passes all its numbers.
  void signedNumbers(Numbers numbers) throws ExpositionException {
    if (wireType != BYTES) {
      numbers.add(signed());
      return;
    }
    int from = bytes();
    int messageEnd = end;
    end = position;
    for (position = from; position < end; ) {
      numbers.add(unzigzag(rawVarint()));
    }
    end = messageEnd;
  }

  /// Passes the bits of a double of a repeated field to `numbers`; if the field is packed, passes
  /// all its doubles.
  void float64Numbers(Numbers numbers) throws ExpositionException {
    if (wireType != BYTES) {
      numbers.add(Double.doubleToRawLongBits(float64()));
      return;
    }
    int from = bytes();
    int runEnd = position;
    if ((runEnd - from) % 8 != 0) {
      throw error(
          "found a packed field of doubles with "
              + (runEnd - from)
              + " bytes, expected a multiple of 8");
    }
    for (position = from; position < runEnd; ) {
      numbers.add(Double.doubleToRawLongBits(rawFloat64()));
    }
  }

  /// Skips the current field.
  void skip() throws ExpositionException {
    switch (wireType) {
      case VARINT -> rawVarint();
      case FIXED64 -> advance(8);
      case BYTES -> advance(length());
      case FIXED32 -> advance(4);
      default -> throw error("found wire type " + wireType + ", expected 0, 1, 2 or 5");
    }
  }

  private int length() throws ExpositionException {
    long length = rawVarint();
    if (length < 0 || length > end - position) {
      throw error(
          "found a length of %s, expected at most the %d remaining bytes"
              .formatted(Long.toUnsignedString(length), end - position));
    }
    return (int) length;
  }

  private void advance(int count) throws ExpositionException {
    if (count > end - position) {
      throw error("found the end of the message, expected " + count + " more bytes");
    }
    position += count;
  }

  private double rawFloat64() throws ExpositionException {
    int from = position;
    advance(8);
    long bits = 0;
    for (int i = 7; i >= 0; i--) {
      bits = (bits << 8) | (body[from + i] & 0xFF);
    }
    return Double.longBitsToDouble(bits);
  }

  private long rawVarint() throws ExpositionException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (position == end) {
        throw error("found the end of the message in a number");
      }
      byte next = body[position++];
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw error("found a number of more than 10 bytes");
  }

  private static long unzigzag(long value) {
    return (value >>> 1) ^ -(value & 1);
  }

  private void expect(int expected) throws ExpositionException {
    if (wireType != expected) {
      throw error("found wire type " + wireType + " for field " + field + ", expected " + expected);
    }
  }

  /// Creates an error in the current field.
  ExpositionException error(String problem) {
    return ExpositionException.atByte(fieldOffset, problem);
  }
}
