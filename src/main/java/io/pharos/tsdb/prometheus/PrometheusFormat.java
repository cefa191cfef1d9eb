package io.pharos.tsdb.prometheus;

import io.pharos.bytes.CorruptDataException;
import java.nio.file.Path;
import java.util.Comparator;

/// Constants of Prometheus' block format, and the format's order of strings.
final class PrometheusFormat {
  static final int INDEX_MAGIC = 0xBAAA_D700;
  static final int INDEX_VERSION = 2;
  static final int INDEX_HEADER = 5;
  static final int SERIES_ALIGNMENT = 16;
  static final int CONTENTS = 52;
  static final int CHUNKS_MAGIC = 0x85BD_40DD;
  static final int CHUNKS_VERSION = 1;
  static final int CHUNKS_HEADER = 8;
  static final int TOMBSTONES_MAGIC = 0x0130_BA30;
  static final int TOMBSTONES_VERSION = 1;
  static final int META_VERSION = 1;

  static final int FLOATS = 1;
  static final int HISTOGRAMS = 2;
  static final int FLOAT_HISTOGRAMS = 3;

  /// Compares strings by their UTF-8 bytes, as Go does.
  static final Comparator<String> BY_BYTES = PrometheusFormat::compare;

  private PrometheusFormat() {}

  private static int compare(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char one = a.charAt(i);
      char other = b.charAt(i);
      if (one != other) {
        return Integer.compare(rank(one), rank(other));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /* In UTF-8, characters above U+FFFF come after all others. In Java's strings, they are
   * surrogates. */
  private static int rank(char c) {
    return Character.isSurrogate(c) ? c + 0x10000 : c;
  }

  static CorruptDataException damaged(Path file, long offset, String reason) {
    return CorruptDataException.at(file, offset, reason);
  }
}
