package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.parser.SeriesDescription.HistogramSample;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Parses one histogram in the notation of rule unit tests: `{{schema:1 count:3 sum:5 buckets:[1
/// 2]}}`. All keys are optional.
final class HistogramLiteral {
  private static final String KEYS =
      "schema, sum, count, z_bucket, z_bucket_w, custom_values, buckets, offset, n_buckets, n_offset"
          + " or counter_reset_hint";

  private final String text;
  private final Set<String> seen = new HashSet<>();
  private int at;
  private int schema;
  private double sum;
  private double count;
  private double zeroCount;
  private double zeroThreshold;
  private double[] customValues = {};
  private double[] buckets = {};
  private double[] negativeBuckets = {};
  private int offset;
  private int negativeOffset;
  private ResetHint hint = ResetHint.UNKNOWN;

  HistogramLiteral(String text, int begin) {
    this.text = text;
    this.at = begin;
  }

  /// Returns the offset after the literal.
  int end() {
    return at;
  }

  HistogramSample read() {
    int begin = at;
    at += 2;
    skipBlanks();
    while (!text.startsWith("}}", at)) {
      entry();
      skipBlanks();
    }
    at += 2;
    try {
      var histogram =
          new Histogram(
              hint,
              schema,
              zeroThreshold,
              zeroCount,
              count,
              sum,
              side(offset, buckets),
              side(negativeOffset, negativeBuckets),
              customValues);
      return new HistogramSample(histogram, seen.contains("counter_reset_hint"));
    } catch (IllegalArgumentException e) {
      throw error(begin, String.valueOf(e.getMessage()));
    }
  }

  private static Buckets side(int offset, double[] counts) {
    return counts.length == 0
        ? Buckets.none()
        : new Buckets(List.of(new BucketSpan(offset, counts.length)), counts);
  }

  private void entry() {
    int keyAt = at;
    while (at < text.length() && (Character.isLetter(text.charAt(at)) || text.charAt(at) == '_')) {
      at++;
    }
    String key = text.substring(keyAt, at);
    if (key.isEmpty()) {
      String found = at < text.length() ? Quoted.of(text.substring(at, at + 1)) : "end of input";
      throw error(at, "unexpected " + found + ", expected " + KEYS + ", or }}");
    }
    if (!seen.add(key)) {
      throw error(keyAt, "duplicate key " + Quoted.of(key) + " in histogram");
    }
    skipBlanks();
    if (at >= text.length() || text.charAt(at) != ':') {
      throw error(at, "expected \":\" behind " + Quoted.of(key));
    }
    at++;
    skipBlanks();
    switch (key) {
      case "schema" -> schema = integer();
      case "sum" -> sum = number();
      case "count" -> count = number();
      case "z_bucket" -> zeroCount = number();
      case "z_bucket_w" -> zeroThreshold = number();
      case "custom_values" -> customValues = numbers();
      case "buckets" -> buckets = numbers();
      case "n_buckets" -> negativeBuckets = numbers();
      case "offset" -> offset = integer();
      case "n_offset" -> negativeOffset = integer();
      case "counter_reset_hint" -> hint = resetHint();
      default ->
          throw error(
              keyAt, "unexpected key " + Quoted.of(key) + " in histogram, expected " + KEYS);
    }
  }

  private String word() {
    int begin = at;
    while (at < text.length() && !isBlank(text.charAt(at)) && "]}".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(begin, at);
  }

  private double number() {
    int begin = at;
    String word = word();
    if (word.isEmpty()) {
      throw error(begin, "expected a number");
    }
    return SeriesDescription.number(text, begin, word);
  }

  private int integer() {
    int begin = at;
    String word = word();
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException _) {
      throw error(begin, "expected a whole number, found " + Quoted.of(word));
    }
  }

  private double[] numbers() {
    if (at >= text.length() || text.charAt(at) != '[') {
      throw error(at, "expected numbers in brackets, such as [1 2 3]");
    }
    at++;
    var numbers = new ArrayList<Double>();
    skipBlanks();
    while (at < text.length() && text.charAt(at) != ']') {
      numbers.add(number());
      skipBlanks();
    }
    if (at >= text.length()) {
      throw error(at, "expected \"]\" behind the numbers");
    }
    at++;
    return numbers.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private ResetHint resetHint() {
    int begin = at;
    String word = word();
    for (ResetHint known : ResetHint.values()) {
      if (known.name().toLowerCase(Locale.ROOT).equals(word)) {
        return known;
      }
    }
    throw error(
        begin,
        "expected unknown, reset, not_reset or gauge for a reset hint, found " + Quoted.of(word));
  }

  private void skipBlanks() {
    while (at < text.length() && isBlank(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isBlank(char c) {
    return Character.isWhitespace(c);
  }

  private ParseException error(int offset, String reason) {
    return new ParseException(text, offset, reason);
  }
}
