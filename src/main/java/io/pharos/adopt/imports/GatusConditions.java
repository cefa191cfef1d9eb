package io.pharos.adopt.imports;

import com.google.re2j.Pattern;
import io.pharos.model.Re2;
import java.util.Optional;

/// Converts conditions of Gatus to expressions of probes.
final class GatusConditions {
  private static final String[] OPERATORS = {" == ", " != ", " <= ", " >= ", " < ", " > "};

  private static final Pattern JSON_PATH =
      Re2.compile("(\\.[A-Za-z_][A-Za-z0-9_]*|\\[[0-9]{1,6}\\])+", 0);

  private GatusConditions() {}

  /// Converts one condition.
  ///
  /// @param type type of the probe, such as `http`
  /// @return the expression; `true` for a condition that every probe checks without an expression;
  ///   empty if there is no equivalent
  static Optional<String> expression(String condition, String type) {
    for (String operator : OPERATORS) {
      int index = condition.indexOf(operator);
      if (index >= 0) {
        return comparison(
            condition.substring(0, index).strip(),
            operator.strip(),
            condition.substring(index + operator.length()).strip(),
            type);
      }
    }
    return Optional.empty();
  }

  private static Optional<String> comparison(String left, String op, String right, String type) {
    if (left.equals("[CONNECTED]")) {
      return op.equals("==") && right.equals("true") ? Optional.of("true") : Optional.empty();
    }
    if (left.equals("[STATUS]") && type.equals("http")) {
      return value("status", op, right);
    }
    if (left.equals("[RESPONSE_TIME]") && isNumber(right)) {
      return Optional.of("duration " + op + " " + right + "ms");
    }
    if (left.equals("[CERTIFICATE_EXPIRATION]") && type.matches("http|tls|websocket")) {
      return right.matches("\\d+(\\.\\d+)?(s|m|h)")
          ? Optional.of("certificate.expires_in " + op + " " + right)
          : Optional.empty();
    }
    if (left.equals("[DNS_RCODE]") && type.equals("dns")) {
      return Optional.of("rcode " + op + " " + Imports.quoted(right));
    }
    if (left.equals("[BODY]") && type.equals("dns")) {
      return op.equals("==") && isPlain(right)
          ? Optional.of("answers contains " + Imports.quoted(right))
          : Optional.empty();
    }
    return type.matches("http|websocket") ? ofBody(left, op, right) : Optional.empty();
  }

  private static Optional<String> ofBody(String left, String op, String right) {
    if (left.startsWith("has([BODY]") && left.endsWith(")")) {
      boolean mustExist = right.equals("true") == op.equals("==");
      return path(left.substring(4, left.length() - 1))
          .map(path -> (mustExist ? "" : "!") + "has(" + path + ")");
    }
    if (left.startsWith("len([BODY]") && left.endsWith(")")) {
      return isNumber(right)
          ? path(left.substring(4, left.length() - 1))
              .map(path -> "size(" + path + ") " + op + " " + right)
          : Optional.empty();
    }
    return left.startsWith("[BODY]")
        ? path(left).flatMap(path -> value(path, op, right))
        : Optional.empty();
  }

  /* Converts a placeholder of the body. "[BODY]" is the body as text, "[BODY].a[0].b" is a path in
   * the body's JSON. */
  private static Optional<String> path(String text) {
    String jsonPath = text.substring("[BODY]".length());
    if (jsonPath.isEmpty()) {
      return Optional.of("text");
    }
    return JSON_PATH.matcher(jsonPath).matches()
        ? Optional.of("body" + jsonPath)
        : Optional.empty();
  }

  private static Optional<String> value(String path, String op, String right) {
    boolean equality = op.equals("==") || op.equals("!=");
    String negation = op.equals("!=") ? "!" : "";
    if (right.startsWith("pat(") && right.endsWith(")") && equality && !path.equals("status")) {
      String regex = Imports.quoted(regex(right.substring(4, right.length() - 1)));
      String matches = path + " matches " + regex;
      return Optional.of(negation.isEmpty() ? matches : "!(" + matches + ")");
    }
    if (right.startsWith("any(") && right.endsWith(")") && equality) {
      var items = new java.util.StringJoiner(", ", "[", "]");
      for (String item : right.substring(4, right.length() - 1).split(",", -1)) {
        if (!isPlain(item.strip())) {
          return Optional.empty();
        }
        items.add(literal(path, item.strip()));
      }
      String in = path + " in " + items;
      return Optional.of(negation.isEmpty() ? in : "!(" + in + ")");
    }
    if (!isPlain(right) || (path.equals("text") && !equality)) {
      return Optional.empty();
    }
    return Optional.of(path + " " + op + " " + literal(path, right));
  }

  private static String literal(String path, String text) {
    boolean isBoolean = text.equals("true") || text.equals("false");
    return !path.equals("text") && (isNumber(text) || isBoolean) ? text : Imports.quoted(text);
  }

  private static boolean isNumber(String text) {
    return text.matches("\\d{1,15}(\\.\\d{1,10})?");
  }

  /* Whether a text is neither a placeholder nor a function of Gatus. */
  private static boolean isPlain(String text) {
    return !text.contains("[") && !text.contains("(") && !text.isEmpty();
  }

  private static String regex(String glob) {
    var regex = new StringBuilder("^");
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      if (c == '*') {
        regex.append(".*");
      } else if (c == '?') {
        regex.append('.');
      } else {
        regex.append(Character.isLetterOrDigit(c) || c == ' ' || c > 0x7f ? "" : "\\").append(c);
      }
    }
    return regex.append('$').toString();
  }
}
