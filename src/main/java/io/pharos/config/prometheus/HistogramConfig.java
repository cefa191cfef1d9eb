package io.pharos.config.prometheus;

import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;

/// How the histograms of a scrape are stored.
///
/// @param scrapeNative whether native histograms are read (`scrape_native_histograms`)
/// @param customBuckets whether classic histograms are converted to native ones with custom buckets
///   (`convert_classic_histograms_to_nhcb`)
/// @param classicToo whether the classic series are stored beside the native histogram
///   (`always_scrape_classic_histograms`)
/// @param bucketLimit maximum number of buckets of a native histogram; 0 for no limit
/// @param minBucketFactor minimum factor between the bounds of adjacent buckets; 0 for no limit
public record HistogramConfig(
    boolean scrapeNative,
    boolean customBuckets,
    boolean classicToo,
    int bucketLimit,
    double minBucketFactor) {

  /// Only classic series are stored.
  public static final HistogramConfig CLASSIC = new HistogramConfig(false, false, false, 0, 0);

  public HistogramConfig {
    if (bucketLimit < 0 || !(minBucketFactor >= 0)) {
      throw new IllegalArgumentException(
          "bucketLimit and minBucketFactor: expected 0 or more, found "
              + bucketLimit
              + " and "
              + minBucketFactor);
    }
  }

  /// Reads the keys in the section `global`, where limits are not allowed.
  static HistogramConfig inherited(YamlMap map, Problems problems) {
    return flags(map, CLASSIC, 0, 0, problems);
  }

  /// Reads the keys of a scrape configuration.
  static HistogramConfig read(YamlMap map, HistogramConfig inherited, Problems problems) {
    int limit = SampleLimits.count(map, "native_histogram_bucket_limit", 0, problems);
    double factor =
        problems.read(
            () ->
                map.get("native_histogram_min_bucket_factor")
                    .map(HistogramConfig::factor)
                    .orElse(0.0),
            0.0);
    return flags(map, inherited, limit, factor, problems);
  }

  private static HistogramConfig flags(
      YamlMap map, HistogramConfig inherited, int limit, double factor, Problems problems) {
    return new HistogramConfig(
        flag(map, "scrape_native_histograms", inherited.scrapeNative(), problems),
        flag(map, "convert_classic_histograms_to_nhcb", inherited.customBuckets(), problems),
        flag(map, "always_scrape_classic_histograms", inherited.classicToo(), problems),
        limit,
        factor);
  }

  private static boolean flag(YamlMap map, String key, boolean defaultValue, Problems problems) {
    return problems.read(() -> map.bool(key, defaultValue), defaultValue);
  }

  private static double factor(YamlValue value) {
    double factor = value.asDouble();
    if (!(factor >= 0)) {
      throw value.error("expected 0 or more, found " + factor);
    }
    return factor;
  }
}
