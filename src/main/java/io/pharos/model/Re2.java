package io.pharos.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Arrays;

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

  private static Size.Estimate estimate(String regex, int flags) {
    return Size.of(regex, (flags & Pattern.CASE_INSENSITIVE) != 0);
  }

  /// Estimates the size of a regular expression's program from its text. Repetitions are expanded,
  /// so `((x{1000}){1000})` has a million instructions. The estimate is an upper bound of the
  /// number of instructions, increased for expensive parts: character classes count by their ranges
  /// and the time to sort them.
  static final class Size {
    /// Cost of a Unicode class such as `\pL`: some 600 ranges of 8 bytes.
    private static final long UNICODE_CLASS = 128;

    /// Cost of a range whose upper and lower case are looked up one by one.
    private static final long FOLDED_RANGE = 6_000;

    /// Length of a run of literal characters at which each costs twice as much.
    private static final long LITERAL_RUN = 500;

    /// Limit that prevents overflows of sums and products.
    private static final long ENDLESS = 1L << 40;

    private final String text;
    private int at;
    private boolean foldsCase;

    /* The open groups: for each the size before its current item. */
    private long[] sums = new long[8];
    private int depth;
    private int deepest;
    private long sum;
    private long last;

    /* Cost that repetitions do not multiply. */
    private long once;

    /* Number of literal characters directly before the position. */
    private long run;

    private Size(String text, boolean foldsCase) {
      this.text = text;
      this.foldsCase = foldsCase || hasFoldingFlag(text);
    }

    /* Whether `(?i)` or another group of flags ignores case. */
    private static boolean hasFoldingFlag(String text) {
      for (int at = text.indexOf("(?"); at >= 0; at = text.indexOf("(?", at + 2)) {
        for (int i = at + 2; i < text.length() && "imsU-".indexOf(text.charAt(i)) >= 0; i++) {
          if (text.charAt(i) == 'i') {
            return true;
          }
        }
      }
      return false;
    }

    /// An estimate for an expression.
    ///
    /// @param instructions upper bound of the instructions, increased for expensive parts
    /// @param depth maximum number of nested groups
    record Estimate(long instructions, int depth) {}

    static Estimate of(String text, boolean foldsCase) {
      return new Size(text, foldsCase).read();
    }

    private Estimate read() {
      while (at < text.length()) {
        char c = text.charAt(at++);
        boolean plain = false;
        switch (c) {
          case '\\' -> plain = escape();
          case '[' -> item(characterClass());
          case '(' -> open();
          case ')' -> close();
          case '|' -> {
            // The choice, and an empty side.
            item(2);
            item(0);
          }
          case '*', '+', '?' -> last = bounded(last + 1);
          case '{' -> repetition();
          default -> plain = literal(1, 1);
        }
        run = plain ? run : 0;
      }
      while (depth > 0) {
        close();
      }
      return new Estimate(bounded(sum + last + 3 + once), deepest);
    }

    private static long bounded(long size) {
      return Math.min(size, ENDLESS);
    }

    /* The library copies a run of literal characters for each character that is added. */
    private boolean literal(int characters, long lastSize) {
      if (characters > 0) {
        item(characters - 1L);
        item(lastSize);
        once = bounded(once + characters * (run + characters) / LITERAL_RUN);
        run += characters;
      }
      return true;
    }

    private void item(long size) {
      sum = bounded(sum + last);
      last = size;
    }

    private void open() {
      item(0);
      if (depth == sums.length) {
        sums = Arrays.copyOf(sums, 2 * depth);
      }
      sums[depth++] = sum;
      deepest = Math.max(deepest, depth);
      sum = 0;
    }

    private void close() {
      if (depth == 0) {
        item(1);
        return;
      }
      long group = bounded(sum + last + 3);
      sum = sums[--depth];
      last = group;
    }

    /* Parses `{3}`, `{3,}` or `{3,5}`; any other brace is a literal. */
    private void repetition() {
      int from = at;
      int least = number();
      int most = least;
      boolean endless = false;
      if (least >= 0 && at < text.length() && text.charAt(at) == ',') {
        at++;
        most = number();
        endless = most < 0;
      }
      if (least < 0 || at >= text.length() || text.charAt(at) != '}') {
        at = from;
        item(1);
        return;
      }
      at++;
      last = bounded((endless ? Math.max(1, least) : Math.max(least, most)) * (last + 1) + 1);
    }

    /* Values above the library's limit are clamped. */
    private int number() {
      int from = at;
      int value = 0;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        value = Math.min(1_000_000, value * 10 + text.charAt(at++) - '0');
      }
      return from == at ? -1 : value;
    }

    /* Returns whether the escape stands for literal characters. */
    private boolean escape() {
      char c = at < text.length() ? text.charAt(at++) : 'x';
      if (c == 'Q') {
        int end = text.indexOf("\\E", at);
        int to = end < 0 ? text.length() : end;
        int characters = to - at;
        at = end < 0 ? to : end + 2;
        return literal(characters, 1);
      }
      if (c == 'p' || c == 'P') {
        propertyName();
        item(foldsCase ? 2 * UNICODE_CLASS : UNICODE_CLASS);
        return false;
      }
      return literal(1, 2);
    }

    private void propertyName() {
      if (at < text.length() && text.charAt(at) == '{') {
        int end = text.indexOf('}', at);
        at = end < 0 ? text.length() : end + 1;
      } else {
        at = Math.min(text.length(), at + 1);
      }
    }

    private long characterClass() {
      long items = 0;
      long size = 1;
      int from = at;
      while (at < text.length() && (text.charAt(at) != ']' || at == first(from))) {
        char c = text.charAt(at++);
        items++;
        if (c == '\\' && at < text.length()) {
          char escaped = text.charAt(at++);
          if (escaped == 'p' || escaped == 'P') {
            propertyName();
            size = bounded(size + 2 * UNICODE_CLASS);
            items += 600;
          }
        } else if (c == '[' && at < text.length() && text.charAt(at) == ':') {
          int end = text.indexOf(":]", at);
          at = end < 0 ? at : end + 2;
          items += 8;
        } else if (c == '-' && foldsCase && !isBetweenAscii()) {
          once = bounded(once + FOLDED_RANGE);
        }
      }
      at = Math.min(text.length(), at + 1);
      // The ranges are sorted with quadratic worst-case time.
      once = bounded(once + items * items / 1_000);
      return bounded(size + items / 4);
    }

    private int first(int from) {
      return from < text.length() && text.charAt(from) == '^' ? from + 1 : from;
    }

    /* Whether the hyphen before the position joins two ASCII characters. */
    private boolean isBetweenAscii() {
      return at >= 2
          && at < text.length()
          && text.charAt(at - 2) < 0x80
          && text.charAt(at) < 0x80
          && text.charAt(at) != '\\'
          && (at < 3 || text.charAt(at - 3) != '\\')
          && text.charAt(at - 2) != '}';
    }
  }
}
