package io.pharos.server.web.routing;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.MatcherParser;
import io.pharos.model.Quoted;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the labels of an alert that a person typed: `severity=critical alertname="X"`, with
/// spaces, commas or lines between them, with or without braces.
final class AlertLabels {
  private static final int MAX_LABELS = 100;

  private static final Pattern LABEL =
      Pattern.compile(
          "\\G[\\s,]*+((?:\"(?:[^\"\\\\]|\\\\.)*+\"|[^\\s=!~,\"{}])++\\s*+(?:=~|!=|!~|=)\\s*+"
              + "(?:\"(?:[^\"\\\\]|\\\\.)*+\"|[^\\s,\"{}]*+))[\\s,]*+",
          Pattern.DOTALL);

  private AlertLabels() {}

  /// Parses the labels.
  ///
  /// @throws IllegalArgumentException with the part that can't be read and what was expected
  static Labels parse(String text) {
    String bare = text.strip();
    if (bare.startsWith("{") && bare.endsWith("}")) {
      bare = bare.substring(1, bare.length() - 1).strip();
    }
    var labels = Labels.builder();
    var names = 0;
    Matcher label = LABEL.matcher(bare);
    int end = 0;
    while (end < bare.length() && label.find()) {
      add(MatcherParser.parseMatcher(label.group(1)), labels);
      end = label.end();
      if (++names > MAX_LABELS) {
        throw new IllegalArgumentException("expected at most " + MAX_LABELS + " labels");
      }
    }
    if (end < bare.length()) {
      throw new IllegalArgumentException(
          "expected labels such as severity=critical alertname=\"X\", found "
              + Quoted.of(Quoted.cut(bare.substring(end), 80)));
    }
    return labels.build();
  }

  private static void add(LabelMatcher matcher, Labels.Builder labels) {
    if (matcher.type() != LabelMatcher.Type.EQUAL) {
      throw new IllegalArgumentException(
          "expected name=value, found "
              + Quoted.cut(matcher.toString(), 80)
              + ": an alert has one value of each label");
    }
    if (labels.names().contains(matcher.name())) {
      throw new IllegalArgumentException(
          "expected one value of each label, found a second one of "
              + Quoted.cut(matcher.name(), 80));
    }
    labels.set(matcher.name(), matcher.value());
  }
}
