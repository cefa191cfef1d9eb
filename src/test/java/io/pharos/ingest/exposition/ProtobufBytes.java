package io.pharos.ingest.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/// Writes protobuf messages by field number.
public final class ProtobufBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public static ProtobufBytes message() {
    return new ProtobufBytes();
  }

  /// A delimited `MetricFamily` with metrics; a body consists of several.
  public static ProtobufBytes family(String name, int type, ProtobufBytes... metrics) {
    ProtobufBytes family = message().text(1, name).text(2, "Help of " + name + ".").varint(3, type);
    for (ProtobufBytes metric : metrics) {
      family.message(4, metric);
    }
    return family;
  }

  /// A `Metric` with labels and its value.
  public static ProtobufBytes metric(int field, ProtobufBytes value, String... labels) {
    ProtobufBytes metric = message();
    for (int i = 0; i < labels.length; i += 2) {
      metric.message(1, message().text(1, labels[i]).text(2, labels[i + 1]));
    }
    return metric.message(field, value);
  }

  /// A `BucketSpan`.
  public static ProtobufBytes span(int offset, int length) {
    return message().signed(1, offset).varint(2, length);
  }

  public static byte[] body(ProtobufBytes... families) {
    ProtobufBytes body = message();
    for (ProtobufBytes family : families) {
      body.raw(family.out.size());
      body.out.writeBytes(family.toByteArray());
    }
    return body.toByteArray();
  }

  public ProtobufBytes varint(int field, long value) {
    raw((long) field << 3);
    raw(value);
    return this;
  }

  public ProtobufBytes signed(int field, long value) {
    return varint(field, zigzag(value));
  }

  public ProtobufBytes float64(int field, double value) {
    raw((long) field << 3 | 1);
    fixed(value);
    return this;
  }

  public ProtobufBytes text(int field, String text) {
    return bytes(field, text.getBytes(UTF_8));
  }

  public ProtobufBytes message(int field, ProtobufBytes message) {
    return bytes(field, message.toByteArray());
  }

  public ProtobufBytes bytes(int field, byte[] bytes) {
    raw((long) field << 3 | 2);
    raw(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  /// A packed run of zigzag-encoded numbers.
  public ProtobufBytes packed(int field, long... values) {
    ProtobufBytes run = message();
    for (long value : values) {
      run.raw(zigzag(value));
    }
    return message(field, run);
  }

  /// A packed run of doubles.
  public ProtobufBytes packed(int field, double... values) {
    ProtobufBytes run = message();
    for (double value : values) {
      run.fixed(value);
    }
    return message(field, run);
  }

  private void fixed(double value) {
    long bits = Double.doubleToRawLongBits(value);
    for (int i = 0; i < 8; i++) {
      out.write((int) (bits >>> (8 * i)));
    }
  }

  private void raw(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }

  public byte[] toByteArray() {
    return out.toByteArray();
  }
}
