package io.pharos.callback;

import java.util.Locale;

/// How far a callback has come.
public enum CallbackStatus {
  /// There is nothing to tell yet, but there will be: a protection rule without a verdict.
  WAITING,
  /// It is to be told, and was not yet.
  PENDING,
  /// The target knows.
  TOLD,
  /// It is not told any more: the target is told of a newer deployment of the same commit.
  DROPPED,
  /// The target refuses it, or could not be told for as long as is tried.
  FAILED;

  /// The word that the API uses.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The status that a word names.
  ///
  /// @throws IllegalArgumentException when it is none of them
  public static CallbackStatus parse(String text) {
    for (CallbackStatus status : values()) {
      if (status.text().equals(text)) {
        return status;
      }
    }
    throw new IllegalArgumentException(text + " is no status of a callback");
  }
}
