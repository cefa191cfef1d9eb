package io.pharos.alertmanager;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.pharos.model.LabelMatcher;
import java.util.ArrayList;
import java.util.List;

/// The older notation: names are ASCII, a value may be empty and need not be quoted, and a
/// backslash that escapes nothing stands for itself.
final class ClassicMatchers {
  private static final Pattern MATCHER =
      Pattern.compile("^\\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\\s*(=~|=|!=|!~)\\s*((?s).*?)\\s*$");

  private ClassicMatchers() {}

  static List<LabelMatcher> parse(String text) {
    String rest = text.startsWith("{") ? text.substring(1) : text;
    rest = rest.endsWith("}") ? rest.substring(0, rest.length() - 1) : rest;
    var matchers = new ArrayList<LabelMatcher>();
    for (String token : split(rest)) {
      matchers.add(parseOne(token));
    }
    return List.copyOf(matchers);
  }

  /// The parts between commas that are not in quotes; an empty last part is none.
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
    Matcher parts = MATCHER.matcher(text);
    if (!parts.find()) {
      throw new IllegalArgumentException("bad matcher format: " + text);
    }
    return MatcherParser.matcher(parts.group(1), parts.group(2), value(parts.group(3)));
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
