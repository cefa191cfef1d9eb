package io.pharos.migration.ledger;

import io.pharos.gate.deployment.InvalidFieldException;
import java.util.Arrays;
import java.util.stream.Collectors;

/// How far a migration has come, as it was reported last.
public enum RecordedState {
  /// It was about to run; whether it did is not known.
  BEGUN("begun"),
  APPLIED("applied"),
  /// It failed, and nothing of it stayed.
  ROLLED_BACK("rolled_back"),
  /// It failed, and something of it may have stayed.
  UNCLEAR("unclear");

  private final String text;

  RecordedState(String text) {
    this.text = text;
  }

  /// The word that the API uses.
  public String text() {
    return text;
  }

  /// The state that a word names.
  ///
  /// @throws InvalidFieldException when it is none of them
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
