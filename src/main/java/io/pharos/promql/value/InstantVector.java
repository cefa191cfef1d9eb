package io.pharos.promql.value;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One sample for each of many series at the same time, in columns. Immutable.
///
/// A sample is a float or a native histogram; the float of a histogram sample is an unspecified
/// NaN.
public final class InstantVector implements Value {
  private final long timestampMillis;
  private final Labels[] labels;
  private final double[] values;
  private final @Nullable Histogram @Nullable [] histograms;

  private InstantVector(
      long timestampMillis,
      Labels[] labels,
      double[] values,
      @Nullable Histogram @Nullable [] histograms) {
    this.timestampMillis = timestampMillis;
    this.labels = labels;
    this.values = values;
    this.histograms = histograms;
  }

  /// Returns a builder for samples at this time.
  public static Builder builder(long timestampMillis) {
    return new Builder(timestampMillis);
  }

  /// Returns the time of all samples in Unix milliseconds.
  public long timestampMillis() {
    return timestampMillis;
  }

  /// Returns the number of samples.
  public int size() {
    return labels.length;
  }

  /// Returns whether there are no samples.
  public boolean isEmpty() {
    return labels.length == 0;
  }

  /// Returns the labels of sample `i`.
  public Labels labels(int i) {
    return labels[i];
  }

  /// Returns the float of sample `i`.
  public double value(int i) {
    return values[i];
  }

  /// Returns the histogram of sample `i`, or null if the sample is a float.
  public @Nullable Histogram histogram(int i) {
    return histograms == null ? null : histograms[i];
  }

  @Override
  public String typeName() {
    return "vector";
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int i = 0; i < size(); i++) {
      text.append(labels[i])
          .append(" => ")
          .append(histogram(i) == null ? values[i] : histogram(i))
          .append('\n');
    }
    return text.toString();
  }

  /// Collects samples. The vector contains them in the order in which they were added.
  public static final class Builder {
    private final long timestampMillis;
    private Labels[] labels = new Labels[8];
    private double[] values = new double[8];
    private @Nullable Histogram @Nullable [] histograms;
    private int size;

    private Builder(long timestampMillis) {
      this.timestampMillis = timestampMillis;
    }

    /// Adds a float sample.
    public Builder add(Labels seriesLabels, double value) {
      if (size == labels.length) {
        labels = Arrays.copyOf(labels, size * 2);
        values = Arrays.copyOf(values, size * 2);
        if (histograms != null) {
          histograms = Arrays.copyOf(histograms, size * 2);
        }
      }
      labels[size] = seriesLabels;
      values[size++] = value;
      return this;
    }

    /// Adds a histogram sample.
    public Builder add(Labels seriesLabels, Histogram histogram) {
      add(seriesLabels, Double.NaN);
      if (histograms == null) {
        histograms = new Histogram[labels.length];
      }
      histograms[size - 1] = histogram;
      return this;
    }

    /// Adds the histogram if there is one, otherwise the float.
    public Builder add(Labels seriesLabels, double value, @Nullable Histogram histogram) {
      return histogram == null ? add(seriesLabels, value) : add(seriesLabels, histogram);
    }

    /// Returns the vector; the builder must not be used afterwards.
    public InstantVector build() {
      return new InstantVector(
          timestampMillis,
          Arrays.copyOf(labels, size),
          Arrays.copyOf(values, size),
          histograms == null ? null : Arrays.copyOf(histograms, size));
    }
  }
}
