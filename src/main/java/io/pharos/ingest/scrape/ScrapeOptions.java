package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

/// What the configuration file does not say about scraping.
///
/// @param userAgent the `User-Agent` header
/// @param externalHost the host name that stands for a loopback address in a target's global URL
/// @param largestBody the bound of an uncompressed body in bytes where the configuration has none
/// @param parsers how many bodies are parsed at the same time
public record ScrapeOptions(String userAgent, String externalHost, int largestBody, int parsers) {

  /// 256 MiB for a body, one parser per processor.
  public static final ScrapeOptions DEFAULT =
      new ScrapeOptions(
          "Pharos/0.1", "localhost", 256 << 20, Runtime.getRuntime().availableProcessors());

  public ScrapeOptions {
    requireNonNull(userAgent, "userAgent is null");
    requireNonNull(externalHost, "externalHost is null");
    if (largestBody < 1 || parsers < 1) {
      throw new IllegalArgumentException("largestBody and parsers must be above 0");
    }
  }
}
