package io.pharos.config.prometheus;

import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;

/// Reads `scrape_native_histograms` and related keys.
final class HistogramReader {
  private HistogramReader() {}

  /// Reads the `global` section, which has no limits.
  static HistogramConfig inherited(YamlMap map, Problems problems) {
    return flags(map, HistogramConfig.CLASSIC, 0, 0, problems);
  }

  /// Reads a scrape configuration.
  static HistogramConfig read(YamlMap map, HistogramConfig inherited, Problems problems) {
    int limit = LimitReader.count(map, "native_histogram_bucket_limit", 0, problems);
    double factor =
        problems.read(
            () ->
                map.get("native_histogram_min_bucket_factor")
                    .map(HistogramReader::factor)
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
