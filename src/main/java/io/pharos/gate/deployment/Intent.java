package io.pharos.gate.deployment;

/// What a release is meant to do.
public enum Intent {
  /// To change something: an alert of the service that fires meanwhile holds it up.
  CHANGE("change"),
  /// To mend what is broken: alerts that do not name the release itself do not hold it up.
  FIX("fix");

  private final String text;

  Intent(String text) {
    this.text = text;
  }

  /// The word that files and the API use.
  public String text() {
    return text;
  }

  /// The intent that a word names.
  ///
  /// @throws InvalidFieldException when it is none of them
  public static Intent parse(String text) {
    for (Intent value : values()) {
      if (value.text.equals(text)) {
        return value;
      }
    }
    throw new InvalidFieldException("intent", text, "one of change, fix");
  }
}
