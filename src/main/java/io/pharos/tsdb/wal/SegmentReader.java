package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.Frames;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads the records of one segment, up to the first damage.
final class SegmentReader implements Frames.Reader {
  /* References below this are kept in a bit set, the rare others in a hash set. */
  private static final int DENSE = 1 << 24;

  private final Consumer<WalRecord> records;
  private final BitSet denseRefs = new BitSet();
  private final Set<Long> otherRefs = new HashSet<>();
  private long[] refs = new long[1024];
  private long[] timestamps = new long[1024];
  private double[] values = new double[1024];

  SegmentReader(Consumer<WalRecord> records) {
    this.records = records;
  }

  @Override
  public void frame(ByteSource payload) {
    records.accept(decode(payload));
  }

  /// What stands behind damage may belong to series that are lost with it.
  @Override
  public boolean damaged() {
    return false;
  }

  private WalRecord decode(ByteSource source) {
    int type = source.u8();
    WalRecord record =
        switch (type) {
          case WalFormat.TYPE_SERIES -> series(source);
          case WalFormat.TYPE_SAMPLES -> samples(source, null);
          case WalFormat.TYPE_MIXED -> samples(source, new ArrayList<>());
          default ->
              throw new CorruptDataException("record type " + type + ", 1 to 3 was expected");
        };
    if (source.remaining() != 0) {
      throw new CorruptDataException(source.remaining() + " bytes too many in a record");
    }
    return record;
  }

  private WalRecord series(ByteSource source) {
    long ref = source.uvarint();
    int count = source.count(2);
    var pairs = new String[count * 2];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = source.string();
    }
    if (ref >= 0 && ref < DENSE) {
      denseRefs.set((int) ref);
    } else {
      otherRefs.add(ref);
    }
    try {
      return new WalRecord.Series(ref, Labels.of(pairs));
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException("labels of a series: " + e.getMessage());
    }
  }

  /// @param histograms where histograms go, or null where there are none
  private WalRecord samples(ByteSource source, @Nullable List<@Nullable Histogram> histograms) {
    int count = source.count(WalFormat.MIN_SAMPLE);
    long base = source.varint();
    if (refs.length < count) {
      refs = new long[count];
      timestamps = new long[count];
      values = new double[count];
    }
    long ref = 0;
    for (int i = 0; i < count; i++) {
      ref += source.varint();
      int control = source.u8();
      if (!isDefined(ref)) {
        throw new CorruptDataException("a sample of series " + ref + ", which the segment lacks");
      }
      refs[i] = ref;
      timestamps[i] = (control & WalFormat.HAS_TIME) == 0 ? base : base + source.varint();
      int valueBytes = control & ~WalFormat.HAS_TIME;
      Histogram histogram = null;
      if (histograms != null && valueBytes == WalFormat.HISTOGRAM) {
        histogram = histogram(source);
        values[i] = Double.NaN;
      } else if (valueBytes <= 8) {
        values[i] = Double.longBitsToDouble(source.topBytes(valueBytes));
      } else {
        throw new CorruptDataException(valueBytes + " bytes of a value, at most 8 were expected");
      }
      if (histograms != null) {
        histograms.add(histogram);
      }
    }
    return new WalRecord.Samples(
        count,
        refs,
        timestamps,
        values,
        histograms == null ? null : histograms.toArray(new @Nullable Histogram[0]));
  }

  private static Histogram histogram(ByteSource source) {
    ResetHint hint = HistogramLayout.hint(source.u8());
    HistogramLayout layout = HistogramLayout.read(source);
    /* Each column takes a byte at least. */
    if (layout.columnCount() > source.remaining()) {
      throw new CorruptDataException(
          layout.columnCount() + " values where only " + source.remaining() + " bytes remain");
    }
    var columns = new long[(int) layout.columnCount()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = source.trimmed();
    }
    return layout.histogram(hint, columns);
  }

  private boolean isDefined(long ref) {
    boolean dense = ref >= 0 && ref < DENSE;
    return dense ? denseRefs.get((int) ref) : otherRefs.contains(ref);
  }
}
