package io.pharos.callback;

import java.util.Locale;

/// The status of a callback.
public enum CallbackStatus {
  /// There is no message yet: a protection rule without a verdict.
  WAITING,
  /// The message is not delivered yet.
  PENDING,
  /// The message is delivered.
  TOLD,
  /// The message was dropped: a newer deployment of the same commit is reported.
  DROPPED,
  /// The target refused the message, or delivery failed for too long.
  FAILED;

  /// Returns the word in the API.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Parses a word.
  ///
  /// @throws IllegalArgumentException when the word is unknown
  public static CallbackStatus parse(String text) {
    for (CallbackStatus status : values()) {
      if (status.text().equals(text)) {
        return status;
      }
    }
    throw new IllegalArgumentException(text + " is not a status of a callback");
  }
}
