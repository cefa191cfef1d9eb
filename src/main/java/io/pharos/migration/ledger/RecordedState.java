package io.pharos.migration.ledger;

import io.pharos.gate.deployment.InvalidFieldException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// The last reported state of a migration.
public enum RecordedState {
  /// It was about to run; the outcome is unknown.
  BEGUN,
  APPLIED,
  /// It failed and was rolled back.
  ROLLED_BACK,
  /// It failed and may have left something.
  UNCLEAR;

  /// Returns the word in the API.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Parses a word.
  ///
  /// @throws InvalidFieldException when the word is unknown
  public static RecordedState parse(String text) {
    return Arrays.stream(values())
        .filter(state -> state.text().equals(text))
        .findFirst()
        .orElseThrow(() -> new InvalidFieldException("state", text, "one of " + words()));
  }

  private static String words() {
    return Arrays.stream(values()).map(RecordedState::text).collect(Collectors.joining(", "));
  }
}
