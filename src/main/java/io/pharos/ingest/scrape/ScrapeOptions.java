package io.pharos.ingest.scrape;

import java.nio.file.Path;

/// Settings of scraping that are not in the configuration file.
///
/// @param userAgent value of the header `User-Agent`
/// @param externalHost host name that replaces a loopback address in a target's global URL
/// @param maxBodyBytes maximum length of an uncompressed body in bytes, if the configuration sets
///   none
/// @param parsers maximum number of bodies that are parsed at the same time
/// @param descriptorReserve number of file descriptors that scrapes leave for messages and
///   requests; if requests have used all other descriptors, scrapes may use half of the reserve
/// @param tokens listener that is notified if a target rejects a token
public record ScrapeOptions(
    String userAgent,
    String externalHost,
    int maxBodyBytes,
    int parsers,
    int descriptorReserve,
    TokenRejectionListener tokens) {

  /// The default: 256 MiB for a body, one parser per processor, no reserve of file descriptors.
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
    if (maxBodyBytes < 1 || parsers < 1) {
      throw new IllegalArgumentException("expected maxBodyBytes and parsers of at least 1");
    }
  }

  /// Returns these options with another reserve of file descriptors.
  public ScrapeOptions withDescriptorReserve(int newReserve) {
    return new ScrapeOptions(userAgent, externalHost, maxBodyBytes, parsers, newReserve, tokens);
  }

  /// Returns these options with another listener for rejected tokens.
  public ScrapeOptions withTokens(TokenRejectionListener newTokens) {
    return new ScrapeOptions(
        userAgent, externalHost, maxBodyBytes, parsers, descriptorReserve, newTokens);
  }

  /// Is notified when a target rejects a token from a file, so that the token can be renewed.
  public interface TokenRejectionListener {
    /// Version of a file that contains no known token.
    long UNKNOWN = -1;

    /// A listener without any known tokens.
    TokenRejectionListener NONE = new TokenRejectionListener() {};

    /// Returns the version of the token that is in the file now, from 0 on; [#UNKNOWN] if the file
    /// contains no known token.
    default long version(Path file) {
      return UNKNOWN;
    }

    /// Returns whether an answer rejects a token. If it does, a new token is requested.
    ///
    /// @param version version of the token in the request
    /// @param body uncompressed answer, in the first `length` bytes
    default boolean isRefusal(Path file, long version, int status, byte[] body, int length) {
      return false;
    }
  }
}
