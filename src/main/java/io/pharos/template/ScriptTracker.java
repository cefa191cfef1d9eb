package io.pharos.template;

import io.pharos.model.GoFloat;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Follows a script as far as it matters for a value in it: in code, in a string, in a regular
/// expression, in a comment.
final class ScriptTracker {
  private enum Place {
    CODE,
    DOUBLE_QUOTED,
    SINGLE_QUOTED,
    TEMPLATE_LITERAL,
    REGEX,
    LINE_COMMENT,
    BLOCK_COMMENT
  }

  /* Behind these words a slash begins a regular expression; behind other words it divides. */
  private static final Set<String> BEFORE_REGEX =
      Set.of(
          "break",
          "case",
          "continue",
          "delete",
          "do",
          "else",
          "finally",
          "in",
          "instanceof",
          "return",
          "throw",
          "try",
          "typeof",
          "void");

  private final StringBuilder code = new StringBuilder();
  private Place place = Place.CODE;
  private char previous;
  private boolean inClass;
  private boolean lineBroken;

  void reset() {
    place = Place.CODE;
    previous = 0;
    code.setLength(0);
  }

  /// Takes one character of the script's text and the one after it (0 at the end), and gives what
  /// is to be written for it: of comments only their line ends, or a space.
  String follow(char c, char next) {
    if (place == Place.CODE && c == '/' && (next == '/' || next == '*')) {
      place = next == '/' ? Place.LINE_COMMENT : Place.BLOCK_COMMENT;
      previous = 0;
      lineBroken = false;
      return "";
    }
    boolean escaped = previous == '\\';
    char before = previous;
    previous = escaped && c == '\\' ? 0 : c;
    return switch (place) {
      case CODE -> {
        inCode(c);
        yield String.valueOf(c);
      }
      case DOUBLE_QUOTED -> inQuotes(c, '"', escaped);
      case SINGLE_QUOTED -> inQuotes(c, '\'', escaped);
      case TEMPLATE_LITERAL -> inQuotes(c, '`', escaped);
      case REGEX -> inRegex(c, escaped);
      case LINE_COMMENT -> {
        boolean ends = c == '\n' || c == '\r';
        place = ends ? Place.CODE : place;
        yield ends ? String.valueOf(c) : "";
      }
      case BLOCK_COMMENT -> {
        lineBroken |= c == '\n' || c == '\r';
        boolean ends = c == '/' && before == '*';
        yield ends ? blank(Place.CODE) : "";
      }
    };
  }

  /// What is to be written where a text of the template ends: a blank for the comment in it.
  String endOfText() {
    return place == Place.BLOCK_COMMENT ? blank(Place.BLOCK_COMMENT) : "";
  }

  private String blank(Place then) {
    String blank = lineBroken ? "\n" : " ";
    lineBroken = false;
    place = then;
    previous = 0;
    return blank;
  }

  private void inCode(char c) {
    switch (c) {
      case '"' -> place = Place.DOUBLE_QUOTED;
      case '\'' -> place = Place.SINGLE_QUOTED;
      case '`' -> place = Place.TEMPLATE_LITERAL;
      case '/' -> {
        if (regexMayBegin()) {
          place = Place.REGEX;
          inClass = false;
        }
      }
      default -> {
        // Still code.
      }
    }
    code.append(c);
    if (code.length() > 64) {
      code.delete(0, 32);
    }
  }

  /// Whether a slash here begins a regular expression: not behind a value, which it would divide.
  private boolean regexMayBegin() {
    String before = code.toString().stripTrailing();
    if (before.isEmpty()) {
      return true;
    }
    char last = before.charAt(before.length() - 1);
    if (last == '+' || last == '-') {
      int start = before.length();
      while (start > 0 && before.charAt(start - 1) == last) {
        start--;
      }
      return (before.length() - start) % 2 == 1;
    }
    if (Character.isLetterOrDigit(last) || last == '_' || last == '$') {
      int start = before.length();
      while (start > 0 && isWordPart(before.charAt(start - 1))) {
        start--;
      }
      return BEFORE_REGEX.contains(before.substring(start));
    }
    return last != ')' && last != ']' && last != '"' && last != '\'' && last != '`';
  }

  private static boolean isWordPart(char c) {
    return c == '_' || (c < 0x80 && Character.isLetterOrDigit(c));
  }

  private String inQuotes(char c, char quote, boolean escaped) {
    if (c == quote && !escaped) {
      afterValue();
    }
    return String.valueOf(c);
  }

  private String inRegex(char c, boolean escaped) {
    if (!escaped) {
      inClass = c == '[' || (inClass && c != ']');
      if (c == '/' && !inClass) {
        afterValue();
      }
    }
    return String.valueOf(c);
  }

  /// Behind a value, so that a slash divides it.
  private void afterValue() {
    place = Place.CODE;
    code.setLength(0);
    code.append(')');
  }

  /// The value as a script's value, or as part of the string that it stands in.
  String escape(@Nullable Object value) {
    return switch (place) {
      case CODE -> {
        afterValue();
        yield literal(value);
      }
      case DOUBLE_QUOTED, SINGLE_QUOTED, TEMPLATE_LITERAL ->
          inString(HtmlEscape.string(value), place == Place.TEMPLATE_LITERAL);
      case REGEX -> regex(HtmlEscape.string(value));
      case LINE_COMMENT, BLOCK_COMMENT -> "";
    };
  }

  private static String literal(@Nullable Object value) {
    return switch (value) {
      case null -> " null ";
      case String text -> GoJson.write(text);
      case SafeText safe -> GoJson.write(safe.text());
      case Boolean flag -> " " + flag + " ";
      case Long number -> " " + number + " ";
      case Double number ->
          Double.isFinite(number)
              ? " " + GoJson.number(number) + " "
              : " null /* " + GoFloat.general(number) + " */ ";
      case TimeValue time -> GoJson.write(time);
      case TemplateObject object ->
          GoJson.write(object.printed().isPresent() ? object.printed().get() : object);
      default -> GoJson.write(value);
    };
  }

  private static String inString(String text, boolean templateLiteral) {
    var escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\t' -> escaped.append("\\t");
                case '\n' -> escaped.append("\\n");
                case '\f' -> escaped.append("\\f");
                case '\r' -> escaped.append("\\r");
                case '\\' -> escaped.append("\\\\");
                case '/' -> escaped.append("\\/");
                case '"', '`', '&', '\'', '+', '<', '>', 0, 0x0b, 0x2028, 0x2029 ->
                    escaped.append(unicode(c));
                case '$', '{', '}' -> {
                  if (templateLiteral) {
                    escaped.append(unicode(c));
                  } else {
                    escaped.appendCodePoint(c);
                  }
                }
                default -> escaped.appendCodePoint(c);
              }
            });
    return escaped.toString();
  }

  private static String regex(String text) {
    if (text.isEmpty()) {
      return "(?:)";
    }
    var escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\t' -> escaped.append("\\t");
                case '\n' -> escaped.append("\\n");
                case '\f' -> escaped.append("\\f");
                case '\r' -> escaped.append("\\r");
                case '"', '&', '\'', '+', '<', '>', '`', 0, 0x0b, 0x2028, 0x2029 ->
                    escaped.append(unicode(c));
                case '$', '(', ')', '*', '-', '.', '/', '?', '[', '\\', ']', '^', '{', '|', '}' ->
                    escaped.append('\\').append((char) c);
                default -> escaped.appendCodePoint(c);
              }
            });
    return escaped.toString();
  }

  private static String unicode(int c) {
    return "\\u" + "%04x".formatted(c).toLowerCase(Locale.ROOT);
  }
}
