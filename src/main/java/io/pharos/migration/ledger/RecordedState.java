package io.pharos.migration.ledger;

import io.pharos.gate.deployment.InvalidFieldException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// The last reported state of a migration.
public enum RecordedState {
  /// The file was about to run; it is unknown whether it did.
  BEGUN,
  APPLIED,
  /// The file failed and changed nothing.
  ROLLED_BACK,
  /// The file failed, and a part of its changes may remain.
  UNCLEAR;

  /// Returns the name that the API uses.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Finds a state by its name in the API.
  ///
  /// @throws InvalidFieldException when there is none
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
