package io.pharos.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.lang.ref.SoftReference;
import org.jspecify.annotations.Nullable;

/// A condition on one label. A label that a set lacks counts as the empty string.
///
/// Regular expressions are RE2's, anchored at both ends, and run in linear time. The programs of
/// large ones are held softly: where memory is short they go, and are made again when they are
/// asked for, so that no number of kept matchers ends the process.
public final class LabelMatcher {
  /// How a matcher compares.
  public enum Type {
    EQUAL("="),
    NOT_EQUAL("!="),
    REGEX("=~"),
    NOT_REGEX("!~");

    private final String symbol;

    Type(String symbol) {
      this.symbol = symbol;
    }

    public String symbol() {
      return symbol;
    }

    /// The type that is written so.
    ///
    /// @throws IllegalArgumentException when none is
    public static Type of(String symbol) {
      for (Type type : values()) {
        if (type.symbol.equals(symbol)) {
          return type;
        }
      }
      throw new IllegalArgumentException("unknown operator " + symbol);
    }
  }

  /// From how many instructions on a program is held softly: some 200 kB.
  private static final int LARGE = 1_000;

  private static final int MAX_EXCERPT = 1_000;

  private final Type type;
  private final String name;
  private final String value;

  /// What a regular expression means beyond its text: whether `.` matches a newline.
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

  /// A matcher whose regular expression, if it has one, sees `.` match a newline too (as PromQL's
  /// does; Alertmanager's differs, see [#of(Type, String, String, boolean)]).
  ///
  /// @throws IllegalArgumentException when the regular expression is not one; the message says why
  public static LabelMatcher of(Type type, String name, String value) {
    return of(type, name, value, true);
  }

  /// A matcher that says whether `.` matches a newline.
  public static LabelMatcher of(Type type, String name, String value, boolean dotMatchesNewline) {
    return of(type, name, value, dotMatchesNewline, new RegexBudget());
  }

  /// One of several matchers whose regular expressions share a budget.
  ///
  /// @throws IllegalArgumentException when the regular expression is not one, or is too large for
  ///   what is left; the message says why
  public static LabelMatcher of(
      Type type, String name, String value, boolean dotMatchesNewline, RegexBudget budget) {
    if (type == Type.EQUAL || type == Type.NOT_EQUAL) {
      return new LabelMatcher(type, name, value, 0, null);
    }
    int flags = dotMatchesNewline ? Pattern.DOTALL : 0;
    try {
      return new LabelMatcher(type, name, value, flags, Re2.compile(value, flags, budget));
    } catch (PatternSyntaxException e) {
      // the flag for the dot is not what anybody wrote
      String part = e.getPattern().equals("(?s)" + value) ? value : e.getPattern();
      throw new IllegalArgumentException(
          "error parsing regexp: " + e.getDescription() + ": `" + excerpt(part) + "`", e);
    }
  }

  private static String excerpt(String text) {
    return text.length() <= MAX_EXCERPT ? text : text.substring(0, MAX_EXCERPT) + "…";
  }

  public static LabelMatcher equal(String name, String value) {
    return of(Type.EQUAL, name, value);
  }

  public Type type() {
    return type;
  }

  public String name() {
    return name;
  }

  public String value() {
    return value;
  }

  public boolean matches(String labelValue) {
    return switch (type) {
      case EQUAL -> value.equals(labelValue);
      case NOT_EQUAL -> !value.equals(labelValue);
      case REGEX -> matchesPattern(labelValue);
      case NOT_REGEX -> !matchesPattern(labelValue);
    };
  }

  public boolean matches(Labels labels) {
    return matches(labels.get(name));
  }

  private boolean matchesPattern(String labelValue) {
    Pattern program = pattern != null ? pattern : largePattern();
    return program != null && program.matches(labelValue);
  }

  private @Nullable Pattern largePattern() {
    SoftReference<Pattern> held = large;
    if (held == null) {
      return null;
    }
    Pattern known = held.get();
    if (known != null) {
      return known;
    }
    Pattern again = Re2.compile(value, flags);
    large = new SoftReference<>(again);
    return again;
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

  /// The matcher as PromQL writes it: `job=~"a|b"`.
  @Override
  public String toString() {
    return (LabelName.isLegacy(name) ? name : Quoted.of(name)) + type.symbol() + Quoted.of(value);
  }
}
