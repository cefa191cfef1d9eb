package io.pharos.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;

/// Compiles regular expressions from users with RE2/J. RE2/J matches in linear time, but its
/// compiler expands repetitions and recurses into nested groups. So an expression is refused before
/// its compilation if it nests deeper than Go allows or would need too much memory.
public final class Re2 {
  private static final int MAX_DEPTH = 1_000;

  /// Approximate memory of an instruction, including its characters, its node in the tree and its
  /// place in the matcher's state.
  private static final int BYTES_PER_INSTRUCTION = 200;

  /// The expressions of one query may together use the heap divided by this number.
  private static final int HEAP_SHARE = 32;

  /// Minimum number of instructions that are allowed, however small the heap is.
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
  /// @throws PatternSyntaxException if the expression is invalid, nests too deeply or is too large
  public static Pattern compile(String regex, int flags) {
    return compile(regex, flags, new RegexBudget());
  }

  /// Compiles one of several expressions that share a budget.
  ///
  /// @throws PatternSyntaxException if the expression is invalid, nests too deeply or exceeds the
  ///   rest of the budget
  public static Pattern compile(String regex, int flags, RegexBudget budget) {
    var estimate = estimate(regex, flags);
    if (estimate.depth() > MAX_DEPTH) {
      throw new PatternSyntaxException("expression nests too deeply", regex);
    }
    budget.deduct(regex, estimate.instructions());
    try {
      return Pattern.compile(regex, flags);
    } catch (StackOverflowError _) { // the stack is too small for a depth that Go allows
      throw new PatternSyntaxException("expression nests too deeply", regex);
    }
  }

  /// Returns the estimated number of instructions of an expression.
  static long instructions(String regex, int flags) {
    return estimate(regex, flags).instructions();
  }

  private static Size.Estimate estimate(String regex, int flags) {
    return Size.of(regex, (flags & Pattern.CASE_INSENSITIVE) != 0);
  }

  /// Estimates the size of a regular expression's program from its text. Repetitions are expanded,
  /// so `((x{1000}){1000})` has a million instructions. The estimate is at least the number of
  /// instructions. It is higher for expensive parts: a character class costs as much as its ranges
  /// and the time to sort them.
  static final class Size {
    /// Cost of a Unicode class such as `\pL`: some 600 ranges of 8 bytes.
    private static final long UNICODE_CLASS = 128;

    /// Cost of a range for which upper and lower case are looked up character by character.
    private static final long FOLDED_RANGE = 6_000;

    /// An item costs one more per this number of items directly before it, and an alternative per
    /// this number of alternatives before it: the library copies them.
    private static final long COPIED_ITEMS = 500;

    /// Maximum of all sums and products, which prevents overflows.
    private static final long MAX_COST = 1L << 40;

    private final String text;
    private int position;
    private boolean foldsCase;

    /* What was counted before an open group, in the group around it. */
    private record Outer(long sum, long run, long alternatives) {}

    private final ArrayDeque<Outer> open = new ArrayDeque<>();
    private int deepest;

    /* Size of the innermost open group's items, without its last item. */
    private long sum;

    /* Size of the last item, which a repetition may multiply. */
    private long last;

    /* The part of the cost that repetitions do not multiply. */
    private long fixedCost;

    /* Number of successive items without a repetition directly before the position. */
    private long run;

    /* Number of alternatives in the innermost open group. */
    private long alternatives;

    private Size(String text, boolean foldsCase) {
      this.text = text;
      this.foldsCase = foldsCase || hasFoldingFlag(text);
    }

    /* Whether the text has a group of flags that ignores case, such as `(?i)`. */
    private static boolean hasFoldingFlag(String text) {
      for (int position = text.indexOf("(?");
          position >= 0;
          position = text.indexOf("(?", position + 2)) {
        for (int i = position + 2; i < text.length() && "imsU-".indexOf(text.charAt(i)) >= 0; i++) {
          if (text.charAt(i) == 'i') {
            return true;
          }
        }
      }
      return false;
    }

    /// The estimate for an expression.
    ///
    /// @param instructions at least the number of instructions; higher for expensive parts
    /// @param depth maximum number of nested groups
    record Estimate(long instructions, int depth) {}

    static Estimate of(String text, boolean foldsCase) {
      return new Size(text, foldsCase).read();
    }

    private Estimate read() {
      while (position < text.length()) {
        char c = text.charAt(position++);
        switch (c) {
          case '\\' -> escape();
          case '[' -> items(1, characterClass());
          case '(' -> open();
          case ')' -> close();
          case '|' -> alternative();
          case '*', '+', '?' -> repeat(last + 1);
          case '{' -> braces();
          default -> items(1, 1);
        }
      }
      while (!open.isEmpty()) {
        close();
      }
      return new Estimate(bounded(sum + last + 3 + fixedCost), deepest);
    }

    private static long bounded(long size) {
      return Math.min(size, MAX_COST);
    }

    /* Adds items of one instruction each to a run; only the last may be larger. */
    private void items(int count, long lastSize) {
      if (count > 0) {
        item(count - 1L);
        item(lastSize);
        fixedCost = bounded(fixedCost + count * (run + count) / COPIED_ITEMS);
        run += count;
      }
    }

    private void item(long size) {
      sum = bounded(sum + last);
      last = size;
    }

    private void repeat(long size) {
      last = bounded(size);
      run = 0;
    }

    private void alternative() {
      item(2); // one instruction for the choice, and one for a side that may be empty
      item(0);
      fixedCost = bounded(fixedCost + ++alternatives / COPIED_ITEMS);
      run = 0;
    }

    private void open() {
      item(0);
      open.push(new Outer(sum, run, alternatives));
      deepest = Math.max(deepest, open.size());
      sum = 0;
      run = 0;
      alternatives = 0;
    }

    private void close() {
      if (open.isEmpty()) {
        items(1, 1);
        return;
      }
      long group = bounded(sum + last + 3);
      Outer outer = open.pop();
      sum = outer.sum;
      last = 0;
      run = outer.run;
      alternatives = outer.alternatives;
      items(1, group);
    }

    /* Parses `{3}`, `{3,}` or `{3,5}`; any other opening brace is a literal character. */
    private void braces() {
      int from = position;
      int minimum = number();
      int maximum = minimum;
      boolean unbounded = false;
      if (minimum >= 0 && position < text.length() && text.charAt(position) == ',') {
        position++;
        maximum = number();
        unbounded = maximum < 0;
      }
      if (minimum < 0 || position >= text.length() || text.charAt(position) != '}') {
        position = from;
        items(1, 1);
        return;
      }
      position++;
      repeat((unbounded ? Math.max(1, minimum) : Math.max(minimum, maximum)) * (last + 1) + 1);
    }

    /* Parses a number of at most 1,000,000, and returns -1 if there is none. Larger numbers become
     * 1,000,000: RE2/J refuses them anyway. */
    private int number() {
      int from = position;
      int value = 0;
      while (position < text.length()
          && text.charAt(position) >= '0'
          && text.charAt(position) <= '9') {
        value = Math.min(1_000_000, value * 10 + text.charAt(position++) - '0');
      }
      return from == position ? -1 : value;
    }

    private void escape() {
      char c = position < text.length() ? text.charAt(position++) : 'x';
      if (c == 'Q') {
        int end = text.indexOf("\\E", position);
        int to = end < 0 ? text.length() : end;
        int characters = to - position;
        position = end < 0 ? to : end + 2;
        items(characters, 1);
      } else if (c == 'p' || c == 'P') {
        propertyName();
        items(1, foldsCase ? 2 * UNICODE_CLASS : UNICODE_CLASS);
      } else {
        items(1, 2);
      }
    }

    private void propertyName() {
      if (position < text.length() && text.charAt(position) == '{') {
        int end = text.indexOf('}', position);
        position = end < 0 ? text.length() : end + 1;
      } else {
        position = Math.min(text.length(), position + 1);
      }
    }

    private long characterClass() {
      long items = 0;
      long size = 1;
      int from = position;
      while (position < text.length()
          && (text.charAt(position) != ']' || position == firstItem(from))) {
        char c = text.charAt(position++);
        items++;
        if (c == '\\' && position < text.length()) {
          char escaped = text.charAt(position++);
          if (escaped == 'p' || escaped == 'P') {
            propertyName();
            size = bounded(size + 2 * UNICODE_CLASS);
            items += 600;
          }
        } else if (c == '[' && position < text.length() && text.charAt(position) == ':') {
          int end = text.indexOf(":]", position);
          position = end < 0 ? position : end + 2;
          items += 8;
        } else if (c == '-' && foldsCase && !isBetweenAscii()) {
          fixedCost = bounded(fixedCost + FOLDED_RANGE);
        }
      }
      position = Math.min(text.length(), position + 1);
      // In the worst case the time to sort the ranges is quadratic.
      fixedCost = bounded(fixedCost + items * items / 1_000);
      return bounded(size + items / 4);
    }

    /* Returns the position of the first item of a class. There, `]` is a literal character. */
    private int firstItem(int from) {
      return from < text.length() && text.charAt(from) == '^' ? from + 1 : from;
    }

    /* Whether the hyphen before the position joins two ASCII characters. */
    private boolean isBetweenAscii() {
      return position >= 2
          && position < text.length()
          && text.charAt(position - 2) < 0x80
          && text.charAt(position) < 0x80
          && text.charAt(position) != '\\'
          && (position < 3 || text.charAt(position - 3) != '\\')
          && text.charAt(position - 2) != '}';
    }
  }
}
