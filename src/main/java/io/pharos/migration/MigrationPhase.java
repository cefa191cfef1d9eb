package io.pharos.migration;

import java.util.Optional;

/// When a migration runs.
public enum MigrationPhase {
  /// Before the release that needs it starts; the release before goes on beside it.
  EXPAND("expand"),
  /// After the release has proven itself: what no release that may run needs any more goes.
  CONTRACT("contract");

  private final String text;

  MigrationPhase(String text) {
    this.text = text;
  }

  /// The word in names of files, flags and the API.
  public String text() {
    return text;
  }

  /// The phase that a word names.
  public static Optional<MigrationPhase> of(String word) {
    for (MigrationPhase phase : values()) {
      if (phase.text.equals(word)) {
        return Optional.of(phase);
      }
    }
    return Optional.empty();
  }
}
