package io.pharos.gate.deployment;

import io.pharos.model.LabelMatcher;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import java.util.List;

/// Label matchers as they stand between the braces of a PromQL selector:
/// `job="backend",color=~"blue|green"`. Braces around them are allowed, and so is a comma at the
/// end.
public final class MatcherList {
  private static final String EXPECTED = "label matchers such as job=\"backend\",color=\"green\"";

  private MatcherList() {}

  /// The matchers that a text holds; none for an empty text.
  ///
  /// @throws IllegalArgumentException when it is not a list of matchers; the message says where
  public static List<LabelMatcher> parse(String text) {
    String inner = text.strip();
    String list = inner.startsWith("{") && inner.endsWith("}") ? inner : "{" + inner + "}";
    try {
      return PromqlParser.parseMatchers(list);
    } catch (ParseException e) {
      throw new IllegalArgumentException(
          "expected "
              + EXPECTED
              + "; at character "
              + (e.offset() + 1)
              + " of "
              + list
              + ": "
              + e.reason(),
          e);
    }
  }
}
