package io.pharos.migration;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The phase of a migration.
public enum MigrationPhase {
  /// Runs before the start of the release that needs it, while the previous release still runs.
  @JsonProperty("expand")
  EXPAND,
  /// Runs when the release has served for a while, and removes parts of the schema that no release
  /// needs any more.
  @JsonProperty("contract")
  CONTRACT;

  /// Returns the name that file names, flags and the API use.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Parses a word; empty if it is unknown.
  public static Optional<MigrationPhase> of(String word) {
    return Arrays.stream(values()).filter(phase -> phase.text().equals(word)).findFirst();
  }
}
