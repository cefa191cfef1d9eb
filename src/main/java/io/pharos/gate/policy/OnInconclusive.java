package io.pharos.gate.policy;

/// What a policy advises the pipeline to do when a gate is inconclusive. The advice is recorded
/// beside the verdict and never changes the verdict.
public enum OnInconclusive {
  /// Stop the release.
  HOLD("hold"),
  /// Continue the release.
  ALLOW("allow"),
  /// Let a named person decide.
  ASK("ask");

  private final String text;

  OnInconclusive(String text) {
    this.text = text;
  }

  /// Returns the word for this advice in files and in the API.
  public String text() {
    return text;
  }

  /// Parses a word; throws [IllegalArgumentException] when the word is unknown.
  public static OnInconclusive parse(String text) {
    for (OnInconclusive value : values()) {
      if (value.text.equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException("unknown advice");
  }
}
