package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.Frames;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.start.StartRuns;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Reads the records of one segment up to the first damage.
final class SegmentReader implements Frames.Reader {
  /// "PHARWAL1" in ASCII.
  static final Frames.Kind SEGMENT = new Frames.Kind(0x5048_4152_5741_4C31L, Integer.BYTES, false);

  static final int TYPE_SERIES = 4;
  static final int TYPE_SAMPLES = 5;

  /// Out-of-order samples.
  static final int TYPE_LATE = 6;

  /// Written instead of a span's length if several samples of one series follow.
  static final int LINE = 0;

  /// Start timestamps.
  static final int TYPE_STARTS = 9;

  /// Maximum number of strings that get a number in a segment; further strings are written in full
  /// each time.
  static final int MAX_SYMBOLS = 1 << 16;

  /// Maximum number of labels of a series that can be encoded as changes to the labels of the
  /// series before.
  static final int MAX_CHANGES = 63;

  private final Consumer<WalRecord> records;
  private final Columns columns = new Columns();
  private final UnaryOperator<String> strings;
  private final Earlier earlier;
  private final List<String> symbols = new ArrayList<>();
  private final SeriesValues values = new SeriesValues();
  private String[] lastPairs = {};
  private boolean hasEarlier;
  private boolean hasCurrent;

  /// @param strings returns one shared copy of equal strings, used for the labels of all segments
  SegmentReader(Consumer<WalRecord> records, UnaryOperator<String> strings) {
    this.records = records;
    this.strings = strings;
    this.earlier = new Earlier(strings);
  }

  /// Returns a function that maps each string to the first equal string it was called with.
  static UnaryOperator<String> sharing() {
    var firstByText = new HashMap<String, String>();
    return text -> {
      String first = firstByText.putIfAbsent(text, text);
      return first == null ? text : first;
    };
  }

  @Override
  public void frame(ByteSource payload) {
    int type = payload.u8();
    hasEarlier |= type <= Earlier.TYPE_MIXED;
    hasCurrent |= type > Earlier.TYPE_MIXED;
    if (hasEarlier && hasCurrent) {
      throw new CorruptDataException(
          "record type " + type + " belongs to another release than the earlier records");
    }
    switch (type) {
      case Earlier.TYPE_SERIES -> acceptLast(payload, earlier.series(payload));
      case Earlier.TYPE_SAMPLES -> acceptLast(payload, earlier.samples(payload, columns, false));
      case Earlier.TYPE_MIXED -> acceptLast(payload, earlier.samples(payload, columns, true));
      case TYPE_SERIES -> {
        while (payload.remaining() > 0) {
          records.accept(series(payload));
        }
      }
      case TYPE_SAMPLES -> acceptLast(payload, samples(payload));
      case TYPE_LATE -> acceptLast(payload, new WalRecord.Late(samples(payload)));
      case TYPE_STARTS -> acceptLast(payload, starts(payload));
      default -> throw new CorruptDataException("record type " + type + ", expected 1 to 6 or 9");
    }
  }

  private void acceptLast(ByteSource payload, WalRecord record) {
    if (payload.remaining() != 0) {
      throw new CorruptDataException(payload.remaining() + " bytes follow the content of a record");
    }
    records.accept(record);
  }

  /// Ends the reading, because records after the damage may refer to lost series.
  @Override
  public boolean damaged() {
    return false;
  }

  private WalRecord series(ByteSource source) {
    String[] pairs = pairs(source);
    Labels labels = labels(pairs);
    lastPairs = pairs;
    values.add();
    return new WalRecord.Series(values.size() - 1, labels);
  }

  private String[] pairs(ByteSource source) {
    /* The number of labels plus one; 0 for labels that are encoded as changes. Each label takes
     * at least two bytes. */
    long shape = source.uvarint();
    if (shape == 0) {
      return changed(source);
    }
    if (shape < 0 || shape - 1 > source.remaining() / 2) {
      throw new CorruptDataException(
          Long.toUnsignedString(shape - 1)
              + " labels do not fit into "
              + source.remaining()
              + " bytes");
    }
    var pairs = new String[(int) (shape - 1) * 2];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = symbol(source);
    }
    return pairs;
  }

  private String[] changed(ByteSource source) {
    int labels = lastPairs.length / 2;
    long changes = source.uvarint();
    if (labels > MAX_CHANGES || changes >>> labels != 0) {
      throw new CorruptDataException(
          "label change mask %x is invalid for a series with %d labels".formatted(changes, labels));
    }
    String[] pairs = lastPairs.clone();
    for (int i = 0; i < labels; i++) {
      if ((changes & 1L << i) != 0) {
        pairs[2 * i + 1] = symbol(source);
      }
    }
    return pairs;
  }

  private String symbol(ByteSource source) {
    long number = source.uvarint();
    if (number != 0) {
      if (number < 0 || number > symbols.size()) {
        throw new CorruptDataException(
            "found string number %s, but the table has %d strings"
                .formatted(Long.toUnsignedString(number), symbols.size()));
      }
      return symbols.get((int) number - 1);
    }
    String text = strings.apply(source.string());
    if (symbols.size() < MAX_SYMBOLS) {
      symbols.add(text);
    }
    return text;
  }

  /// Creates labels from alternating names and values. Throws CorruptDataException when they are
  /// invalid.
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
      if (refs[i] < 0 || refs[i] >= values.size()) {
        throw new CorruptDataException(
            "found a start timestamp of series number %d, but the segment has %d series"
                .formatted(refs[i], values.size()));
      }
      times[i] = base + source.varint();
      starts[i] = StartRuns.readStart(source, base);
      next = refs[i] + 1;
    }
    return new WalRecord.Starts(count, refs, times, starts);
  }

  private WalRecord.Samples samples(ByteSource source) {
    long count = source.uvarint();
    long base = source.varint();
    /* One byte encodes at most this many samples. */
    if (count < 1 || count > source.remaining() * SeriesValues.MAX_RUN) {
      throw new CorruptDataException(
          Long.toUnsignedString(count)
              + " samples do not fit into "
              + source.remaining()
              + " bytes");
    }
    columns.begin((int) count);
    long next = 0;
    while (count > 0) {
      long length = source.uvarint();
      if (length == LINE) {
        long samples = source.uvarint();
        long series = next + source.varint();
        if (samples < 1 || samples > count) {
          throw new CorruptDataException(
              "found %s samples of a series, but only %d samples of the record are left"
                  .formatted(Long.toUnsignedString(samples), count));
        }
        if (series < 0 || series >= values.size()) {
          throw new CorruptDataException(
              "found samples of series number %d, but the segment has %d series"
                  .formatted(series, values.size()));
        }
        readLine(source, (int) series, (int) samples, base);
        next = series + 1;
        count -= samples;
        continue;
      }
      long from = next + source.varint();
      if (length < 1 || length > count) {
        throw new CorruptDataException(
            "found %s samples, but only %d samples of the record are left"
                .formatted(Long.toUnsignedString(length), count));
      }
      if (from < 0 || from > values.size() - length) {
        throw new CorruptDataException(
            "found samples of %d series from number %d on, but the segment has %d series"
                .formatted(length, from, values.size()));
      }
      readSpan(source, (int) from, (int) (from + length), base + source.varint());
      next = from + length;
      count -= length;
    }
    return columns.record();
  }

  private void readLine(ByteSource source, int series, int samples, long base) {
    long time = base;
    long step = 0;
    for (int i = 0; i < samples; i++) {
      step += source.varint();
      time += step;
      step = i == 0 ? 0 : step;
      readSpan(source, series, series + 1, time);
    }
  }

  private void readSpan(ByteSource source, int from, int to, long time) {
    int number = from;
    while (number < to) {
      int first = source.u8();
      if (first < SeriesValues.NO_VALUE) {
        columns.add(number, time, values.read(source, number, first));
        number++;
      } else if (first == SeriesValues.HISTOGRAM) {
        columns.add(number++, time, Columns.histogram(source));
      } else {
        int end = number + first - SeriesValues.RUN + 2;
        if (end > to) {
          throw new CorruptDataException(
              "found %d repeated values, but only %d samples are left"
                  .formatted(end - number, to - number));
        }
        while (number < end) {
          columns.add(number, time, values.last(number++));
        }
      }
    }
  }

  /// Collects the samples of one commit while they are read; reused for the next commit.
  static final class Columns {
    private long[] refs = new long[1024];
    private final SampleWindow samples = new SampleWindow(1024);

    /// Begins another commit. `count` is the number of its samples.
    void begin(int count) {
      if (refs.length < count) {
        refs = new long[count];
      }
      samples.clear();
      samples.reserve(count);
    }

    /// Adds a float.
    void add(long ref, long timestamp, double value) {
      refs[samples.size()] = ref;
      samples.add(timestamp, value);
    }

    /// Adds a histogram.
    void add(long ref, long timestamp, Histogram histogram) {
      refs[samples.size()] = ref;
      samples.add(timestamp, histogram);
    }

    /// The added samples, valid until the next [#begin].
    WalRecord.Samples record() {
      return new WalRecord.Samples(refs, samples);
    }

    /// Reads a histogram.
    static Histogram histogram(ByteSource source) {
      ResetHint hint = HistogramLayout.hint(source.u8());
      HistogramLayout layout = HistogramLayout.read(source);
      /* Each column takes at least one byte. */
      if (layout.columnCount() > source.remaining()) {
        throw new CorruptDataException(
            "found "
                + layout.columnCount()
                + " values, but only "
                + source.remaining()
                + " bytes remain");
      }
      var columns = new long[(int) layout.columnCount()];
      for (int i = 0; i < columns.length; i++) {
        columns[i] = source.trimmed();
      }
      return layout.histogram(hint, columns);
    }
  }

  /// Reads the records of a segment that an earlier release wrote (docs/format/wal.md, types 1 to
  /// 3).
  static final class Earlier {
    static final int TYPE_SERIES = 1;
    static final int TYPE_SAMPLES = 2;
    static final int TYPE_MIXED = 3;

    /// Value of the control byte if a histogram follows, in a record with floats and histograms.
    static final int HISTOGRAM = 0x7F;

    /// Bit of a sample's control byte: the difference to the record's base time follows.
    private static final int HAS_TIME = 0x80;

    /// Length in bytes of the shortest sample: one byte for the reference, one for control.
    private static final int MIN_SAMPLE = 2;

    /* References below this limit are stored in a bit set, the rare higher ones in a hash set. */
    private static final int MAX_DENSE = 1 << 24;

    private final BitSet denseRefs = new BitSet();
    private final Set<Long> otherRefs = new HashSet<>();

    private final UnaryOperator<String> strings;

    /// @param strings see the constructor of [SegmentReader]
    Earlier(UnaryOperator<String> strings) {
      this.strings = strings;
    }

    WalRecord series(ByteSource source) {
      long ref = source.uvarint();
      var pairs = new String[source.count(2) * 2];
      for (int i = 0; i < pairs.length; i++) {
        pairs[i] = strings.apply(source.string());
      }
      if (ref >= 0 && ref < MAX_DENSE) {
        denseRefs.set((int) ref);
      } else {
        otherRefs.add(ref);
      }
      return new WalRecord.Series(ref, labels(pairs));
    }

    WalRecord samples(ByteSource source, Columns columns, boolean mixed) {
      int count = source.count(MIN_SAMPLE);
      long base = source.varint();
      columns.begin(count);
      long ref = 0;
      for (int i = 0; i < count; i++) {
        ref += source.varint();
        int control = source.u8();
        if (!isDefined(ref)) {
          throw new CorruptDataException(
              "found a sample of series " + ref + ", which no earlier record defines");
        }
        long time = (control & HAS_TIME) == 0 ? base : base + source.varint();
        int valueBytes = control & ~HAS_TIME;
        if (mixed && valueBytes == HISTOGRAM) {
          columns.add(ref, time, Columns.histogram(source));
        } else if (valueBytes <= 8) {
          columns.add(ref, time, Double.longBitsToDouble(source.topBytes(valueBytes)));
        } else {
          throw new CorruptDataException(
              "found " + valueBytes + " bytes for a value, expected at most 8");
        }
      }
      return columns.record();
    }

    private boolean isDefined(long ref) {
      boolean dense = ref >= 0 && ref < MAX_DENSE;
      return dense ? denseRefs.get((int) ref) : otherRefs.contains(ref);
    }
  }
}
