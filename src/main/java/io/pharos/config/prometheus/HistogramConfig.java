package io.pharos.config.prometheus;

/// What becomes of the histograms of a scrape.
///
/// @param scrapeNative whether native histograms are read as such (`scrape_native_histograms`)
/// @param customBuckets whether classic ones become native ones with custom buckets
///   (`convert_classic_histograms_to_nhcb`)
/// @param classicToo whether the classic series are kept beside the native histogram
///   (`always_scrape_classic_histograms`)
/// @param bucketLimit how many buckets a native histogram may have; 0 is no bound
/// @param minBucketFactor the least factor from one bucket's bound to the next; 0 is no bound
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
