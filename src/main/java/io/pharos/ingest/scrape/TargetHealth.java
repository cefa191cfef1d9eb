package io.pharos.ingest.scrape;

import java.util.Locale;

/// How a target was at its last scrape.
public enum TargetHealth {
  /// Not scraped yet, or the result could not be stored.
  UNKNOWN,
  UP,
  DOWN;

  /// The word in the HTTP API: `unknown`, `up`, `down`.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
