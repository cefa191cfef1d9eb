package io.pharos.migration.ledger;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// Whether something fits the schema as it stands, and why. What is not known is never yes.
public record SchemaAnswer(Verdict verdict, List<String> reasons) {
  /// The word in front.
  public enum Verdict {
    YES("yes"),
    NO("no"),
    /// Not yet, and nothing is wrong: a later release brings it about.
    LATER("later"),
    UNKNOWN("unknown");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    /// The word that the API uses.
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
