package io.pharos.ingest.scrape;

import java.nio.file.Path;

/// Settings of scraping that are not in the configuration file.
///
/// @param userAgent the `User-Agent` header
/// @param externalHost host name that replaces a loopback address in a target's global URL
/// @param largestBody maximum length of an uncompressed body in bytes, if not configured
/// @param parsers number of bodies parsed at the same time
/// @param descriptorReserve file descriptors that scrapes leave to messages and requests; scrapes
///   may use half of them if requests used up the rest
/// @param tokens is notified of tokens that targets reject
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

  /// Checks for null and bounds.
  public ScrapeOptions {
    if (descriptorReserve < 0) {
      throw new IllegalArgumentException(
          descriptorReserve + " reserved descriptors: expected at least 0");
    }
    if (largestBody < 1 || parsers < 1) {
      throw new IllegalArgumentException("expected a largestBody and parsers above 0");
    }
  }

  /// These options with another reserve of file descriptors.
  public ScrapeOptions withDescriptorReserve(int newReserve) {
    return new ScrapeOptions(userAgent, externalHost, largestBody, parsers, newReserve, tokens);
  }

  /// These options with another listener for rejected tokens.
  public ScrapeOptions withTokens(TokenRejectionListener newTokens) {
    return new ScrapeOptions(
        userAgent, externalHost, largestBody, parsers, descriptorReserve, newTokens);
  }

  /// Is notified when a target rejects a token from a file, so that the token can be renewed.
  public interface TokenRejectionListener {
    /// The version of files without a known token.
    long UNKNOWN = -1;

    /// Knows no tokens.
    TokenRejectionListener NONE = new TokenRejectionListener() {};

    /// The version of the token that the file contains now, from 0; [#UNKNOWN] for other files.
    default long version(Path file) {
      return UNKNOWN;
    }

    /// Whether an answer rejects a token, which is then renewed.
    ///
    /// @param version version of the token in the request
    /// @param body its first `length` bytes are the answer, uncompressed
    default boolean isRefusal(Path file, long version, int status, byte[] body, int length) {
      return false;
    }
  }
}
