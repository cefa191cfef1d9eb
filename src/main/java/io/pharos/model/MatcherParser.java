package io.pharos.model;

import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Alertmanager's matchers from text, in the UTF-8 notation or the older classic one: both are
/// tried; where both understand the text and differ, classic wins, so that what people have keeps
/// its meaning.
public final class MatcherParser {
  private MatcherParser() {}

  /// The matchers of a list such as `{a="b", c=~"d|e"}`; the braces are optional.
  ///
  /// @throws IllegalArgumentException when neither notation understands it
  public static List<LabelMatcher> parseMatchers(String text) {
    List<LabelMatcher> utf8 = null;
    try {
      utf8 = new Utf8Matchers(text).parse();
    } catch (IllegalArgumentException _) {
      // The classic notation may understand it; if not, its complaint is what Alertmanager gives.
    }
    try {
      return ClassicMatchers.parse(text);
    } catch (IllegalArgumentException e) {
      if (utf8 != null) {
        return utf8;
      }
      throw e;
    }
  }

  /// One matcher without braces, as API filters are.
  ///
  /// @throws IllegalArgumentException when the text is not exactly one matcher
  public static LabelMatcher parseMatcher(String text) {
    String bare = text.strip();
    if (bare.startsWith("{") || bare.endsWith("}")) {
      throw new IllegalArgumentException("unexpected open or close brace: " + text);
    }
    LabelMatcher utf8 = null;
    try {
      var matchers = new Utf8Matchers(text).parse();
      if (matchers.size() != 1) {
        throw new IllegalArgumentException(
            matchers.isEmpty() ? "no matchers" : "expected 1 matcher, found " + matchers.size());
      }
      utf8 = matchers.getFirst();
    } catch (IllegalArgumentException _) {
      // The classic notation may understand it; if not, its complaint is what Alertmanager gives.
    }
    try {
      return ClassicMatchers.parseOne(text);
    } catch (IllegalArgumentException e) {
      if (utf8 != null) {
        return utf8;
      }
      throw e;
    }
  }

  /// Matchers as Alertmanager prints them, braces around: `{a="b",c=~"d"}`. Part of group keys.
  public static String format(List<LabelMatcher> matchers) {
    var texts = new ArrayList<String>(matchers.size());
    matchers.forEach(matcher -> texts.add(format(matcher)));
    return "{" + String.join(",", texts) + "}";
  }

  /// One matcher as Alertmanager prints it: `a=~"b"`; a name with reserved characters is quoted.
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

  /// @param regexes what the regular expressions of one text may weigh
  static LabelMatcher matcher(String name, String operator, String value, RegexBudget regexes) {
    try {
      return LabelMatcher.of(LabelMatcher.Type.of(operator), name, value, false, regexes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(regexProblem(value).orElse(e.getMessage()), e);
    }
  }

  /// What is wrong with a regular expression, in the words for the anchored form that matching
  /// makes of it.
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
