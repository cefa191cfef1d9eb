package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Reads the records of a segment of an earlier release (docs/format/wal.md, types 1 to 3).
final class EarlierRecords {
  static final int TYPE_SERIES = 1;
  static final int TYPE_SAMPLES = 2;
  static final int TYPE_MIXED = 3;

  /// Control value of a sample in a mixed record: a histogram follows.
  static final int HISTOGRAM = 0x7F;

  /// Bit of a sample's control byte: a difference of the timestamp follows.
  private static final int HAS_TIME = 0x80;

  /// Length of the shortest sample: reference and control byte.
  private static final int MIN_SAMPLE = 2;

  /* Lower references are kept in a bit set, the rare higher ones in a hash set. */
  private static final int DENSE = 1 << 24;

  private final BitSet denseRefs = new BitSet();
  private final Set<Long> otherRefs = new HashSet<>();

  private final UnaryOperator<String> strings;

  /// @param strings as in [SegmentReader]
  EarlierRecords(UnaryOperator<String> strings) {
    this.strings = strings;
  }

  WalRecord series(ByteSource source) {
    long ref = source.uvarint();
    var pairs = new String[source.count(2) * 2];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = strings.apply(source.string());
    }
    if (ref >= 0 && ref < DENSE) {
      denseRefs.set((int) ref);
    } else {
      otherRefs.add(ref);
    }
    return new WalRecord.Series(ref, SegmentReader.labels(pairs));
  }

  WalRecord samples(ByteSource source, SegmentReader.Columns columns, boolean mixed) {
    int count = source.count(MIN_SAMPLE);
    long base = source.varint();
    columns.begin(count);
    long ref = 0;
    for (int i = 0; i < count; i++) {
      ref += source.varint();
      int control = source.u8();
      if (!isDefined(ref)) {
        throw new CorruptDataException("a sample of series " + ref + ", which is undefined");
      }
      long time = (control & HAS_TIME) == 0 ? base : base + source.varint();
      int valueBytes = control & ~HAS_TIME;
      if (mixed && valueBytes == HISTOGRAM) {
        columns.add(ref, time, SegmentReader.Columns.histogram(source));
      } else if (valueBytes <= 8) {
        columns.add(ref, time, Double.longBitsToDouble(source.topBytes(valueBytes)));
      } else {
        throw new CorruptDataException(valueBytes + " bytes for a value, at most 8 were expected");
      }
    }
    return columns.record();
  }

  private boolean isDefined(long ref) {
    boolean dense = ref >= 0 && ref < DENSE;
    return dense ? denseRefs.get((int) ref) : otherRefs.contains(ref);
  }
}
