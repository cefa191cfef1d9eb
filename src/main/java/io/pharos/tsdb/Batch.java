package io.pharos.tsdb;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.tsdb.chunk.SampleKind;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A batch of samples in columns. Used by one thread.
final class Batch implements Appender {
  private final Tsdb store;
  private final long id;
  private final long oldest;
  private final Map<Labels, HeadSeries> begun = new HashMap<>();
  private HeadSeries[] series = new HeadSeries[64];
  private long[] timestamps = new long[64];
  private double[] values = new double[64];
  private @Nullable Histogram @Nullable [] histograms;
  private int size;

  /// @param id unique among the store's batches
  /// @param oldest Unix milliseconds that samples must not be before
  Batch(Tsdb store, long id, long oldest) {
    this.store = store;
    this.id = id;
    this.oldest = oldest;
  }

  int size() {
    return size;
  }

  /// The series of the samples; the store replaces those that the head knows by another object.
  HeadSeries[] series() {
    return series;
  }

  long[] timestamps() {
    return timestamps;
  }

  double[] values() {
    return values;
  }

  /// The samples that are histograms, null where a sample is a float; null while all of them are.
  @Nullable Histogram @Nullable [] histograms() {
    return histograms;
  }

  @Override
  public AppendOutcome append(Labels labels, long timestampMillis, double value) {
    AppendOutcome outcome = offer(labels, timestampMillis, value, null);
    store.metrics().refused(SampleKind.FLOAT, outcome);
    return outcome;
  }

  @Override
  public AppendOutcome append(Labels labels, long timestampMillis, Histogram histogram) {
    if (StaleMarker.is(histogram.sum())) {
      return append(labels, timestampMillis, StaleMarker.VALUE);
    }
    AppendOutcome outcome = offer(labels, timestampMillis, Double.NaN, histogram);
    store.metrics().refused(SampleKind.HISTOGRAM, outcome);
    return outcome;
  }

  private AppendOutcome offer(
      Labels labels, long timestampMillis, double value, @Nullable Histogram histogram) {
    if (timestampMillis < oldest || timestampMillis < store.acceptsFrom()) {
      return AppendOutcome.TOO_OLD;
    }
    HeadSeries known = store.head().find(labels);
    if (known == null) {
      known = begun.get(labels);
    }
    if (known == null) {
      if (store.head().size() + begun.size() >= store.options().maxSeries()) {
        return AppendOutcome.SERIES_LIMIT;
      }
      known = store.head().detached(labels);
      begun.put(known.labels(), known);
    }
    AppendOutcome outcome = known.offer(id, timestampMillis, value, histogram);
    if (outcome == AppendOutcome.APPENDED) {
      add(known, timestampMillis, value, histogram);
    }
    return outcome;
  }

  private void add(
      HeadSeries known, long timestampMillis, double value, @Nullable Histogram histogram) {
    if (size == timestamps.length) {
      series = Arrays.copyOf(series, size * 2);
      timestamps = Arrays.copyOf(timestamps, size * 2);
      values = Arrays.copyOf(values, size * 2);
      if (histograms != null) {
        histograms = Arrays.copyOf(histograms, size * 2);
      }
    }
    if (histogram != null) {
      if (histograms == null) {
        histograms = new Histogram[timestamps.length];
      }
      histograms[size] = histogram;
    }
    series[size] = known;
    timestamps[size] = timestampMillis;
    values[size++] = value;
  }

  @Override
  public void commit() {
    if (size > 0) {
      store.commit(this);
    }
    rollback();
  }

  @Override
  public void rollback() {
    size = 0;
    histograms = null;
    begun.clear();
  }

  @Override
  public void close() {
    rollback();
  }
}
