package io.pharos.bytes.protobuf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// Writes the fields of one message. Numbers that are zero and texts that are empty are left out,
/// as proto3 has it.
public final class ProtoWriter {
  private byte[] bytes = new byte[256];
  private int size;

  /// How many bytes were written.
  public int size() {
    return size;
  }

  /// An int64, uint64, int32, uint32, bool or enum.
  public ProtoWriter int64(int field, long value) {
    if (value != 0) {
      varint((long) field << 3);
      varint(value);
    }
    return this;
  }

  /// A sint32 or sint64.
  public ProtoWriter sint64(int field, long value) {
    return int64(field, zigzag(value));
  }

  /// A double, bit for bit.
  public ProtoWriter float64(int field, double value) {
    long bits = Double.doubleToRawLongBits(value);
    if (bits != 0) {
      varint((long) field << 3 | 1);
      fixed64(bits);
    }
    return this;
  }

  /// As [#int64], written even where it is zero: of some fields that says something.
  public ProtoWriter varint(int field, long value) {
    varint((long) field << 3);
    varint(value);
    return this;
  }

  /// A fixed64, sfixed64 or double by its bits, written even where it is zero.
  public ProtoWriter fixed(int field, long bits) {
    varint((long) field << 3 | 1);
    fixed64(bits);
    return this;
  }

  /// Packed ones of these.
  public ProtoWriter fixeds(int field, long... bits) {
    return message(field, inner -> Arrays.stream(bits).forEach(inner::fixed64));
  }

  public ProtoWriter string(int field, String value) {
    return value.isEmpty() ? this : element(field, value);
  }

  /// One element of a repeated string, written even where it is empty.
  public ProtoWriter element(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /// Bytes, written even where there are none.
  public ProtoWriter bytes(int field, byte[] value) {
    varint((long) field << 3 | 2);
    varint(value.length);
    append(value, value.length);
    return this;
  }

  /// An embedded message, written even where it is empty.
  public ProtoWriter message(int field, Consumer<ProtoWriter> content) {
    var inner = new ProtoWriter();
    content.accept(inner);
    varint((long) field << 3 | 2);
    varint(inner.size);
    append(inner.bytes, inner.size);
    return this;
  }

  /// A packed repeated int64, uint64 or uint32.
  public ProtoWriter int64s(int field, long... values) {
    return values.length == 0
        ? this
        : message(field, inner -> Arrays.stream(values).forEach(inner::varint));
  }

  /// A packed repeated sint64.
  public ProtoWriter sint64s(int field, long... values) {
    return int64s(field, Arrays.stream(values).map(ProtoWriter::zigzag).toArray());
  }

  /// A packed repeated double.
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

  /// What was written so far.
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

  private void append(byte[] more, int count) {
    ensure(count);
    System.arraycopy(more, 0, bytes, size, count);
    size += count;
  }

  private void ensure(int more) {
    if (more > bytes.length - size) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length * 2));
    }
  }
}
