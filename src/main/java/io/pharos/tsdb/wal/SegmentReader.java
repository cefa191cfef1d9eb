package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.Frames;
import io.pharos.model.Labels;
import io.pharos.tsdb.start.StartRuns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// Reads the records of one segment, up to the first damage.
final class SegmentReader implements Frames.Reader {
  private final Consumer<WalRecord> records;
  private final SampleColumns columns = new SampleColumns();
  private final EarlierRecords earlier = new EarlierRecords();
  private final List<String> symbols = new ArrayList<>();
  private long[] lastBits = new long[64];
  private int seriesCount;
  private boolean hasEarlier;
  private boolean hasOthers;

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
    hasEarlier |= type <= EarlierRecords.TYPE_MIXED;
    hasOthers |= type > EarlierRecords.TYPE_MIXED;
    if (hasEarlier && hasOthers) {
      throw new CorruptDataException(
          "record type " + type + ", of another release than those before");
    }
    WalRecord record =
        switch (type) {
          case EarlierRecords.TYPE_SERIES -> earlier.series(source);
          case EarlierRecords.TYPE_SAMPLES -> earlier.samples(source, columns, false);
          case EarlierRecords.TYPE_MIXED -> earlier.samples(source, columns, true);
          case WalFormat.TYPE_SERIES -> series(source);
          case WalFormat.TYPE_SAMPLES -> samples(source, false);
          case WalFormat.TYPE_MIXED -> samples(source, true);
          case WalFormat.TYPE_STARTS -> starts(source);
          default ->
              throw new CorruptDataException("record type " + type + ", 1 to 6 or 9 was expected");
        };
    if (source.remaining() != 0) {
      throw new CorruptDataException(source.remaining() + " bytes too many in a record");
    }
    return record;
  }

  private WalRecord series(ByteSource source) {
    var pairs = new String[source.count(2) * 2];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = symbol(source);
    }
    Labels labels = labels(pairs);
    if (seriesCount == lastBits.length) {
      lastBits = Arrays.copyOf(lastBits, seriesCount * 2);
    }
    return new WalRecord.Series(seriesCount++, labels);
  }

  private String symbol(ByteSource source) {
    long number = source.uvarint();
    if (number != 0) {
      if (number < 0 || number > symbols.size()) {
        throw new CorruptDataException(
            "string %s of %d".formatted(Long.toUnsignedString(number), symbols.size()));
      }
      return symbols.get((int) number - 1);
    }
    String text = source.string();
    if (symbols.size() < WalFormat.MAX_SYMBOLS) {
      symbols.add(text);
    }
    return text;
  }

  /// The labels of these names and values in turn.
  ///
  /// @throws CorruptDataException where they are not such
  static Labels labels(String[] pairs) {
    try {
      return Labels.of(pairs);
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException("labels of a series: " + e.getMessage());
    }
  }

  private WalRecord starts(ByteSource source) {
    int count = source.count(3);
    long base = source.varint();
    long[] refs = new long[count];
    long[] times = new long[count];
    long[] starts = new long[count];
    long next = 0;
    for (int i = 0; i < count; i++) {
      refs[i] = next + source.varint();
      if (refs[i] < 0 || refs[i] >= seriesCount) {
        throw new CorruptDataException(
            "a start of series %d of %d in the segment".formatted(refs[i], seriesCount));
      }
      times[i] = base + source.varint();
      starts[i] = StartRuns.readStart(source, base);
      next = refs[i] + 1;
    }
    return new WalRecord.Starts(count, refs, times, starts);
  }

  private WalRecord samples(ByteSource source, boolean mixed) {
    int count = source.count(WalFormat.MIN_SAMPLE);
    long base = source.varint();
    columns.begin(count, mixed);
    long next = 0;
    for (int i = 0; i < count; i++) {
      int control = source.u8();
      long number = (control & WalFormat.HAS_STEP) == 0 ? next : next + source.varint();
      if (number < 0 || number >= seriesCount) {
        throw new CorruptDataException(
            "a sample of series %d of %d in the segment".formatted(number, seriesCount));
      }
      long time = (control & WalFormat.HAS_TIME) == 0 ? base : base + source.varint();
      int change = control & WalFormat.CHANGE;
      if (mixed && change == WalFormat.HISTOGRAM) {
        columns.add(number, time, SampleColumns.histogram(source));
      } else {
        long bits = lastBits[(int) number] ^ ValueChange.read(source, change);
        lastBits[(int) number] = bits;
        columns.add(number, time, Double.longBitsToDouble(bits));
      }
      next = number + 1;
    }
    return columns.record();
  }
}
