package io.pharos.ingest.exposition;

/// How the histograms of a body are read.
///
/// @param natives whether native histograms are read; otherwise only their classic parts
/// @param customBuckets whether classic histograms that are not native as well are converted to
///   native histograms with custom buckets
/// @param classicToo whether the classic series are read in addition to the native histogram
public record HistogramReading(boolean natives, boolean customBuckets, boolean classicToo) {
  /// Classic series only.
  public static final HistogramReading CLASSIC = new HistogramReading(false, false, false);
}
