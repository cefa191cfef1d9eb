package io.pharos.bytes.protobuf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// Writes the fields of a message. Zero numbers and empty texts are omitted, as in proto3.
public final class ProtoWriter {
  private byte[] bytes = new byte[256];
  private int size;

  /// Number of bytes written.
  public int size() {
    return size;
  }

  /// Writes an int64, uint64, int32, uint32, bool or enum.
  public ProtoWriter int64(int field, long value) {
    if (value != 0) {
      varint((long) field << 3);
      varint(value);
    }
    return this;
  }

  /// Writes a sint32 or sint64.
  public ProtoWriter sint64(int field, long value) {
    return int64(field, zigzag(value));
  }

  /// Writes a double, bit for bit.
  public ProtoWriter float64(int field, double value) {
    long bits = Double.doubleToRawLongBits(value);
    if (bits != 0) {
      varint((long) field << 3 | 1);
      fixed64(bits);
    }
    return this;
  }

  /// Like [#int64], but also writes zero, which is significant in some fields.
  public ProtoWriter varint(int field, long value) {
    varint((long) field << 3);
    varint(value);
    return this;
  }

  /// Writes a fixed64, a sfixed64 or the bits of a double, even if the value is zero.
  public ProtoWriter fixed(int field, long bits) {
    varint((long) field << 3 | 1);
    fixed64(bits);
    return this;
  }

  /// Writes a packed repeated fixed64, sfixed64 or double.
  public ProtoWriter fixeds(int field, long... bits) {
    return message(field, inner -> Arrays.stream(bits).forEach(inner::fixed64));
  }

  /// Writes a string unless it is empty.
  public ProtoWriter string(int field, String value) {
    return value.isEmpty() ? this : element(field, value);
  }

  /// Writes an element of a repeated string, even if it is empty.
  public ProtoWriter element(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /// Writes bytes, even if there are none.
  public ProtoWriter bytes(int field, byte[] value) {
    varint((long) field << 3 | 2);
    varint(value.length);
    append(value, value.length);
    return this;
  }

  /// Writes an embedded message, even if it is empty.
  public ProtoWriter message(int field, Consumer<ProtoWriter> content) {
    var inner = new ProtoWriter();
    content.accept(inner);
    varint((long) field << 3 | 2);
    return delimited(inner);
  }

  /// Writes a whole message after its length, without a field: the form of messages in a stream.
  public ProtoWriter delimited(ProtoWriter message) {
    varint(message.size);
    append(message.bytes, message.size);
    return this;
  }

  /// Writes a packed repeated int64, uint64 or uint32, unless it is empty.
  public ProtoWriter int64s(int field, long... values) {
    return values.length == 0
        ? this
        : message(field, inner -> Arrays.stream(values).forEach(inner::varint));
  }

  /// Writes a packed repeated sint64, unless it is empty.
  public ProtoWriter sint64s(int field, long... values) {
    return int64s(field, Arrays.stream(values).map(ProtoWriter::zigzag).toArray());
  }

  /// Writes a packed repeated double, unless it is empty.
  public ProtoWriter float64s(int field, double... values) {
    return values.length == 0
        ? this
        : message(
            field,
            inner ->
                Arrays.stream(values)
                    .mapToLong(Double::doubleToRawLongBits)
                    .forEach(inner::fixed64));
  }

  /// Returns a copy of the message.
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  private void varint(long value) {
    ensure(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  private void fixed64(long bits) {
    ensure(8);
    for (int i = 0; i < 8; i++) {
      bytes[size++] = (byte) (bits >>> (8 * i));
    }
  }

  private void append(byte[] source, int count) {
    ensure(count);
    System.arraycopy(source, 0, bytes, size, count);
    size += count;
  }

  private void ensure(int additional) {
    if (additional > bytes.length - size) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, additional), bytes.length * 2));
    }
  }
}
