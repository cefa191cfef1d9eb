package io.pharos.model;

import com.google.re2j.PatternSyntaxException;

/// The number of instructions that all regular expressions of one query or request may have
/// together. Not thread-safe.
public final class RegexBudget {
  private final long limit;
  private long rest;

  /// Creates the budget of one query, [Re2#MAX_INSTRUCTIONS].
  public RegexBudget() {
    this(Re2.MAX_INSTRUCTIONS);
  }

  RegexBudget(long instructions) {
    this.limit = instructions;
    this.rest = instructions;
  }

  /// Deducts the instructions of an expression that other code will compile.
  ///
  /// @throws IllegalArgumentException if the expression exceeds the rest of the budget
  public void deduct(String regex) {
    try {
      deduct(regex, Re2.instructions(regex, 0));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("error parsing regexp: " + e.getDescription(), e);
    }
  }

  void deduct(String regex, long instructions) {
    if (instructions > rest) {
      throw new PatternSyntaxException(
          "expression too large: about %d instructions, expected at most %s"
              .formatted(
                  instructions,
                  rest == limit ? limit : rest + " (" + limit + " for all expressions together)"),
          regex);
    }
    rest -= instructions;
  }
}
