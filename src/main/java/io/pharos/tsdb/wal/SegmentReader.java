package io.pharos.tsdb.wal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.pharos.model.Labels;
import io.pharos.tsdb.bytes.ByteSource;
import io.pharos.tsdb.bytes.CorruptDataException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

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
          case WalFormat.TYPE_SAMPLES -> samples(source);
          default ->
              throw new CorruptDataException("record type " + type + ", 1 or 2 was expected");
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

  private WalRecord samples(ByteSource source) {
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
      int valueBytes = control & 0x7F;
      if (valueBytes > 8) {
        throw new CorruptDataException(valueBytes + " bytes of a value, at most 8 were expected");
      }
      if (!isDefined(ref)) {
        throw new CorruptDataException("a sample of series " + ref + ", which the segment lacks");
      }
      refs[i] = ref;
      timestamps[i] = (control & WalFormat.HAS_TIME) == 0 ? base : base + source.varint();
      values[i] = Double.longBitsToDouble(source.topBytes(valueBytes));
    }
    return new WalRecord.Samples(count, refs, timestamps, values);
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
