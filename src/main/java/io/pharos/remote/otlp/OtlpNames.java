package io.pharos.remote.otlp;

import io.pharos.remote.otlp.OtlpMetric.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Translates OpenTelemetry's names to Prometheus' names. Replaces characters that are not allowed
/// by underscores.
final class OtlpNames {
  private static final Map<String, String> UNITS =
      Map.ofEntries(
          Map.entry("d", "days"),
          Map.entry("h", "hours"),
          Map.entry("min", "minutes"),
          Map.entry("s", "seconds"),
          Map.entry("ms", "milliseconds"),
          Map.entry("us", "microseconds"),
          Map.entry("ns", "nanoseconds"),
          Map.entry("By", "bytes"),
          Map.entry("KiBy", "kibibytes"),
          Map.entry("MiBy", "mebibytes"),
          Map.entry("GiBy", "gibibytes"),
          Map.entry("TiBy", "tibibytes"),
          Map.entry("KBy", "kilobytes"),
          Map.entry("MBy", "megabytes"),
          Map.entry("GBy", "gigabytes"),
          Map.entry("TBy", "terabytes"),
          Map.entry("m", "meters"),
          Map.entry("V", "volts"),
          Map.entry("A", "amperes"),
          Map.entry("J", "joules"),
          Map.entry("W", "watts"),
          Map.entry("g", "grams"),
          Map.entry("Cel", "celsius"),
          Map.entry("Hz", "hertz"),
          Map.entry("1", ""),
          Map.entry("%", "percent"));

  private static final Map<String, String> PER =
      Map.of(
          "s", "second", "m", "minute", "h", "hour", "d", "day", "w", "week", "mo", "month", "y",
          "year");

  private OtlpNames() {}

  /// Returns the name of a metric family.
  ///
  /// @param suffixes whether to append unit and type
  static String metric(String name, String unit, Kind kind, boolean suffixes) {
    List<String> words = words(name, true);
    if (suffixes) {
      addUnits(words, unit);
      if (kind == Kind.COUNTER) {
        words.removeIf("total"::equals);
        words.add("total");
      }
      if (unit.equals("1") && kind == Kind.GAUGE) {
        words.removeIf("ratio"::equals);
        words.add("ratio");
      }
    }
    String joined = String.join("_", words);
    boolean startsWithDigit =
        !joined.isEmpty() && joined.charAt(0) >= '0' && joined.charAt(0) <= '9';
    return startsWithDigit ? "_" + joined : joined;
  }

  private static void addUnits(List<String> words, String unit) {
    String[] parts = unit.split("/", 2);
    String main = unit(parts[0].strip(), UNITS);
    if (!main.isEmpty() && !words.contains(main)) {
      words.add(main);
    }
    String per = parts.length < 2 ? "" : unit(parts[1].strip(), PER);
    if (!per.isEmpty() && !words.contains(per)) {
      words.add("per");
      words.add(per);
    }
  }

  /* Translates a part of a unit to words. Returns an empty text if the part contains braces, which
   * mark an annotation instead of a unit. */
  private static String unit(String text, Map<String, String> names) {
    return text.contains("{") || text.contains("}")
        ? ""
        : String.join("_", words(names.getOrDefault(text, text), false));
  }

  private static List<String> words(String text, boolean colons) {
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isAlphanumeric(c) || (colons && c == ':')) {
        word.append(c);
      } else if (!word.isEmpty()) {
        words.add(word.toString());
        word.setLength(0);
      }
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /// Returns the name of the label for an attribute.
  static String label(String attribute) {
    var name = new StringBuilder();
    for (int i = 0; i < attribute.length(); i++) {
      char c = attribute.charAt(i);
      // A character above U+FFFF consists of two chars in Java, but becomes one underscore.
      if (Character.isLowSurrogate(c) && i > 0) {
        continue;
      }
      name.append(isAlphanumeric(c) ? c : '_');
    }
    String text = name.toString();
    if (!text.isEmpty() && text.charAt(0) >= '0' && text.charAt(0) <= '9') {
      return "key_" + text;
    }
    return text.startsWith("_") && !text.startsWith("__") ? "key" + text : text;
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
