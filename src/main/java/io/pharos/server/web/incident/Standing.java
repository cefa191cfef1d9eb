package io.pharos.server.web.incident;

/// What an alert or an incident currently asks of people, from the most urgent to the least.
public enum Standing {
  /// It fires, and people are notified.
  FIRING("firing"),
  /// Its condition holds, but not yet for the rule's `for`.
  PENDING("pending"),
  /// It fires outside the times at which its receivers are notified.
  MUTED("muted"),
  /// A silence holds its notifications back.
  SILENCED("silenced"),
  /// Another alert is its cause and is notified instead.
  INHIBITED("inhibited");

  private final String text;

  Standing(String text) {
    this.text = text;
  }

  /// Returns the word on pages, which is also the class in the style sheet.
  public String text() {
    return text;
  }
}
