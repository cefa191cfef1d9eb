package io.pharos.config.prometheus;

/// Bounds of one scrape; 0 is no bound. A scrape that is beyond one fails as a whole.
///
/// @param samples after relabelling
/// @param labels per sample, the metric name included
/// @param labelNameLength in characters
/// @param labelValueLength in characters
/// @param targets per scrape configuration, after relabelling
/// @param bodyBytes uncompressed
public record SampleLimits(
    int samples,
    int labels,
    int labelNameLength,
    int labelValueLength,
    int targets,
    long bodyBytes) {

  /// No bounds.
  public static final SampleLimits NONE = new SampleLimits(0, 0, 0, 0, 0, 0);

  public SampleLimits {
    if (samples < 0
        || labels < 0
        || labelNameLength < 0
        || labelValueLength < 0
        || targets < 0
        || bodyBytes < 0) {
      throw new IllegalArgumentException("a limit is negative");
    }
  }
}
