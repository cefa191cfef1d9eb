package io.pharos.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.lang.ref.SoftReference;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A condition on one label. A missing label counts as the empty string.
///
/// Regular expressions are RE2's, anchored at both ends, and run in linear time. The JVM may
/// discard the compiled program of a large expression, which is then compiled again when it is
/// needed. So many cached matchers do not exhaust the memory.
public final class LabelMatcher {
  /// The comparison of a matcher.
  public enum Type {
    EQUAL("="),
    NOT_EQUAL("!="),
    REGEX("=~"),
    NOT_REGEX("!~");

    private final String symbol;

    Type(String symbol) {
      this.symbol = symbol;
    }

    /// Returns the operator in PromQL.
    public String symbol() {
      return symbol;
    }

    /// Returns the type with an operator.
    ///
    /// @throws IllegalArgumentException if the operator is unknown
    public static Type of(String symbol) {
      for (Type type : values()) {
        if (type.symbol.equals(symbol)) {
          return type;
        }
      }
      throw new IllegalArgumentException("unknown operator " + symbol);
    }
  }

  /// Number of instructions (about 200 kB) above which the JVM may discard a program.
  private static final int LARGE = 1_000;

  private static final int MAX_EXCERPT = 1_000;

  private final Type type;
  private final String name;
  private final String value;

  /// Flags of the regular expression, which decide whether `.` matches a newline.
  private final int flags;

  private final @Nullable Pattern pattern;
  private volatile @Nullable SoftReference<Pattern> large;

  private LabelMatcher(Type type, String name, String value, int flags, @Nullable Pattern pattern) {
    this.type = type;
    this.name = name;
    this.value = value;
    this.flags = flags;
    boolean isLarge = pattern != null && pattern.programSize() > LARGE;
    this.pattern = isLarge ? null : pattern;
    this.large = isLarge ? new SoftReference<>(pattern) : null;
  }

  /// Returns whether all matchers match the labels.
  public static boolean matchesAll(List<LabelMatcher> matchers, Labels labels) {
    for (LabelMatcher matcher : matchers) {
      if (!matcher.matches(labels)) {
        return false;
      }
    }
    return true;
  }

  /// Creates a matcher. If it is a regular expression, `.` also matches a newline, as in PromQL. In
  /// Alertmanager it does not: see [#of(Type, String, String, boolean)].
  ///
  /// @throws IllegalArgumentException if the regular expression is invalid; the message says why
  public static LabelMatcher of(Type type, String name, String value) {
    return of(type, name, value, true);
  }

  /// Creates a matcher.
  ///
  /// @param dotMatchesNewline whether `.` in the regular expression also matches a newline
  public static LabelMatcher of(Type type, String name, String value, boolean dotMatchesNewline) {
    return of(type, name, value, dotMatchesNewline, new RegexBudget());
  }

  /// Creates one of several matchers whose regular expressions share a budget.
  ///
  /// @throws IllegalArgumentException if the regular expression is invalid or exceeds the rest of
  ///   the budget; the message says why
  public static LabelMatcher of(
      Type type, String name, String value, boolean dotMatchesNewline, RegexBudget budget) {
    if (type == Type.EQUAL || type == Type.NOT_EQUAL) {
      return new LabelMatcher(type, name, value, 0, null);
    }
    int flags = dotMatchesNewline ? Pattern.DOTALL : 0;
    try {
      return new LabelMatcher(type, name, value, flags, Re2.compile(value, flags, budget));
    } catch (PatternSyntaxException e) {
      // For DOTALL, RE2/J adds the prefix (?s), which the user has not written.
      String excerpt = e.getPattern().equals("(?s)" + value) ? value : e.getPattern();
      throw new IllegalArgumentException(
          "error parsing regexp: "
              + e.getDescription()
              + ": `"
              + Quoted.cut(excerpt, MAX_EXCERPT)
              + "`",
          e);
    }
  }

  /// Creates a matcher that accepts exactly one value.
  public static LabelMatcher equal(String name, String value) {
    return of(Type.EQUAL, name, value);
  }

  /// Creates a matcher that accepts exactly these values.
  public static LabelMatcher anyOf(String name, Set<String> values) {
    return values.size() == 1
        ? equal(name, values.iterator().next())
        : of(
            Type.REGEX,
            name,
            values.stream().sorted().map(Pattern::quote).collect(Collectors.joining("|")));
  }

  /// Returns the comparison.
  public Type type() {
    return type;
  }

  /// Returns the label's name.
  public String name() {
    return name;
  }

  /// Returns the value or the regular expression.
  public String value() {
    return value;
  }

  /// Whether a label value satisfies the condition.
  public boolean matches(String labelValue) {
    return switch (type) {
      case EQUAL -> value.equals(labelValue);
      case NOT_EQUAL -> !value.equals(labelValue);
      case REGEX -> matchesPattern(labelValue);
      case NOT_REGEX -> !matchesPattern(labelValue);
    };
  }

  /// Whether the label's value in a set satisfies the condition.
  public boolean matches(Labels labels) {
    return matches(labels.get(name));
  }

  private boolean matchesPattern(String labelValue) {
    Pattern program = pattern != null ? pattern : largePattern();
    return program != null && program.matches(labelValue);
  }

  private @Nullable Pattern largePattern() {
    SoftReference<Pattern> reference = large;
    if (reference == null) {
      return null;
    }
    Pattern cached = reference.get();
    if (cached != null) {
      return cached;
    }
    Pattern compiled = Re2.compile(value, flags);
    large = new SoftReference<>(compiled);
    return compiled;
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof LabelMatcher other
        && type == other.type
        && name.equals(other.name)
        && value.equals(other.value)
        && flags == other.flags;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * type.hashCode() + name.hashCode()) + value.hashCode();
  }

  /// Returns the matcher in PromQL's notation: `job=~"a|b"`.
  @Override
  public String toString() {
    return (LabelName.isLegacy(name) ? name : Quoted.of(name)) + type.symbol() + Quoted.of(value);
  }
}
