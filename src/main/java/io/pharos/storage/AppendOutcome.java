package io.pharos.storage;

import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Result of appending one sample.
public enum AppendOutcome {
  APPENDED,
  /// The series' last sample has the same timestamp and value, so there is nothing to store.
  DUPLICATE,
  /// The series already has another value at this timestamp.
  DUPLICATE_TIMESTAMP,
  /// The sample is older than its series' last sample, and the store does not accept such samples.
  OUT_OF_ORDER,
  /// The sample is older than the store accepts for any series.
  TOO_OLD,
  /// The sample is older than its series' last sample, and the limit on such samples is reached.
  LATE_LIMIT,
  /// The sample would start a new series, and the limit on series, or the source's share of it, is
  /// reached.
  SERIES_LIMIT;

  /// Compares a sample with the last one of its series.
  ///
  /// @param lastValue the last sample if it is a float
  /// @param lastHistogram the last sample if it is a histogram, else null
  /// @param value the new sample if it is a float
  /// @param histogram the new sample if it is a histogram, else null
  /// @return [#APPENDED], [#OUT_OF_ORDER], or a result of [#atSameTime]
  public static AppendOutcome after(
      long lastTime,
      double lastValue,
      @Nullable Histogram lastHistogram,
      long time,
      double value,
      @Nullable Histogram histogram) {
    if (time > lastTime) {
      return APPENDED;
    }
    return time < lastTime ? OUT_OF_ORDER : atSameTime(lastValue, lastHistogram, value, histogram);
  }

  /// Compares a sample with a stored one that has the same timestamp. Floats are equal if their
  /// bits are equal; histograms are compared without their reset hints.
  ///
  /// @param storedValue the stored sample if it is a float
  /// @param storedHistogram the stored sample if it is a histogram, else null
  /// @param value the new sample if it is a float
  /// @param histogram the new sample if it is a histogram, else null
  /// @return [#DUPLICATE] or [#DUPLICATE_TIMESTAMP]
  public static AppendOutcome atSameTime(
      double storedValue,
      @Nullable Histogram storedHistogram,
      double value,
      @Nullable Histogram histogram) {
    boolean same;
    if (histogram == null || storedHistogram == null) {
      same =
          histogram == null
              && storedHistogram == null
              && Double.doubleToRawLongBits(value) == Double.doubleToRawLongBits(storedValue);
    } else {
      same = histogram.equals(storedHistogram.withHint(histogram.hint()));
    }
    return same ? DUPLICATE : DUPLICATE_TIMESTAMP;
  }
}
