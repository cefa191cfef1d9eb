package io.pharos.config.prometheus;

/// Limits of a scrape; 0 for no limit. A scrape that exceeds one fails.
///
/// @param samples number of samples after relabelling
/// @param labels labels of a sample, including the metric name
/// @param labelNameLength in characters
/// @param labelValueLength in characters
/// @param targets targets of a scrape configuration after relabelling
/// @param bodyBytes size of the uncompressed body
public record SampleLimits(
    int samples,
    int labels,
    int labelNameLength,
    int labelValueLength,
    int targets,
    long bodyBytes) {

  /// No limits.
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
