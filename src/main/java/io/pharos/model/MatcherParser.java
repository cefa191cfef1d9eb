package io.pharos.model;

import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Parses Alertmanager's matchers in the UTF-8 notation or the older classic notation. A text that
/// is valid in both has its classic meaning, so that existing configurations do not change.
public final class MatcherParser {
  private MatcherParser() {}

  /// Parses a list such as `{a="b", c=~"d|e"}`; the braces are optional.
  ///
  /// @throws IllegalArgumentException if the text is valid in neither notation
  public static List<LabelMatcher> parseMatchers(String text) {
    return parse(() -> new Utf8(text).parse(), () -> Classic.parse(text));
  }

  /// Parses one matcher without braces, as in API filters.
  ///
  /// @throws IllegalArgumentException if the text is not exactly one matcher
  public static LabelMatcher parseMatcher(String text) {
    String bare = text.strip();
    if (bare.startsWith("{") || bare.endsWith("}")) {
      throw new IllegalArgumentException("unexpected open or close brace: " + text);
    }
    return parse(
        () -> {
          List<LabelMatcher> matchers = new Utf8(text).parse();
          if (matchers.size() != 1) {
            throw new IllegalArgumentException("expected 1 matcher, found " + matchers.size());
          }
          return matchers.getFirst();
        },
        () -> Classic.parseOne(text));
  }

  private static <T> T parse(Supplier<T> utf8, Supplier<T> classic) {
    Optional<T> parsed = Optional.empty();
    try {
      parsed = Optional.of(utf8.get());
    } catch (IllegalArgumentException _) {
      // If the text is invalid in the classic notation too, that notation's error is reported, as
      // in Alertmanager.
    }
    try {
      return classic.get();
    } catch (IllegalArgumentException e) {
      return parsed.orElseThrow(() -> e);
    }
  }

  /// Formats matchers as Alertmanager does, in braces: `{a="b",c=~"d"}`. The text is part of group
  /// keys.
  public static String format(List<LabelMatcher> matchers) {
    var texts = new ArrayList<String>(matchers.size());
    matchers.forEach(matcher -> texts.add(format(matcher)));
    return "{" + String.join(",", texts) + "}";
  }

  /// Formats a matcher as Alertmanager does: `a=~"b"`; a name with reserved characters is quoted.
  public static String format(LabelMatcher matcher) {
    boolean reserved = matcher.name().codePoints().anyMatch(Utf8::isReserved);
    return (reserved ? Quoted.of(matcher.name()) : matcher.name())
        + matcher.type().symbol()
        + (reserved
            ? Quoted.of(matcher.value())
            : '"'
                + matcher.value().replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\"")
                + '"');
  }

  /// Creates a matcher.
  ///
  /// @param regexes shared budget of the regular expressions of one text
  static LabelMatcher matcher(String name, String operator, String value, RegexBudget regexes) {
    try {
      return LabelMatcher.of(LabelMatcher.Type.of(operator), name, value, false, regexes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(regexProblem(value).orElse(e.getMessage()), e);
    }
  }

  /// Returns the error in a regular expression, or empty if it is valid. The expression is checked
  /// with the anchors that matchers add.
  static Optional<String> regexProblem(String value) {
    try {
      Re2.compile("^(?:" + value + ")$", 0);
      return Optional.empty();
    } catch (PatternSyntaxException e) {
      return Optional.of(
          "error parsing regexp: " + e.getDescription() + ": `" + e.getPattern() + "`");
    }
  }

  static @Nullable String operatorAt(String text, int position) {
    for (String operator : List.of("=~", "!=", "!~", "=")) {
      if (text.startsWith(operator, position)) {
        return operator;
      }
    }
    return null;
  }

  /// Alertmanager's older notation for matchers: names are ASCII, a value may be empty or unquoted,
  /// and a backslash that escapes nothing is literal.
  static final class Classic {
    private Classic() {}

    static List<LabelMatcher> parse(String text) {
      String rest = text.startsWith("{") ? text.substring(1) : text;
      rest = rest.endsWith("}") ? rest.substring(0, rest.length() - 1) : rest;
      var matchers = new ArrayList<LabelMatcher>();
      var regexes = new RegexBudget();
      for (String token : split(rest)) {
        matchers.add(parseOne(token, regexes));
      }
      return List.copyOf(matchers);
    }

    /// Splits a text at commas outside of quotes; an empty last part is dropped.
    private static List<String> split(String text) {
      var tokens = new ArrayList<String>();
      var token = new StringBuilder();
      boolean quoted = false;
      boolean escaped = false;
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == ',' && !quoted) {
          tokens.add(token.toString());
          token.setLength(0);
          continue;
        }
        if (c == '"' && !escaped) {
          quoted = !quoted;
        }
        escaped = c == '\\' && !escaped;
        token.append(c);
      }
      if (!token.toString().isBlank()) {
        tokens.add(token.toString());
      }
      return tokens;
    }

    static LabelMatcher parseOne(String text) {
      return parseOne(text, new RegexBudget());
    }

    private static LabelMatcher parseOne(String text, RegexBudget regexes) {
      int from = pastSpace(text, 0);
      int to = from;
      while (to < text.length() && isNamePart(text.charAt(to), to == from)) {
        to++;
      }
      int position = pastSpace(text, to);
      String operator = MatcherParser.operatorAt(text, position);
      if (to == from || operator == null) {
        throw new IllegalArgumentException("bad matcher format: " + text);
      }
      int value = pastSpace(text, position + operator.length());
      int end = text.length();
      while (end > value && isSpace(text.charAt(end - 1))) {
        end--;
      }
      return MatcherParser.matcher(
          text.substring(from, to), operator, value(text.substring(value, end)), regexes);
    }

    private static int pastSpace(String text, int from) {
      int position = from;
      while (position < text.length() && isSpace(text.charAt(position))) {
        position++;
      }
      return position;
    }

    private static boolean isSpace(char c) {
      return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
    }

    private static boolean isNamePart(char c, boolean first) {
      return (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || c == '_'
          || c == ':'
          || (!first && c >= '0' && c <= '9');
    }

    private static String value(String raw) {
      boolean quoted = raw.startsWith("\"");
      String text = quoted ? raw.substring(1) : raw;
      boolean closed = !quoted;
      var value = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        boolean last = i == text.length() - 1;
        if (c == '\\' && !last) {
          char next = text.charAt(++i);
          switch (next) {
            case 'n' -> value.append('\n');
            case '"', '\\' -> value.append(next);
            default -> value.append('\\').append(next);
          }
        } else if (c == '"') {
          if (!quoted || !last) {
            throw new IllegalArgumentException(
                "matcher value contains unescaped double quote: " + raw);
          }
          closed = true;
        } else {
          value.append(c);
        }
      }
      if (!closed) {
        throw new IllegalArgumentException("matcher value contains unescaped double quote: " + raw);
      }
      return value.toString();
    }
  }

  /// Alertmanager's UTF-8 notation for matchers: `[{] name op value {, name op value} [,] [}]`.
  /// Names and values are bare words without white space and reserved characters, or quoted with
  /// Go's escapes.
  static final class Utf8 {
    private final String text;
    private final RegexBudget regexes = new RegexBudget();
    private int position;

    Utf8(String text) {
      this.text = text;
    }

    List<LabelMatcher> parse() {
      skipSpace();
      boolean braces = accept('{');
      var matchers = new ArrayList<LabelMatcher>();
      while (!atEnd() && peek() != '}') {
        matchers.add(matcher());
        if (!accept(',')) {
          break;
        }
      }
      if (braces && !accept('}')) {
        throw error("expected a comma or close brace");
      }
      if (!atEnd()) {
        throw error(
            peek() == '}' ? "unexpected close brace" : "expected a comma or the end of the input");
      }
      return List.copyOf(matchers);
    }

    private LabelMatcher matcher() {
      String name = word("label name");
      if (name.isEmpty()) {
        throw error("a label name must not be empty");
      }
      String operator = MatcherParser.operatorAt(text, position);
      if (operator == null) {
        throw error("expected an operator such as =, !=, =~ or !~");
      }
      position += operator.length();
      skipSpace();
      return MatcherParser.matcher(name, operator, word("label value"), regexes);
    }

    private String word(String what) {
      if (atEnd()) {
        throw error("expected " + what + ", found the end of the input");
      }
      String word = peek() == '"' ? quoted() : bare(what);
      skipSpace();
      return word;
    }

    private String bare(String what) {
      int start = position;
      while (!atEnd() && !isReserved(text.codePointAt(position))) {
        position += Character.charCount(text.codePointAt(position));
      }
      if (position == start) {
        throw error("expected " + what);
      }
      return text.substring(start, position);
    }

    /// Whether a character is white space, or one that bare words must not contain.
    static boolean isReserved(int c) {
      return Character.isWhitespace(c) || c == 0x85 || c == 0xa0 || "{}!=~,\\\"'`".indexOf(c) >= 0;
    }

    private String quoted() {
      int start = position++;
      var value = new StringBuilder();
      while (true) {
        if (atEnd() || peek() == '\n') {
          position = start;
          throw error("missing end \"");
        }
        char c = text.charAt(position++);
        if (c == '"') {
          return value.toString();
        }
        if (c != '\\') {
          value.append(c);
        } else {
          escape(value);
        }
      }
    }

    private void escape(StringBuilder value) {
      if (atEnd()) {
        throw error("missing end \"");
      }
      char c = text.charAt(position++);
      switch (c) {
        case 'a' -> value.append('\u0007');
        case 'b' -> value.append('\b');
        case 'f' -> value.append('\f');
        case 'n' -> value.append('\n');
        case 'r' -> value.append('\r');
        case 't' -> value.append('\t');
        case 'v' -> value.append('\u000b');
        case '\\', '"' -> value.append(c);
        case 'x' -> value.appendCodePoint(number(2, 16));
        case 'u' -> value.appendCodePoint(number(4, 16));
        case 'U' -> value.appendCodePoint(number(8, 16));
        case '0', '1', '2', '3', '4', '5', '6', '7' -> {
          position--;
          value.appendCodePoint(number(3, 8));
        }
        default -> throw error("unknown escape \\" + c);
      }
    }

    private int number(int digits, int radix) {
      try {
        int number = Integer.parseInt(text, position, position + digits, radix);
        position += digits;
        if (!Character.isValidCodePoint(number)) {
          throw error("not a code point");
        }
        return number;
      } catch (NumberFormatException | IndexOutOfBoundsException e) {
        var error = error("expected " + digits + " digits after the escape");
        error.initCause(e);
        throw error;
      }
    }

    private boolean accept(char c) {
      if (!atEnd() && peek() == c) {
        position++;
        skipSpace();
        return true;
      }
      return false;
    }

    private char peek() {
      return text.charAt(position);
    }

    private boolean atEnd() {
      return position >= text.length();
    }

    private void skipSpace() {
      while (!atEnd() && Character.isWhitespace(peek())) {
        position++;
      }
    }

    private IllegalArgumentException error(String message) {
      return new IllegalArgumentException(
          "%d: %s in %s".formatted(position, message, Quoted.of(text)));
    }
  }
}
