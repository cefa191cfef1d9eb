package io.pharos.dashboards;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Replaces variables in texts by their values, as Grafana does: `$name`, `${name}`,
/// `${name:format}` and `[[name]]`. Unknown variables stay unchanged. Immutable.
final class Expansion {
  /// The value of a variable.
  ///
  /// @param values the selected values; for "All" without a custom value, all options
  /// @param isPattern whether the only value is a regular expression, such as a custom value of
  ///   "All"
  /// @param isChoice whether several values can be selected, so that queries get a regular
  ///   expression
  record Chosen(List<String> values, boolean isPattern, boolean isChoice) {
    Chosen {
      values = List.copyOf(values);
    }

    static Chosen plain(String value) {
      return new Chosen(List.of(value), false, false);
    }
  }

  private final Map<String, Chosen> variables;

  Expansion(Map<String, Chosen> variables) {
    this.variables = Map.copyOf(variables);
  }

  /// Returns a copy with one variable changed.
  Expansion with(String name, Chosen chosen) {
    var changed = new TreeMap<>(variables);
    changed.put(name, chosen);
    return new Expansion(changed);
  }

  /// Returns the values of a variable; empty if it is unknown.
  List<String> values(String name) {
    Chosen chosen = variables.get(name);
    return chosen == null ? List.of() : chosen.values();
  }

  /// Expands a query in PromQL or LogQL. Choices become escaped regular expressions.
  String query(String raw) {
    return replaced(raw, true);
  }

  /// Expands a text for people, such as a title. Several values are joined by ` + `.
  String text(String raw) {
    return replaced(raw, false);
  }

  private String replaced(String raw, boolean isQuery) {
    var text = new StringBuilder();
    int position = 0;
    while (position < raw.length()) {
      int end = end(raw, position);
      String value = end > position ? value(raw.substring(position, end), isQuery) : null;
      if (value == null) {
        text.append(raw.charAt(position++));
      } else {
        text.append(value);
        position = end;
      }
    }
    return text.toString();
  }

  /// Returns the index after a reference to a variable that starts at `begin`; `begin` or less if
  /// there is none.
  private static int end(String raw, int begin) {
    if (raw.startsWith("${", begin)) {
      return raw.indexOf('}', begin) + 1;
    }
    if (raw.startsWith("[[", begin)) {
      int close = raw.indexOf("]]", begin);
      return close < 0 ? begin : close + 2;
    }
    if (raw.charAt(begin) != '$') {
      return begin;
    }
    int end = begin + 1;
    while (end < raw.length() && isWord(raw.charAt(end))) {
      end++;
    }
    return end == begin + 1 ? begin : end;
  }

  private static boolean isWord(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private @Nullable String value(String reference, boolean isQuery) {
    String inner =
        reference.startsWith("${")
            ? reference.substring(2, reference.length() - 1)
            : reference.startsWith("[[")
                ? reference.substring(2, reference.length() - 2)
                : reference.substring(1);
    int colon = inner.indexOf(':');
    Chosen chosen = variables.get(colon < 0 ? inner : inner.substring(0, colon));
    if (chosen == null) {
      return null;
    }
    String format = colon < 0 ? "" : inner.substring(colon + 1);
    return switch (format) {
      case "raw" -> chosen.values().size() == 1 ? chosen.values().getFirst() : glob(chosen);
      case "regex" -> pattern(chosen, Expansion::regex);
      case "pipe" -> String.join("|", chosen.values());
      case "csv" -> String.join(",", chosen.values());
      case "text" -> String.join(" + ", chosen.values());
      case "" -> isQuery ? inQuery(chosen) : String.join(" + ", chosen.values());
      default -> null; // an unknown format: the reference stays, so that people notice the error
    };
  }

  private static String inQuery(Chosen chosen) {
    return chosen.isChoice()
        ? pattern(chosen, value -> regex(value).replace("\\", "\\\\"))
        : chosen.values().stream().findFirst().orElse("");
  }

  private static String pattern(Chosen chosen, UnaryOperator<String> escape) {
    if (chosen.isPattern()) {
      return String.join("|", chosen.values());
    }
    return chosen.values().size() == 1
        ? escape.apply(chosen.values().getFirst())
        : chosen.values().stream().map(escape).collect(Collectors.joining("|", "(", ")"));
  }

  private static String glob(Chosen chosen) {
    return "{" + String.join(",", chosen.values()) + "}";
  }

  /// Escapes a value for a regular expression.
  private static String regex(String value) {
    var text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ("\\$^*{}[]'+?.()|".indexOf(c) >= 0) {
        text.append('\\');
      }
      text.append(c);
    }
    return text.toString();
  }
}
