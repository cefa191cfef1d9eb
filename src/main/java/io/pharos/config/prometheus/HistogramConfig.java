package io.pharos.config.prometheus;

/// How the histograms of a scrape are stored.
///
/// @param scrapeNative whether to read native histograms (`scrape_native_histograms`)
/// @param customBuckets whether to convert classic histograms to native ones with custom buckets
///   (`convert_classic_histograms_to_nhcb`)
/// @param classicToo whether to keep the classic series beside the native histogram
///   (`always_scrape_classic_histograms`)
/// @param bucketLimit maximum number of buckets of a native histogram; 0 for no limit
/// @param minBucketFactor minimum factor between the bounds of adjacent buckets; 0 for no limit
public record HistogramConfig(
    boolean scrapeNative,
    boolean customBuckets,
    boolean classicToo,
    int bucketLimit,
    double minBucketFactor) {

  /// Classic series only.
  public static final HistogramConfig CLASSIC = new HistogramConfig(false, false, false, 0, 0);

  public HistogramConfig {
    if (bucketLimit < 0 || !(minBucketFactor >= 0)) {
      throw new IllegalArgumentException("a limit is negative");
    }
  }
}
