package io.pharos.tsdb.chunk;

/// How the samples of a chunk are written (`docs/format/chunk.md`).
public enum ChunkEncoding {
  /// Floats, each as its difference from the one before.
  FLOATS(SampleKind.FLOAT),
  /// Native histograms, in the same way.
  HISTOGRAMS(SampleKind.HISTOGRAM),
  /// Floats that are decimals, as whole numbers of one width.
  PACKED(SampleKind.FLOAT);

  private final SampleKind kind;

  ChunkEncoding(SampleKind kind) {
    this.kind = kind;
  }

  /// What the samples are.
  public SampleKind kind() {
    return kind;
  }
}
