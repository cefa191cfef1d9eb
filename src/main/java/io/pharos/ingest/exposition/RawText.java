package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A range of a body as the target exposed it: a series with its labels, or a line. The parser
/// reuses one object for all series, so an object is valid only during the call that receives it.
public final class RawText {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HASH_FACTOR = 0x9E3779B97F4A7C15L;

  private final LabelParser labels;
  private byte[] body = new byte[0];
  private int from;
  private int to;
  private int limit;
  long hash;

  RawText(LabelParser labels) {
    this.labels = labels;
  }

  void set(byte[] newBody, int newFrom, int newTo, int newLimit) {
    body = newBody;
    from = newFrom;
    to = newTo;
    limit = newLimit;
    hash = hash(newBody, newFrom, newTo);
  }

  /// Returns a new object for the same range; the parser does not reuse the new object.
  RawText copy() {
    var copy = new RawText(labels);
    copy.set(body, from, to, limit);
    return copy;
  }

  /// Parses the text as a series.
  ///
  /// @return the labels of the series, including the metric name
  /// @throws ExpositionException if the text is not a well-formed series
  public Labels labels() throws ExpositionException {
    return labels.parse(body, from, to, limit);
  }

  boolean contentEquals(CachedText text) {
    return Arrays.equals(body, from, to, text.bytes, text.from, text.to);
  }

  /// Returns a copy of the bytes.
  public byte[] toBytes() {
    return Arrays.copyOfRange(body, from, to);
  }

  private static long hash(byte[] bytes, int from, int to) {
    long h = (to - from) * HASH_FACTOR;
    int offset = from;
    for (; offset + Long.BYTES <= to; offset += Long.BYTES) {
      h = (h ^ (long) WORDS.get(bytes, offset)) * HASH_FACTOR;
      h ^= h >>> 29;
    }
    for (; offset < to; offset++) {
      h = (h ^ bytes[offset]) * HASH_FACTOR;
    }
    return h ^ (h >>> 32);
  }

  /// Returns the text as the target exposed it.
  @Override
  public String toString() {
    return new String(body, from, to - from, StandardCharsets.UTF_8);
  }
}
