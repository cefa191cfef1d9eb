package io.pharos.tsdb.chunk;

import io.pharos.bytes.CorruptDataException;

/// Encoding of the samples of a chunk (`docs/format/chunk.md`).
public enum ChunkEncoding {
  /// Floats, each as the difference from the one before.
  FLOATS(SampleKind.FLOAT, 0),
  /// Native histograms, encoded like [#FLOATS].
  HISTOGRAMS(SampleKind.HISTOGRAM, 1),
  /// Decimal floats, as integers of a fixed width.
  PACKED(SampleKind.FLOAT, 2);

  private final SampleKind kind;
  private final int code;

  ChunkEncoding(SampleKind kind, int code) {
    this.kind = kind;
    this.code = code;
  }

  /// Type of the samples.
  public SampleKind kind() {
    return kind;
  }

  /// The code in files.
  public int code() {
    return code;
  }

  /// The encoding of a code in files.
  ///
  /// @throws CorruptDataException when the code is unknown
  public static ChunkEncoding of(int code) {
    return switch (code) {
      case 0 -> FLOATS;
      case 1 -> HISTOGRAMS;
      case 2 -> PACKED;
      default -> throw new CorruptDataException("chunk kind " + code + ", 0 to 2 was expected");
    };
  }
}
