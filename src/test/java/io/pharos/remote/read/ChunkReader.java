package io.pharos.remote.read;

import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Reads chunks in Prometheus' encodings, as specified in its `tsdb/docs/format/chunks.md`.
final class ChunkReader {
  private final byte[] data;
  private int at;

  /// @param header number of bytes before the bits
  ChunkReader(byte[] data, int header) {
    this.data = data;
    at = 8 * header;
  }

  private int samples() {
    return (data[0] & 0xff) << 8 | data[1] & 0xff;
  }

  TreeMap<Long, Double> floats() {
    var to = new TreeMap<Long, Double>();
    int count = samples();
    long time = 0;
    long delta = 0;
    var value = new Run();
    for (int i = 0; i < count; i++) {
      if (i == 0) {
        long zigzag = varint();
        time = zigzag >>> 1 ^ -(zigzag & 1);
      } else {
        delta = i == 1 ? varint() : delta + signed(14, 17, 20, 64);
        time += delta;
      }
      to.put(time, value.next(i == 0));
    }
    return to;
  }

  TreeMap<Long, Histogram> histograms() {
    var to = new TreeMap<Long, Histogram>();
    int count = samples();
    ResetHint first =
        switch (data[2] & 0xff) {
          case 0xc0 -> ResetHint.GAUGE;
          case 0x80 -> ResetHint.RESET;
          default -> ResetHint.UNKNOWN;
        };
    double threshold = zeroThreshold();
    int schema = (int) number();
    List<BucketSpan> positive = spans();
    List<BucketSpan> negative = spans();
    var bounds = new double[schema == Histogram.CUSTOM_BUCKETS ? (int) unsigned() : 0];
    for (int i = 0; i < bounds.length; i++) {
      long thousandths = unsigned();
      bounds[i] = thousandths == 0 ? Double.longBitsToDouble(bits(64)) : (thousandths - 1) / 1000.0;
    }
    Run[] scalars = runs(3);
    Run[] up = runs(positive.stream().mapToInt(BucketSpan::length).sum());
    Run[] down = runs(negative.stream().mapToInt(BucketSpan::length).sum());
    long time = 0;
    long delta = 0;
    for (int i = 0; i < count; i++) {
      if (i == 0) {
        time = number();
      } else {
        delta += number();
        time += delta;
      }
      double[] values = next(scalars, i == 0);
      to.put(
          time,
          new Histogram(
              i == 0 || first == ResetHint.GAUGE ? first : ResetHint.NOT_RESET,
              schema,
              threshold,
              values[1],
              values[0],
              values[2],
              new Histogram.Buckets(positive, next(up, i == 0)),
              new Histogram.Buckets(negative, next(down, i == 0)),
              bounds));
    }
    return to;
  }

  private double zeroThreshold() {
    int code = (int) bits(8);
    return switch (code) {
      case 0 -> 0;
      case 255 -> Double.longBitsToDouble(bits(64));
      default -> 0.5 * Math.pow(2, code - 243);
    };
  }

  private List<BucketSpan> spans() {
    var spans = new ArrayList<BucketSpan>();
    for (long left = unsigned(); left > 0; left--) {
      int length = (int) unsigned();
      spans.add(new BucketSpan((int) number(), length));
    }
    return spans;
  }

  private static final int[] WIDTHS = {3, 6, 9, 12, 18, 25, 56, 64};

  private long number() {
    return signed(WIDTHS);
  }

  private long unsigned() {
    int width = width(WIDTHS);
    return width == 0 ? 0 : bits(width);
  }

  private Run[] runs(int count) {
    var runs = new Run[count];
    for (int i = 0; i < count; i++) {
      runs[i] = new Run();
    }
    return runs;
  }

  private static double[] next(Run[] runs, boolean first) {
    var values = new double[runs.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = runs[i].next(first);
    }
    return values;
  }

  private final class Run {
    private long value;
    private int leading;
    private int trailing;

    double next(boolean first) {
      if (first) {
        value = bits(64);
      } else if (bits(1) == 1) {
        if (bits(1) == 1) {
          leading = (int) bits(5);
          int significant = (int) bits(6);
          trailing = 64 - leading - (significant == 0 ? 64 : significant);
        }
        value ^= bits(64 - leading - trailing) << trailing;
      }
      return Double.longBitsToDouble(value);
    }
  }

  private int width(int... widths) {
    int width = 0;
    for (int next : widths) {
      if (bits(1) == 0) {
        break;
      }
      width = next;
    }
    return width;
  }

  private long signed(int... widths) {
    int width = width(widths);
    if (width == 0) {
      return 0;
    }
    long raw = bits(width);
    return width < 64 && raw > 1L << (width - 1) ? raw - (1L << width) : raw;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      long next = bits(8);
      value |= (next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
  }

  private long bits(int count) {
    long value = 0;
    for (int i = 0; i < count; i++, at++) {
      value = value << 1 | (data[at >>> 3] >>> (7 - (at & 7)) & 1);
    }
    return value;
  }
}
