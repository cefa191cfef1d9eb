package io.pharos.ingest.scrape;

import java.util.Locale;

/// The health of a target at its last scrape.
public enum TargetHealth {
  /// Not scraped yet, or not observable, or the scrape could not be stored.
  UNKNOWN,
  UP,
  DOWN;

  /// The name in the HTTP API: `unknown`, `up`, `down`.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
