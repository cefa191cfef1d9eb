package io.pharos.oncall.calendar;

import io.pharos.config.yaml.ConfigException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A line of an iCalendar file, such as `DTSTART;TZID=Europe/Berlin:20260302T090000`.
///
/// @param number number of its first line in the file, from 1
/// @param name in capitals
/// @param parameters by their names in capitals, without quotes
record ContentLine(int number, String name, Map<String, String> parameters, String value) {
  ContentLine {
    parameters = Map.copyOf(parameters);
  }

  /// Returns the lines of a text; a line that begins with a space continues the one before.
  ///
  /// @param file its name, for messages
  /// @throws ConfigException if a line has no value
  static List<ContentLine> of(String file, String text) {
    var lines = new ArrayList<ContentLine>();
    var current = new StringBuilder();
    int begin = 0;
    int number = 0;
    for (String line : (text + "\n").split("\r?\n", -1)) {
      number++;
      if (line.startsWith(" ") || line.startsWith("\t")) {
        current.append(line, 1, line.length());
        continue;
      }
      if (!current.isEmpty()) {
        lines.add(parsed(file, begin, current.toString()));
      }
      current.setLength(0);
      current.append(line);
      begin = number;
    }
    return lines;
  }

  private static ContentLine parsed(String file, int number, String text) {
    var parts = new ArrayList<String>();
    boolean isQuoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        isQuoted = !isQuoted;
      } else if (!isQuoted && (c == ';' || c == ':')) {
        parts.add(text.substring(from, i));
        from = i + 1;
        if (c == ':') {
          return new ContentLine(
              number, upper(parts.getFirst()), parameters(parts), text.substring(from));
        }
      }
    }
    throw new ConfigException(file, number, 0, "expected NAME:VALUE");
  }

  private static Map<String, String> parameters(List<String> parts) {
    var parameters = new LinkedHashMap<String, String>();
    for (String part : parts.subList(1, parts.size())) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        parameters.put(
            upper(part.substring(0, equals)), part.substring(equals + 1).replace("\"", ""));
      }
    }
    return parameters;
  }

  private static String upper(String text) {
    return text.strip().toUpperCase(Locale.ROOT);
  }

  /// Returns a parameter; empty if it is missing.
  String parameter(String key) {
    return parameters.getOrDefault(key, "");
  }

  /// Returns the value as a text without escapes.
  String text() {
    var text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\' && i + 1 < value.length()) {
        i++;
        char next = value.charAt(i);
        text.append(next == 'n' || next == 'N' ? '\n' : next);
      } else {
        text.append(c);
      }
    }
    return text.toString().strip();
  }
}
