package io.pharos.tsdb.wal;

import io.pharos.bytes.Frames;

/// The numbers of the format (docs/format/wal.md).
final class WalFormat {
  /// "PHARWAL1" in ASCII.
  static final Frames.Kind SEGMENT = new Frames.Kind(0x5048_4152_5741_4C31L, Integer.BYTES, false);

  static final int TYPE_SERIES = 4;
  static final int TYPE_SAMPLES = 5;

  /// Samples that came out of order.
  static final int TYPE_LATE = 6;

  /// What samples count from.
  static final int TYPE_STARTS = 9;

  /// So many strings of a segment have numbers; those that come later are written out each time.
  static final int MAX_SYMBOLS = 1 << 16;

  /// A series of so many labels can be said by what differs from the one before.
  static final int MAX_CHANGES = 63;

  private WalFormat() {}
}
