package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

/// What the configuration file does not say about scraping.
///
/// @param userAgent the `User-Agent` header
/// @param externalHost the host name that stands for a loopback address in a target's global URL
/// @param largestBody the bound of an uncompressed body in bytes where the configuration has none
/// @param parsers how many bodies are parsed at the same time
/// @param descriptorReserve how many file descriptors scrapes leave to messages and requests; half
///   of them is their own where requests took the rest
/// @param tokens is told of tokens that targets take no more
public record ScrapeOptions(
    String userAgent,
    String externalHost,
    int largestBody,
    int parsers,
    int descriptorReserve,
    TokenRejectionListener tokens) {

  /// 256 MiB for a body, one parser per processor, no reserve.
  public static final ScrapeOptions DEFAULT =
      new ScrapeOptions(
          "Pharos/0.1",
          "localhost",
          256 << 20,
          Runtime.getRuntime().availableProcessors(),
          0,
          TokenRejectionListener.NONE);

  public ScrapeOptions {
    requireNonNull(userAgent, "userAgent is null");
    requireNonNull(externalHost, "externalHost is null");
    requireNonNull(tokens, "tokens is null");
    if (descriptorReserve < 0) {
      throw new IllegalArgumentException(descriptorReserve + ": the reserve can't be negative");
    }
    if (largestBody < 1 || parsers < 1) {
      throw new IllegalArgumentException("largestBody and parsers must be above 0");
    }
  }

  public ScrapeOptions withDescriptorReserve(int newReserve) {
    return new ScrapeOptions(userAgent, externalHost, largestBody, parsers, newReserve, tokens);
  }

  public ScrapeOptions withTokens(TokenRejectionListener newTokens) {
    return new ScrapeOptions(
        userAgent, externalHost, largestBody, parsers, descriptorReserve, newTokens);
  }
}
