package io.pharos.ruletest;

import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.StaleMarker;
import io.pharos.storage.SampleWindow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The notation of series in unit tests: `up{job="api"}` and `1+2x10 _ stale` (prometheus
/// docs/configuration/unit_testing_rules.md).
final class SeriesNotation {
  private static final String NUMBER =
      "(?:[+-]?(?:(?i:inf|nan)|(?:[0-9][0-9_]*\\.?[0-9_]*|\\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?))";
  private static final Pattern ITEM =
      Pattern.compile("(" + NUMBER + ")(?:([+-])(" + NUMBER + "))?(?:x([0-9]+))?");
  private static final Pattern GAPS = Pattern.compile("_(?:x([0-9]+))?");

  /* A test that means more samples than this is a typing error. */
  private static final int MAX_SAMPLES = 10_000_000;

  private final String text;
  private int at;

  private SeriesNotation(String text) {
    this.text = text;
  }

  /// The labels of a metric: a name, labels in braces, or both; `{}` is the empty set.
  ///
  /// @throws IllegalArgumentException when the text is something else; says where
  static Labels metric(String text) {
    var notation = new SeriesNotation(text.strip());
    Labels labels = notation.metric();
    if (notation.at < notation.text.length()) {
      throw notation.unexpected("the end");
    }
    return labels;
  }

  /// The samples of a series: column i of the window is at `start + i * step`, gaps left out.
  ///
  /// @throws IllegalArgumentException when the text is something else; says which item
  static SampleWindow values(String text, long start, long step) {
    var window = new SampleWindow();
    long index = 0;
    if (text.contains("{{")) {
      throw new IllegalArgumentException(
          "native histograms ({{…}}) are not implemented yet, expected floats");
    }
    for (String item : text.strip().split("\\s+")) {
      if (item.isEmpty()) {
        continue;
      }
      Matcher gaps = GAPS.matcher(item);
      Matcher sample = ITEM.matcher(item);
      if (gaps.matches()) {
        index += gaps.group(1) == null ? 1 : count(gaps.group(1), item);
      } else if (item.equals("stale")) {
        window.add(start + index++ * step, StaleMarker.VALUE);
      } else if (sample.matches() && (sample.group(2) == null || sample.group(4) != null)) {
        double value = number(sample.group(1));
        double change = sample.group(3) == null ? 0 : number(sample.group(3));
        long repeats = sample.group(4) == null ? 0 : count(sample.group(4), item);
        for (long i = 0; i <= repeats; i++) {
          window.add(start + index++ * step, value);
          value = "-".equals(sample.group(2)) ? value - change : value + change;
        }
      } else {
        throw new IllegalArgumentException(
            "unexpected " + Quoted.of(item) + ", expected for example 1, 0+10x5, _, _x3 or stale");
      }
      if (index > MAX_SAMPLES) {
        throw new IllegalArgumentException("more than " + MAX_SAMPLES + " samples in one series");
      }
    }
    return window;
  }

  private static long count(String digits, String item) {
    if (digits.length() > 8) {
      throw new IllegalArgumentException(
          "the count in " + Quoted.of(item) + " is more than " + MAX_SAMPLES);
    }
    return Long.parseLong(digits);
  }

  /// A float as Go reads it: `NaN`, `Inf` and `-Inf` too.
  static double number(String text) {
    String plain = text.replace("_", "");
    String unsigned = plain.replaceFirst("^[+-]", "");
    if (unsigned.equalsIgnoreCase("nan")) {
      return Double.NaN;
    }
    if (unsigned.equalsIgnoreCase("inf")) {
      return plain.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    return Double.parseDouble(plain);
  }

  private Labels metric() {
    Labels.Builder labels = Labels.builder();
    int start = at;
    while (at < text.length() && text.charAt(at) != '{' && text.charAt(at) != ' ') {
      at++;
    }
    String name = text.substring(start, at);
    if (!name.isEmpty()) {
      if (!LabelName.isLegacyMetric(name)) {
        at = start;
        throw unexpected("a metric name");
      }
      labels.set(Labels.METRIC_NAME, name);
    }
    skipSpace();
    if (at < text.length()) {
      braces(labels);
    } else if (name.isEmpty()) {
      throw unexpected("a metric name or {");
    }
    return labels.build();
  }

  private void braces(Labels.Builder labels) {
    expect('{');
    skipSpace();
    while (at < text.length() && text.charAt(at) != '}') {
      boolean quoted = isQuote();
      String name = quoted ? string() : word();
      skipSpace();
      if (quoted && (at >= text.length() || text.charAt(at) != '=')) {
        labels.set(Labels.METRIC_NAME, name);
      } else {
        expect('=');
        skipSpace();
        labels.set(name, string());
      }
      skipSpace();
      if (at < text.length() && text.charAt(at) == ',') {
        at++;
        skipSpace();
      } else if (at >= text.length() || text.charAt(at) != '}') {
        throw unexpected(", or }");
      }
    }
    expect('}');
  }

  private String word() {
    int start = at;
    while (at < text.length() && LabelName.isLegacy("_" + text.charAt(at))) {
      at++;
    }
    String word = text.substring(start, at);
    if (!LabelName.isLegacy(word)) {
      at = start;
      throw unexpected("a label name");
    }
    return word;
  }

  private boolean isQuote() {
    return at < text.length() && "\"'`".indexOf(text.charAt(at)) >= 0;
  }

  private String string() {
    if (!isQuote()) {
      throw unexpected("a quoted string");
    }
    char quote = text.charAt(at++);
    var value = new StringBuilder();
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      value.append(c == '\\' && quote != '`' ? escaped() : String.valueOf(c));
    }
    expect(quote);
    return value.toString();
  }

  private String escaped() {
    if (at >= text.length()) {
      throw unexpected("an escaped character");
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'r' -> "\r";
      case 'x' -> rune(2);
      case 'u' -> rune(4);
      case 'U' -> rune(8);
      case '\\', '"', '\'' -> String.valueOf(c);
      default -> {
        at--;
        throw unexpected("one of n t r x u U \\ \" '");
      }
    };
  }

  private String rune(int digits) {
    int end = Math.min(text.length(), at + digits);
    try {
      String rune = Character.toString(Integer.parseInt(text.substring(at, end), 16));
      at = end;
      return rune;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "bad escape in " + Quoted.of(text) + ", expected " + digits + " hex digits", e);
    }
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private void expect(char c) {
    if (at >= text.length() || text.charAt(at) != c) {
      throw unexpected(String.valueOf(c));
    }
    at++;
  }

  private IllegalArgumentException unexpected(String expected) {
    String found = at < text.length() ? Quoted.of(text.substring(at)) : "the end";
    return new IllegalArgumentException(
        "character %d of %s: expected %s, found %s"
            .formatted(at + 1, Quoted.of(text), expected, found));
  }
}
