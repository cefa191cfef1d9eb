package io.pharos.model;

import java.util.ArrayList;
import java.util.List;

/// Alertmanager's older notation for matchers: names are ASCII, a value may be empty or unquoted,
/// and a backslash that escapes nothing is literal.
final class ClassicMatchers {
  private ClassicMatchers() {}

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

  /// Splits at commas outside of quotes; an empty last part is dropped.
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
    int at = pastSpace(text, to);
    String operator = MatcherParser.operatorAt(text, at);
    if (to == from || operator == null) {
      throw new IllegalArgumentException("bad matcher format: " + text);
    }
    int value = pastSpace(text, at + operator.length());
    int end = text.length();
    while (end > value && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return MatcherParser.matcher(
        text.substring(from, to), operator, value(text.substring(value, end)), regexes);
  }

  private static int pastSpace(String text, int from) {
    int at = from;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    return at;
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
