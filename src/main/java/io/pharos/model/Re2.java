package io.pharos.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/// Compiles regular expressions that others wrote, all of them here. The library runs in linear
/// time but writes repetitions out, and walks over nested groups by recursion: so what nests deeper
/// than Go allows, or would take more memory than this process can spare, is refused before it is
/// compiled.
public final class Re2 {
  private static final int MAX_DEPTH = 1_000;

  /// What one instruction takes with its characters, its node in the tree and its place in the
  /// machine that runs it.
  private static final int BYTES_PER_INSTRUCTION = 200;

  /// Of the heap, what the expressions of one query may take.
  private static final int HEAP_SHARE = 32;

  /// What everybody's expressions stay below.
  private static final long LEAST = 50_000;

  /// What Go allows one expression: 128 MiB of its instructions of 40 bytes.
  private static final long GO_LIMIT = (128L << 20) / 40;

  /// How many instructions the expressions of one query may have together: a 32nd of the heap at
  /// 200 bytes each, at least 50,000 and at most what Go allows one.
  public static final long MAX_INSTRUCTIONS =
      Math.clamp(
          Runtime.getRuntime().maxMemory() / HEAP_SHARE / BYTES_PER_INSTRUCTION, LEAST, GO_LIMIT);

  private Re2() {}

  /// Compiles a text that stands alone.
  ///
  /// @param flags those of [Pattern]
  /// @throws PatternSyntaxException when the text is no regular expression, nests too deeply or is
  ///   too large
  public static Pattern compile(String regex, int flags) {
    return compile(regex, flags, new RegexBudget());
  }

  /// Compiles one of several texts that share a budget.
  ///
  /// @throws PatternSyntaxException when the text is no regular expression, nests too deeply or is
  ///   too large for what is left
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

  /// How many instructions an expression weighs.
  static long instructions(String regex, int flags) {
    return estimate(regex, flags).instructions();
  }

  private static RegexSize.Estimate estimate(String regex, int flags) {
    return RegexSize.of(regex, (flags & Pattern.CASE_INSENSITIVE) != 0);
  }
}
