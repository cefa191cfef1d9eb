package io.pharos.model;

import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Parses Alertmanager's matchers in the UTF-8 notation or the older classic notation. If both
/// accept a text and differ, the classic meaning wins, so that existing configurations keep their
/// meaning.
public final class MatcherParser {
  private MatcherParser() {}

  /// Parses a list such as `{a="b", c=~"d|e"}`; the braces are optional.
  ///
  /// @throws IllegalArgumentException when neither notation accepts it
  public static List<LabelMatcher> parseMatchers(String text) {
    return parse(() -> new Utf8Matchers(text).parse(), () -> ClassicMatchers.parse(text));
  }

  /// Parses one matcher without braces, as in API filters.
  ///
  /// @throws IllegalArgumentException when the text is not exactly one matcher
  public static LabelMatcher parseMatcher(String text) {
    String bare = text.strip();
    if (bare.startsWith("{") || bare.endsWith("}")) {
      throw new IllegalArgumentException("unexpected open or close brace: " + text);
    }
    return parse(
        () -> {
          List<LabelMatcher> matchers = new Utf8Matchers(text).parse();
          if (matchers.size() != 1) {
            throw new IllegalArgumentException("expected 1 matcher, found " + matchers.size());
          }
          return matchers.getFirst();
        },
        () -> ClassicMatchers.parseOne(text));
  }

  private static <T> T parse(Supplier<T> utf8, Supplier<T> classic) {
    Optional<T> parsed = Optional.empty();
    try {
      parsed = Optional.of(utf8.get());
    } catch (IllegalArgumentException _) {
      // If the classic notation rejects it too, its error is reported, as in Alertmanager.
    }
    try {
      return classic.get();
    } catch (IllegalArgumentException e) {
      return parsed.orElseThrow(() -> e);
    }
  }

  /// Formats matchers as Alertmanager does, in braces: `{a="b",c=~"d"}`. Part of group keys.
  public static String format(List<LabelMatcher> matchers) {
    var texts = new ArrayList<String>(matchers.size());
    matchers.forEach(matcher -> texts.add(format(matcher)));
    return "{" + String.join(",", texts) + "}";
  }

  /// Formats a matcher as Alertmanager does: `a=~"b"`; a name with reserved characters is quoted.
  public static String format(LabelMatcher matcher) {
    boolean reserved = matcher.name().codePoints().anyMatch(Utf8Matchers::isReserved);
    return (reserved ? Quoted.of(matcher.name()) : matcher.name())
        + matcher.type().symbol()
        + (reserved
            ? Quoted.of(matcher.value())
            : '"'
                + matcher.value().replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\"")
                + '"');
  }

  /// @param regexes shared budget of the regular expressions of one text
  static LabelMatcher matcher(String name, String operator, String value, RegexBudget regexes) {
    try {
      return LabelMatcher.of(LabelMatcher.Type.of(operator), name, value, false, regexes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(regexProblem(value).orElse(e.getMessage()), e);
    }
  }

  /// Describes the error in a regular expression, for the anchored form that is matched.
  static Optional<String> regexProblem(String value) {
    try {
      Re2.compile("^(?:" + value + ")$", 0);
      return Optional.empty();
    } catch (PatternSyntaxException e) {
      return Optional.of(
          "error parsing regexp: " + e.getDescription() + ": `" + e.getPattern() + "`");
    }
  }

  static @Nullable String operatorAt(String text, int at) {
    for (String operator : List.of("=~", "!=", "!~", "=")) {
      if (text.startsWith(operator, at)) {
        return operator;
      }
    }
    return null;
  }
}
