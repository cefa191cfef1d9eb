package io.pharos.model;

import com.google.re2j.PatternSyntaxException;

/// What the regular expressions of one query or request may weigh together, in instructions. Not
/// safe for several threads.
public final class RegexBudget {
  private final long whole;
  private long left;

  /// As much as one query may have, [Re2#MAX_INSTRUCTIONS].
  public RegexBudget() {
    this(Re2.MAX_INSTRUCTIONS);
  }

  RegexBudget(long instructions) {
    this.whole = instructions;
    this.left = instructions;
  }

  /// Takes what an expression that somebody else will compile weighs.
  ///
  /// @throws IllegalArgumentException when less is left
  public void take(String regex) {
    try {
      take(regex, Re2.instructions(regex, 0));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("error parsing regexp: " + e.getDescription(), e);
    }
  }

  void take(String regex, long instructions) {
    if (instructions > left) {
      throw new PatternSyntaxException(
          "expression too large: about %d instructions, expected at most %s"
              .formatted(
                  instructions, left == whole ? whole : left + " besides the others, of " + whole),
          regex);
    }
    left -= instructions;
  }
}
