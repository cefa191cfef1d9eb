package io.pharos.tsdb.wal;

import io.pharos.bytes.Frames;

/// The numbers of the format (docs/format/wal.md).
final class WalFormat {
  /// "PHARWAL1" in ASCII.
  static final Frames.Kind SEGMENT = new Frames.Kind(0x5048_4152_5741_4C31L, Integer.BYTES, false);

  static final int TYPE_SERIES = 4;
  static final int TYPE_SAMPLES = 5;
  static final int TYPE_MIXED = 6;

  /// What samples count from; 7 and 8 are left for other samples.
  static final int TYPE_STARTS = 9;

  /// Bit of a sample's control byte: a difference of the timestamp follows.
  static final int HAS_TIME = 0x80;

  /// Bit of a sample's control byte: what lies between its series and the one after the last
  /// sample's follows.
  static final int HAS_STEP = 0x40;

  /// The other bits of a sample's control byte: how the value differs.
  static final int CHANGE = 0x3F;

  /// In a record of both kinds: a histogram follows, not the bytes of a value.
  static final int HISTOGRAM = 0x3F;

  /// So many strings of a segment have numbers; those that come later are written out each time.
  static final int MAX_SYMBOLS = 1 << 16;

  /// The shortest sample: a control byte.
  static final int MIN_SAMPLE = 1;

  private WalFormat() {}
}
