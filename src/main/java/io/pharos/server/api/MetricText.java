package io.pharos.server.api;

import io.pharos.model.GoFloat;

/// Rewrites the numbers of a metrics page as Prometheus' own servers write them: `1`, not `1.0`.
/// Shell scripts and other readers by pattern expect it; both text formats allow it.
final class MetricText {
  private MetricText() {}

  /// Rewrites a page. Comments, label values, timestamps and exemplars stay unchanged.
  static String withPlainNumbers(String page) {
    var out = new StringBuilder(page.length());
    int start = 0;
    while (start < page.length()) {
      int newline = page.indexOf('\n', start);
      int end = newline < 0 ? page.length() : newline;
      line(page, start, end, out);
      if (newline >= 0) {
        out.append('\n');
      }
      start = end + 1;
    }
    return out.toString();
  }

  private static void line(String page, int start, int end, StringBuilder out) {
    int value = page.charAt(start) == '#' ? end : valueStart(page, start, end);
    if (value >= end) {
      out.append(page, start, end);
      return;
    }
    int space = page.indexOf(' ', value);
    int valueEnd = space < 0 || space > end ? end : space;
    // The library writes a trailing comma in label sets; Prometheus' own servers do not.
    if (page.startsWith(",} ", value - 3)) {
      out.append(page, start, value - 3).append("} ");
    } else {
      out.append(page, start, value);
    }
    out.append(number(page.substring(value, valueEnd)));
    out.append(page, valueEnd, end);
  }

  /// The start of the value: after the first space outside quotes.
  private static int valueStart(String page, int start, int end) {
    boolean quoted = false;
    for (int i = start; i < end; i++) {
      char c = page.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ' ' && !quoted) {
        return i + 1;
      }
    }
    return end;
  }

  private static String number(String text) {
    try {
      return GoFloat.general(Double.parseDouble(text));
    } catch (NumberFormatException _) {
      // +Inf, -Inf and NaN are right already.
      return text;
    }
  }
}
