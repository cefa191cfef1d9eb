package io.pharos.promql.engine;

import io.pharos.model.Labels;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Maps label sets evenly to numbers from 0 to 1 with Prometheus' hash (XXH64 of names and values,
/// each followed by 0xff), so that `limit_ratio` selects the same series as Prometheus.
final class LabelHash {
  private static final long PRIME_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_3 = 0x165667B19E3779F9L;
  private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_5 = 0x27D4EB2F165667C5L;

  private LabelHash() {}

  /// Returns the number from 0 to 1 to which a label set is mapped.
  static double share(Labels labels) {
    var bytes = new ByteArrayOutputStream();
    labels.forEach(
        (name, value) -> {
          bytes.writeBytes(name.getBytes(StandardCharsets.UTF_8));
          bytes.write(0xff);
          bytes.writeBytes(value.getBytes(StandardCharsets.UTF_8));
          bytes.write(0xff);
        });
    long hash = xxh64(bytes.toByteArray());
    return ((hash >>> 1) * 2.0 + (hash & 1)) / 0x1p64;
  }

  /// XXH64 with seed 0 (https://github.com/Cyan4973/xxHash, xxhash_spec.md).
  static long xxh64(byte[] input) {
    ByteBuffer data = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    long hash;
    if (input.length >= 32) {
      long a = seeded(PRIME_1) + PRIME_2;
      long b = PRIME_2;
      long c = 0;
      long d = -PRIME_1;
      while (data.remaining() >= 32) {
        a = round(a, data.getLong());
        b = round(b, data.getLong());
        c = round(c, data.getLong());
        d = round(d, data.getLong());
      }
      hash =
          Long.rotateLeft(a, 1)
              + Long.rotateLeft(b, 7)
              + Long.rotateLeft(c, 12)
              + Long.rotateLeft(d, 18);
      hash = merge(merge(merge(merge(hash, a), b), c), d);
    } else {
      hash = PRIME_5;
    }
    hash += input.length;
    while (data.remaining() >= 8) {
      hash = Long.rotateLeft(hash ^ round(0, data.getLong()), 27) * PRIME_1 + PRIME_4;
    }
    if (data.remaining() >= 4) {
      hash =
          Long.rotateLeft(hash ^ ((data.getInt() & 0xffffffffL) * PRIME_1), 23) * PRIME_2 + PRIME_3;
    }
    while (data.hasRemaining()) {
      hash = Long.rotateLeft(hash ^ ((data.get() & 0xffL) * PRIME_5), 11) * PRIME_1;
    }
    hash = (hash ^ (hash >>> 33)) * PRIME_2;
    hash = (hash ^ (hash >>> 29)) * PRIME_3;
    return hash ^ (hash >>> 32);
  }

  /// Returns its argument. Error Prone rejects a constant sum that overflows; with this call the
  /// sum is not constant. The overflow is intended.
  private static long seeded(long prime) {
    return prime;
  }

  private static long round(long accumulator, long lane) {
    return Long.rotateLeft(accumulator + lane * PRIME_2, 31) * PRIME_1;
  }

  private static long merge(long hash, long lane) {
    return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
  }
}
