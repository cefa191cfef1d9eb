package io.pharos.tsdb.chunk;

import io.pharos.bytes.CorruptDataException;

/// How the samples of a chunk are written (`docs/format/chunk.md`).
public enum ChunkEncoding {
  /// Floats, each as its difference from the one before.
  FLOATS(SampleKind.FLOAT, 0),
  /// Native histograms, in the same way.
  HISTOGRAMS(SampleKind.HISTOGRAM, 1),
  /// Floats that are decimals, as whole numbers of one width.
  PACKED(SampleKind.FLOAT, 2);

  private final SampleKind kind;
  private final int code;

  ChunkEncoding(SampleKind kind, int code) {
    this.kind = kind;
    this.code = code;
  }

  /// What the samples are.
  public SampleKind kind() {
    return kind;
  }

  /// The number that stands for it in files.
  public int code() {
    return code;
  }

  /// The encoding that a number stands for.
  ///
  /// @throws CorruptDataException where it stands for none
  public static ChunkEncoding of(int code) {
    return switch (code) {
      case 0 -> FLOATS;
      case 1 -> HISTOGRAMS;
      case 2 -> PACKED;
      default -> throw new CorruptDataException("chunk kind " + code + ", 0 to 2 was expected");
    };
  }
}
