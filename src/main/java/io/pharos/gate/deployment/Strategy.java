package io.pharos.gate.deployment;

/// How a release replaces the one before it.
public enum Strategy {
  /// Stop the old one, start the new one.
  RECREATE("recreate"),
  /// Instance by instance.
  ROLLING("rolling"),
  /// A second colour beside the first, then all traffic at once.
  BLUE_GREEN("blue-green"),
  /// A second colour that gets traffic step by step.
  CANARY("canary");

  private final String text;

  Strategy(String text) {
    this.text = text;
  }

  /// The word that files and the API use.
  public String text() {
    return text;
  }

  /// The strategy that a word names.
  ///
  /// @throws InvalidFieldException when it is none of them
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
