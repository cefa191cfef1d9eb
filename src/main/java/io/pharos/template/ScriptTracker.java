package io.pharos.template;

import io.pharos.model.GoFloat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Follows a script as far as it matters for a value in it: in code, in a string, in a comment.
final class ScriptTracker {
  private enum Place {
    CODE,
    DOUBLE_QUOTED,
    SINGLE_QUOTED,
    TEMPLATE_LITERAL,
    LINE_COMMENT,
    BLOCK_COMMENT
  }

  private Place place = Place.CODE;
  private char previous;

  void reset() {
    place = Place.CODE;
    previous = 0;
  }

  /// Takes one character of the script's text and the one after it (0 at the end), and says whether
  /// it is to be written: comments are not.
  boolean follow(char c, char next) {
    if (place == Place.CODE && c == '/' && (next == '/' || next == '*')) {
      place = next == '/' ? Place.LINE_COMMENT : Place.BLOCK_COMMENT;
      previous = 0;
      return false;
    }
    boolean inComment = place == Place.LINE_COMMENT || place == Place.BLOCK_COMMENT;
    boolean escaped = previous == '\\';
    place =
        switch (place) {
          case CODE ->
              switch (c) {
                case '"' -> Place.DOUBLE_QUOTED;
                case '\'' -> Place.SINGLE_QUOTED;
                case '`' -> Place.TEMPLATE_LITERAL;
                default -> Place.CODE;
              };
          case DOUBLE_QUOTED -> c == '"' && !escaped ? Place.CODE : place;
          case SINGLE_QUOTED -> c == '\'' && !escaped ? Place.CODE : place;
          case TEMPLATE_LITERAL -> c == '`' && !escaped ? Place.CODE : place;
          case LINE_COMMENT -> c == '\n' || c == '\r' ? Place.CODE : place;
          case BLOCK_COMMENT -> c == '/' && previous == '*' ? Place.CODE : place;
        };
    previous = escaped && c == '\\' ? 0 : c;
    return !inComment || c == '\n' || c == '\r';
  }

  /// The value as a script's value, or as part of the string that it stands in.
  String escape(@Nullable Object value) {
    return switch (place) {
      case CODE -> literal(value);
      case DOUBLE_QUOTED, SINGLE_QUOTED, TEMPLATE_LITERAL ->
          inString(HtmlEscape.string(value), place == Place.TEMPLATE_LITERAL);
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

  private static String unicode(int c) {
    return "\\u" + "%04x".formatted(c).toLowerCase(Locale.ROOT);
  }
}
