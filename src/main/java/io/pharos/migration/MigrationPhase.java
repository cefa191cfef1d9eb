package io.pharos.migration;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/// The phase of a migration.
public enum MigrationPhase {
  /// Runs before the release that needs it starts; the previous release runs beside it.
  @JsonProperty("expand")
  EXPAND("expand"),
  /// Runs after the release has proven itself: removes what no release needs any more.
  @JsonProperty("contract")
  CONTRACT("contract");

  private final String text;

  MigrationPhase(String text) {
    this.text = text;
  }

  /// Returns the word in file names, flags and the API.
  public String text() {
    return text;
  }

  /// Parses a word; empty if it is unknown.
  public static Optional<MigrationPhase> of(String word) {
    for (MigrationPhase phase : values()) {
      if (phase.text.equals(word)) {
        return Optional.of(phase);
      }
    }
    return Optional.empty();
  }
}
