package io.pharos.remote.read;

import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// A chunk of native histograms in Prometheus' own encoding, all with the same buckets.
final class FloatHistogramChunk implements ReadChunk {
  /* Two bytes say how many samples there are, the upper two bits of a third what is known of a
   * reset before the first. Then come the zero threshold, the schema, the spans and the custom
   * bounds, then each sample: its time (the first one as it is, then differences of differences),
   * and as runs of values the count, the zero bucket, the sum and the buckets. */
  private static final int HEADER = 3;

  /* A zero threshold that is a power of two in this range takes one byte. */
  private static final int MIN_EXPONENT = -243;
  private static final int MAX_EXPONENT = 10;

  private static final int[] WIDTHS = {3, 6, 9, 12, 18, 25, 56, 64};

  private final ChunkBits bits = new ChunkBits(HEADER);
  private final Histogram layout;
  private final List<ChunkBits.Values> runs;
  private int samples;
  private long lastTime;
  private long lastDelta;

  /// @param first the first histogram of the chunk, which is not added yet
  FloatHistogramChunk(Histogram first) {
    layout = first;
    runs =
        Stream.generate(ChunkBits.Values::new)
            .limit(3L + first.positive().size() + first.negative().size())
            .toList();
    bits.header(
        2,
        switch (first.hint()) {
          case UNKNOWN -> 0;
          case NOT_RESET -> 0x40;
          case RESET -> 0x80;
          case GAUGE -> 0xc0;
        });
    zeroThreshold(first.zeroThreshold());
    signed(first.schema());
    spans(first.positive().spans());
    spans(first.negative().spans());
    if (first.hasCustomBuckets()) {
      double[] bounds = first.customValues();
      unsigned(bounds.length);
      for (double bound : bounds) {
        bits.write(0, 1); // not one of thousandths, which are shorter
        bits.write(Double.doubleToRawLongBits(bound), 64);
      }
    }
  }

  /// Whether a histogram can follow: readers take all but the first of a counter's chunk as not
  /// reset, and don't look into the buckets of one that is stale.
  boolean takes(Histogram next) {
    boolean gauge = layout.hint() == ResetHint.GAUGE;
    return next.hint() == (gauge ? ResetHint.GAUGE : ResetHint.NOT_RESET)
        && next.schema() == layout.schema()
        && next.zeroThreshold() == layout.zeroThreshold()
        && next.positive().spans().equals(layout.positive().spans())
        && next.negative().spans().equals(layout.negative().spans())
        && Arrays.equals(next.customValues(), layout.customValues())
        && !StaleMarker.is(next.sum())
        && !StaleMarker.is(layout.sum());
  }

  void add(long timestampMillis, Histogram histogram) {
    long delta = samples == 0 ? 0 : timestampMillis - lastTime;
    signed(samples == 0 ? timestampMillis : delta - lastDelta);
    lastTime = timestampMillis;
    lastDelta = delta;
    value(0, histogram.count());
    value(1, histogram.zeroCount());
    value(2, histogram.sum());
    int run = 3;
    for (Histogram.Buckets side : List.of(histogram.positive(), histogram.negative())) {
      for (int i = 0; i < side.size(); i++) {
        value(run++, side.count(i));
      }
    }
    samples++;
    bits.header(0, samples >>> 8);
    bits.header(1, samples);
  }

  private void value(int run, double value) {
    if (samples == 0) {
      runs.get(run).first(value, bits);
    } else {
      runs.get(run).next(value, bits);
    }
  }

  @Override
  public int encoding() {
    return 3;
  }

  @Override
  public int samples() {
    return samples;
  }

  @Override
  public byte[] toByteArray() {
    return bits.toByteArray();
  }

  private void zeroThreshold(double threshold) {
    int exponent = Math.getExponent(threshold);
    if (threshold == 0) {
      bits.write(0, 8);
    } else if (threshold == Math.scalb(1.0, exponent)
        && exponent >= MIN_EXPONENT
        && exponent <= MAX_EXPONENT) {
      bits.write(exponent - MIN_EXPONENT + 1L, 8);
    } else {
      bits.write(0xff, 8);
      bits.write(Double.doubleToRawLongBits(threshold), 64);
    }
  }

  private void spans(List<BucketSpan> spans) {
    unsigned(spans.size());
    for (BucketSpan span : spans) {
      unsigned(span.length());
      signed(span.offset());
    }
  }

  /* Zero is a bit; other numbers come behind a bit for each class of width that is too small. */
  private void signed(long value) {
    if (value == 0) {
      bits.write(0, 1);
      return;
    }
    int at = 0;
    while (WIDTHS[at] < 64 && !ChunkBits.fits(value, WIDTHS[at])) {
      at++;
    }
    prefixed(value, at);
  }

  private void unsigned(long value) {
    if (value == 0) {
      bits.write(0, 1);
      return;
    }
    int at = 0;
    while (WIDTHS[at] < 64 && value >>> WIDTHS[at] != 0) {
      at++;
    }
    prefixed(value, at);
  }

  private void prefixed(long value, int at) {
    boolean widest = at == WIDTHS.length - 1;
    bits.write(-1L, at + 1);
    if (!widest) {
      bits.write(0, 1);
    }
    bits.write(value, WIDTHS[at]);
  }
}
