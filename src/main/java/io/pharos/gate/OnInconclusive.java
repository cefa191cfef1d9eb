package io.pharos.gate;

/// What a policy advises the pipeline to do when a gate is inconclusive. It is recorded beside the
/// verdict and never changes it.
public enum OnInconclusive {
  /// Do not go on.
  HOLD("hold"),
  /// Go on.
  ALLOW("allow"),
  /// Let a named person decide.
  ASK("ask");

  private final String text;

  OnInconclusive(String text) {
    this.text = text;
  }

  /// The word that files and the API use.
  public String text() {
    return text;
  }

  /// The advice that a word names.
  ///
  /// @throws IllegalArgumentException when it is none of them
  public static OnInconclusive parse(String text) {
    for (OnInconclusive value : values()) {
      if (value.text.equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException("not one of them");
  }
}
