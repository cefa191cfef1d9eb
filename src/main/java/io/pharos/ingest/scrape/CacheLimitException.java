package io.pharos.ingest.scrape;

/// A page of which a bound of Pharos' own does not let it keep what it keeps of each series.
final class CacheLimitException extends RuntimeException {
  CacheLimitException(String reason) {
    super(reason);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
