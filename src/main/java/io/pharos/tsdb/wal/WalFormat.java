package io.pharos.tsdb.wal;

import io.pharos.bytes.Frames;

/// The numbers of the format (docs/format/wal.md).
final class WalFormat {
  /// "PHARWAL1" in ASCII.
  static final Frames.Kind SEGMENT = new Frames.Kind(0x5048_4152_5741_4C31L, Integer.BYTES, false);

  static final int TYPE_SERIES = 1;
  static final int TYPE_SAMPLES = 2;
  static final int TYPE_MIXED = 3;

  /// Bit of a sample's control byte: a difference of the timestamp follows.
  static final int HAS_TIME = 0x80;

  /// Bits of a sample's control byte in a record of both kinds: a histogram follows, not the bytes
  /// of a value.
  static final int HISTOGRAM = 0x7F;

  /// The shortest sample: reference and control byte.
  static final int MIN_SAMPLE = 2;

  private WalFormat() {}
}
