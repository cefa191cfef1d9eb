package io.pharos.gate.deployment;

/// How a release replaces the previous release.
public enum Strategy {
  /// Stops the old release, then starts the new one.
  RECREATE("recreate"),
  /// Replaces instance by instance.
  ROLLING("rolling"),
  /// Starts a second colour beside the first, then shifts all traffic to it at once.
  BLUE_GREEN("blue-green"),
  /// Starts a second colour beside the first, then shifts traffic to it step by step.
  CANARY("canary");

  private final String text;

  Strategy(String text) {
    this.text = text;
  }

  /// Returns the word for this strategy in files and in the API.
  public String text() {
    return text;
  }

  /// Parses a word; throws [InvalidFieldException] when the word is unknown.
  public static Strategy parse(String text) {
    for (Strategy strategy : values()) {
      if (strategy.text.equals(text)) {
        return strategy;
      }
    }
    throw new InvalidFieldException(
        "strategy", text, "one of recreate, rolling, blue-green, canary");
  }
}
