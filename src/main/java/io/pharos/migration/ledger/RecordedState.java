package io.pharos.migration.ledger;

import io.pharos.gate.deployment.InvalidFieldException;
import java.util.Arrays;
import java.util.stream.Collectors;

/// The last reported state of a migration.
public enum RecordedState {
  /// It was about to run; the outcome is unknown.
  BEGUN("begun"),
  APPLIED("applied"),
  /// It failed and was rolled back.
  ROLLED_BACK("rolled_back"),
  /// It failed and may have left something.
  UNCLEAR("unclear");

  private final String text;

  RecordedState(String text) {
    this.text = text;
  }

  /// Returns the word in the API.
  public String text() {
    return text;
  }

  /// Parses a word.
  ///
  /// @throws InvalidFieldException when the word is unknown
  public static RecordedState parse(String text) {
    for (RecordedState state : values()) {
      if (state.text.equals(text)) {
        return state;
      }
    }
    throw new InvalidFieldException(
        "state",
        text,
        "one of "
            + Arrays.stream(values()).map(RecordedState::text).collect(Collectors.joining(", ")));
  }
}
