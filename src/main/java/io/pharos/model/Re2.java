package io.pharos.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/// Compiles all regular expressions from users. The library runs in linear time but expands
/// repetitions and recurses into nested groups. So expressions that nest deeper than Go allows, or
/// would need too much memory, are refused before they are compiled.
public final class Re2 {
  private static final int MAX_DEPTH = 1_000;

  /// Approximate memory of an instruction with its characters, its node in the tree and its place
  /// in the matcher's state.
  private static final int BYTES_PER_INSTRUCTION = 200;

  /// Fraction of the heap for the expressions of one query.
  private static final int HEAP_SHARE = 32;

  /// Minimum limit.
  private static final long MIN_LIMIT = 50_000;

  /// Go's limit for one expression: 128 MiB of instructions of 40 bytes.
  private static final long GO_LIMIT = (128L << 20) / 40;

  /// Maximum number of instructions in the expressions of one query: a 32nd of the heap at 200
  /// bytes each, at least 50,000 and at most Go's limit for one expression.
  public static final long MAX_INSTRUCTIONS =
      Math.clamp(
          Runtime.getRuntime().maxMemory() / HEAP_SHARE / BYTES_PER_INSTRUCTION,
          MIN_LIMIT,
          GO_LIMIT);

  private Re2() {}

  /// Compiles a single expression.
  ///
  /// @param flags flags of [Pattern]
  /// @throws PatternSyntaxException when the expression is invalid, nests too deeply or is too
  ///   large
  public static Pattern compile(String regex, int flags) {
    return compile(regex, flags, new RegexBudget());
  }

  /// Compiles one of several expressions that share a budget.
  ///
  /// @throws PatternSyntaxException when the expression is invalid, nests too deeply or exceeds the
  ///   rest of the budget
  public static Pattern compile(String regex, int flags, RegexBudget budget) {
    var estimate = estimate(regex, flags);
    if (estimate.depth() > MAX_DEPTH) {
      throw new PatternSyntaxException("expression nests too deeply", regex);
    }
    budget.take(regex, estimate.instructions());
    try {
      return Pattern.compile(regex, flags);
    } catch (StackOverflowError _) { // few threads have a stack for what Go allows
      throw new PatternSyntaxException("expression nests too deeply", regex);
    }
  }

  /// Estimated number of instructions of an expression.
  static long instructions(String regex, int flags) {
    return estimate(regex, flags).instructions();
  }

  private static RegexSize.Estimate estimate(String regex, int flags) {
    return RegexSize.of(regex, (flags & Pattern.CASE_INSENSITIVE) != 0);
  }
}
