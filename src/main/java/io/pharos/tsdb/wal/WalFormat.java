package io.pharos.tsdb.wal;

import io.pharos.bytes.Frames;

/// Constants of the format (docs/format/wal.md).
final class WalFormat {
  /// "PHARWAL1" in ASCII.
  static final Frames.Kind SEGMENT = new Frames.Kind(0x5048_4152_5741_4C31L, Integer.BYTES, false);

  static final int TYPE_SERIES = 4;
  static final int TYPE_SAMPLES = 5;

  /// Out-of-order samples.
  static final int TYPE_LATE = 6;

  /// In place of a span's length: several samples of one series follow.
  static final int LINE = 0;

  /// Start timestamps.
  static final int TYPE_STARTS = 9;

  /// Maximum number of numbered strings in a segment; later strings are written in full each time.
  static final int MAX_SYMBOLS = 1 << 16;

  /// Maximum number of labels of a series that can be encoded as changes to the series before.
  static final int MAX_CHANGES = 63;

  private WalFormat() {}
}
