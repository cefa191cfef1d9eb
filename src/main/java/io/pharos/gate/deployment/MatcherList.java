package io.pharos.gate.deployment;

import io.pharos.model.LabelMatcher;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import java.util.List;

/// Parses label matchers in the syntax of a PromQL selector: `job="backend",color=~"blue|green"`.
/// Braces and a trailing comma are allowed.
public final class MatcherList {
  private static final String EXPECTED = "label matchers such as job=\"backend\",color=\"green\"";

  private MatcherList() {}

  /// Parses matchers. An empty text contains none.
  ///
  /// @throws IllegalArgumentException when the text is no list of matchers; the message contains
  ///   the position
  public static List<LabelMatcher> parse(String text) {
    String inner = text.strip();
    String list = inner.startsWith("{") && inner.endsWith("}") ? inner : "{" + inner + "}";
    try {
      return PromqlParser.parseMatchers(list);
    } catch (ParseException e) {
      throw new IllegalArgumentException(
          "expected %s; at character %s of %s: %s"
              .formatted(EXPECTED, e.offset() + 1, list, e.reason()),
          e);
    }
  }
}
