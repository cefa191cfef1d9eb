package io.pharos.gate.deployment;

/// The purpose of a release.
public enum Intent {
  /// A change: while alerts of the service fire, the release does not pass.
  CHANGE("change"),
  /// A repair: alerts of the service do not prevent a pass, only alerts of the release itself do.
  FIX("fix");

  private final String text;

  Intent(String text) {
    this.text = text;
  }

  /// Returns the word for this intent in files and in the API.
  public String text() {
    return text;
  }

  /// Parses a word; throws [InvalidFieldException] when the word is unknown.
  public static Intent parse(String text) {
    for (Intent value : values()) {
      if (value.text.equals(text)) {
        return value;
      }
    }
    throw new InvalidFieldException("intent", text, "one of change, fix");
  }
}
