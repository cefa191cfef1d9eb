package io.pharos.ingest.exposition;

/// What becomes of the histograms of a body.
///
/// @param natives whether native histograms are read as such; if not, only what is classic of them
///   is seen
/// @param customBuckets whether classic histograms, those that are not native ones already, become
///   native histograms with custom buckets
/// @param classicToo whether the classic series of a histogram are read beside the native one
public record HistogramReading(boolean natives, boolean customBuckets, boolean classicToo) {
  /// Classic series only.
  public static final HistogramReading CLASSIC = new HistogramReading(false, false, false);
}
