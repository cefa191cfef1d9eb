package io.pharos.migration.ledger;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// Whether something fits the current schema, and why. Unknown is never yes.
public record SchemaAnswer(Verdict verdict, List<String> reasons) {
  /// The answer in one word.
  public enum Verdict {
    YES("yes"),
    NO("no"),
    /// Not yet, but nothing is wrong: it becomes possible with a later release.
    LATER("later"),
    UNKNOWN("unknown");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    /// Returns the word in the API.
    public String text() {
      return text;
    }
  }

  public SchemaAnswer {
    requireNonNull(verdict, "verdict is null");
    reasons = List.copyOf(reasons);
    if (reasons.isEmpty()) {
      throw new IllegalArgumentException("an answer without a reason");
    }
  }
}
