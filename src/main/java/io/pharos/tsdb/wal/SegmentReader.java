package io.pharos.tsdb.wal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads one segment from its beginning to the first byte that is not as it should be.
final class SegmentReader {
  /* References below this are kept in a bit set, the rare others in a hash set. */
  private static final int DENSE = 1 << 24;

  private final int number;
  private final BitSet denseRefs = new BitSet();
  private final Set<Long> otherRefs = new HashSet<>();
  private long[] refs = new long[1024];
  private long[] timestamps = new long[1024];
  private double[] values = new double[1024];

  SegmentReader(int number) {
    this.number = number;
  }

  SegmentEnd read(Path file, Consumer<WalRecord> records) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ);
        var arena = Arena.ofConfined()) {
      long size = channel.size();
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      return read(bytes, records);
    }
  }

  private SegmentEnd read(MemorySegment bytes, Consumer<WalRecord> records) {
    long size = bytes.byteSize();
    if (size < WalFormat.SEGMENT_HEADER) {
      return new SegmentEnd.Torn(0);
    }
    var header = new ByteSource(bytes);
    boolean known = header.i64() == WalFormat.MAGIC && header.u32() == number;
    if (!known || header.u32() != ByteSource.crc(bytes, 0, WalFormat.SEGMENT_HEADER - 4)) {
      return isZero(bytes, 0)
          ? new SegmentEnd.Torn(0)
          : new SegmentEnd.Corrupt(0, "the segment header is not that of segment " + number);
    }
    long at = WalFormat.SEGMENT_HEADER;
    while (at < size) {
      if (size - at < WalFormat.RECORD_HEADER) {
        return new SegmentEnd.Torn(at);
      }
      if (ByteSource.crc(bytes, at, 8) != ByteSource.u32(bytes, at + 8)) {
        return isZero(bytes, at)
            ? new SegmentEnd.Torn(at)
            : new SegmentEnd.Corrupt(at, "the checksum of the record header does not match");
      }
      long length = ByteSource.u32(bytes, at) & 0xFFFF_FFFFL;
      long payload = at + WalFormat.RECORD_HEADER;
      if (length > size - payload) {
        return new SegmentEnd.Torn(at);
      }
      if (ByteSource.crc(bytes, payload, length) != ByteSource.u32(bytes, at + 4)) {
        return new SegmentEnd.Corrupt(at, "the checksum of the record does not match");
      }
      try {
        records.accept(decode(new ByteSource(bytes.asSlice(payload, length))));
      } catch (CorruptDataException e) {
        return new SegmentEnd.Corrupt(at, String.valueOf(e.getMessage()));
      }
      at = payload + length;
    }
    return new SegmentEnd.Clean();
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

  private static boolean isZero(MemorySegment bytes, long from) {
    for (long at = from; at < bytes.byteSize(); at++) {
      if (bytes.get(JAVA_BYTE, at) != 0) {
        return false;
      }
    }
    return true;
  }
}
