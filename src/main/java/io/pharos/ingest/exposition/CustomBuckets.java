package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Converts the series of classic histograms to native histograms with custom buckets, and passes
/// them to another sink. Consecutive series of a family of type histogram form one histogram if
/// they differ only in `le` and in the suffix of the name. If the series of a histogram contradict
/// each other, they are passed on unchanged.
///
/// Use one instance per body, and call [#finish] at the end.
final class CustomBuckets implements SampleSink {
  private record HeldSample(RawText series, double value, long timestampMillis) {}

  private record Exemplar(Labels labels, double value, long timestampMillis) {}

  private final SampleSink sink;
  private final SeriesText texts;
  private final boolean classicToo;
  private final Classic classic = new Classic();
  private final List<HeldSample> heldSamples = new ArrayList<>();
  private final List<Exemplar> exemplars = new ArrayList<>();
  private String histogramFamily = "";
  private @Nullable Labels current;
  private long timestampMillis;
  private boolean lineWanted;
  private boolean lastGathered; // whether the last sample belongs to a histogram

  /// @param classicToo whether the classic series are also passed on
  CustomBuckets(SampleSink sink, SeriesText texts, boolean classicToo) {
    this.sink = sink;
    this.texts = texts;
    this.classicToo = classicToo;
  }

  @Override
  public boolean wants(RawText line) {
    lineWanted = sink.wants(line);
    return true;
  }

  @Override
  public void metadata(SampleSink.MetadataKind kind, String metric, String text) {
    if (kind == SampleSink.MetadataKind.TYPE) {
      histogramFamily = text.equals("histogram") ? metric : "";
    }
    if (lineWanted) {
      sink.metadata(kind, metric, text);
    }
  }

  @Override
  public void sample(RawText series, double value, long explicitMillis) throws ExpositionException {
    lastGathered = !histogramFamily.isEmpty() && gather(series.labels(), value, explicitMillis);
    if (!lastGathered) {
      finish();
      sink.sample(series, value, explicitMillis);
    } else if (classicToo) {
      sink.sample(series, value, explicitMillis);
    } else {
      heldSamples.add(new HeldSample(series.copy(), value, explicitMillis));
    }
  }

  @Override
  public void histogram(RawText series, Histogram histogram, long explicitMillis)
      throws ExpositionException {
    finish();
    sink.histogram(series, histogram, explicitMillis);
  }

  @Override
  public void exemplar(Labels labels, double value, long explicitMillis) {
    if (!lastGathered || classicToo) {
      sink.exemplar(labels, value, explicitMillis);
    }
    if (lastGathered && explicitMillis != NO_TIMESTAMP) {
      exemplars.add(new Exemplar(labels, value, explicitMillis));
    }
  }

  /// Adds a sample to its histogram. Returns false if the series does not belong to a histogram.
  private boolean gather(Labels labels, double value, long explicitMillis)
      throws ExpositionException {
    String name = labels.metricName();
    if (!name.startsWith(histogramFamily)) {
      return false;
    }
    switch (name.substring(histogramFamily.length())) {
      case "_bucket" -> {
        double bound = bound(labels.get("le"));
        if (Double.isNaN(bound)) {
          return false;
        }
        begin(labels, explicitMillis);
        classic.bucket(bound, value);
      }
      case "_count" -> {
        begin(labels, explicitMillis);
        classic.count(value);
      }
      case "_sum" -> {
        begin(labels, explicitMillis);
        classic.sum(value);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static double bound(String le) {
    byte[] text = le.getBytes(StandardCharsets.UTF_8);
    try {
      return Decimal.parse(text, 0, text.length);
    } catch (NumberFormatException _) {
      // The series is not a bucket.
      return Double.NaN;
    }
  }

  private void begin(Labels labels, long explicitMillis) throws ExpositionException {
    Labels base = labels.toBuilder().set(Labels.METRIC_NAME, histogramFamily).remove("le").build();
    if (!base.equals(current)) {
      finish();
      current = base;
    }
    timestampMillis = explicitMillis;
  }

  /// Passes the current histogram to the sink, or its samples if it cannot be converted.
  void finish() throws ExpositionException {
    Labels series = current;
    if (series == null) {
      return;
    }
    current = null;
    Histogram histogram = classic.convert();
    if (histogram != null) {
      sink.histogram(texts.series(series), histogram, timestampMillis);
      for (Exemplar exemplar : exemplars) {
        sink.exemplar(exemplar.labels, exemplar.value, exemplar.timestampMillis);
      }
    } else {
      for (HeldSample sample : heldSamples) {
        sink.sample(sample.series, sample.value, sample.timestampMillis);
      }
    }
    classic.clear();
    heldSamples.clear();
    exemplars.clear();
  }

  /// Collects the series of one classic histogram and converts them to a native histogram with
  /// custom buckets. Reused; not thread-safe.
  static final class Classic {
    private record Bucket(double bound, double cumulative) implements Comparable<Bucket> {
      @Override
      public int compareTo(Bucket other) {
        return Double.compare(bound, other.bound);
      }
    }

    private Bucket[] buckets = new Bucket[16];
    private int size;
    private double count;
    private double sum;
    private boolean hasCount;

    void clear() {
      size = 0;
      count = 0;
      sum = 0;
      hasCount = false;
    }

    /// @param bound the inclusive upper bound
    /// @param cumulative number of observations up to the bound
    void bucket(double bound, double cumulative) {
      if (size == buckets.length) {
        buckets = Arrays.copyOf(buckets, 2 * size);
      }
      /* Adding 0.0 changes -0.0 to 0.0, so that both are the same bound. */
      buckets[size++] = new Bucket(bound + 0.0, cumulative);
    }

    void count(double newCount) {
      count = newCount;
      hasCount = true;
    }

    void sum(double newSum) {
      sum = newSum;
    }

    /// Returns the native histogram; null if there is no count, or the series contradict each
    /// other: counts decrease from bucket to bucket, or `_count` differs from the last bucket.
    @Nullable Histogram convert() {
      Arrays.sort(buckets, 0, size);
      if (!hasCount && size == 0) {
        return null;
      }
      double total = hasCount ? count : buckets[size - 1].cumulative;
      if (size == 0 || buckets[size - 1].bound != Double.POSITIVE_INFINITY) {
        bucket(Double.POSITIVE_INFINITY, total);
      }
      var bounds = new double[size];
      var counts = new double[size];
      int used = 0;
      double lowerCumulative = 0;
      for (int i = 0; i < size; i++) {
        double cumulative = buckets[i].cumulative;
        if (used == 0 || bounds[used - 1] != buckets[i].bound) {
          if (!(cumulative >= lowerCumulative)) {
            return null;
          }
          bounds[used] = buckets[i].bound;
          counts[used++] = cumulative - lowerCumulative;
          lowerCumulative = cumulative;
        }
      }
      if (lowerCumulative != total) {
        return null;
      }
      return new Histogram(
          ResetHint.UNKNOWN,
          Histogram.CUSTOM_BUCKETS,
          0,
          0,
          total,
          sum,
          new Buckets(List.of(new BucketSpan(0, used)), Arrays.copyOf(counts, used)),
          Buckets.none(),
          Arrays.copyOf(bounds, used - 1));
    }
  }
}
