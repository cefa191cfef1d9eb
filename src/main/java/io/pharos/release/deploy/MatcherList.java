package io.pharos.release.deploy;

import io.pharos.model.LabelMatcher;
import io.pharos.model.RegexBudget;
import java.util.ArrayList;
import java.util.List;

/// Reads label matchers as they stand between the braces of a PromQL selector:
/// `job="backend",color=~"blue|green"`. Braces around them are allowed, and so is a comma at the
/// end.
public final class MatcherList {
  private static final String EXPECTED = "label matchers such as job=\"backend\",color=\"green\"";

  private final String text;
  private int at;

  private MatcherList(String text) {
    this.text = text;
  }

  /// The matchers that a text holds; none for an empty text.
  ///
  /// @throws IllegalArgumentException when it is not a list of matchers; the message says where
  public static List<LabelMatcher> parse(String text) {
    String inner = text.strip();
    if (inner.startsWith("{") && inner.endsWith("}")) {
      inner = inner.substring(1, inner.length() - 1);
    }
    return new MatcherList(inner).matchers();
  }

  private List<LabelMatcher> matchers() {
    var found = new ArrayList<LabelMatcher>();
    var regexes = new RegexBudget();
    skipSpace();
    while (at < text.length()) {
      String name = name();
      LabelMatcher.Type type = type();
      found.add(LabelMatcher.of(type, name, string(), true, regexes));
      skipSpace();
      if (at < text.length()) {
        if (text.charAt(at) != ',') {
          throw error("a comma");
        }
        at++;
        skipSpace();
      }
    }
    return List.copyOf(found);
  }

  private String name() {
    int start = at;
    while (at < text.length() && isNamePart(text.charAt(at), at == start)) {
      at++;
    }
    if (start == at) {
      throw error("a label name");
    }
    String name = text.substring(start, at);
    skipSpace();
    return name;
  }

  private static boolean isNamePart(char c, boolean first) {
    return c == '_'
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (!first && c >= '0' && c <= '9');
  }

  private LabelMatcher.Type type() {
    LabelMatcher.Type found = null;
    for (LabelMatcher.Type type : LabelMatcher.Type.values()) {
      boolean longer = found == null || type.symbol().length() > found.symbol().length();
      if (text.startsWith(type.symbol(), at) && longer) {
        found = type;
      }
    }
    if (found == null) {
      throw error("one of = != =~ !~");
    }
    at += found.symbol().length();
    skipSpace();
    return found;
  }

  private String string() {
    if (at >= text.length() || (text.charAt(at) != '"' && text.charAt(at) != '\'')) {
      throw error("a value in quotes");
    }
    char quote = text.charAt(at++);
    var value = new StringBuilder();
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      if (c == '\\') {
        value.append(escaped());
      } else {
        value.append(c);
      }
    }
    if (at >= text.length()) {
      throw error("a closing quote");
    }
    at++;
    return value.toString();
  }

  private char escaped() {
    if (at >= text.length()) {
      throw error("a character after the backslash");
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case '\\', '"', '\'' -> c;
      default -> {
        at--;
        throw error("one of the escapes \\n \\t \\r \\\\ \\\" \\'");
      }
    };
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException error(String what) {
    return new IllegalArgumentException(
        "expected "
            + EXPECTED
            + "; at character "
            + (at + 1)
            + " of "
            + text
            + ": expected "
            + what);
  }
}
