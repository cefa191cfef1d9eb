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
  private int position;
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
    this.position = begin;
  }

  /// Returns the offset after the literal.
  int end() {
    return position;
  }

  HistogramSample read() {
    int begin = position;
    position += 2;
    skipBlanks();
    while (!text.startsWith("}}", position)) {
      entry();
      skipBlanks();
    }
    position += 2;
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
    int keyStart = position;
    while (position < text.length()
        && (Character.isLetter(text.charAt(position)) || text.charAt(position) == '_')) {
      position++;
    }
    String key = text.substring(keyStart, position);
    if (key.isEmpty()) {
      String found =
          position < text.length()
              ? Quoted.of(text.substring(position, position + 1))
              : "end of input";
      throw error(position, "unexpected " + found + ", expected " + KEYS + ", or }}");
    }
    if (!seen.add(key)) {
      throw error(keyStart, "duplicate key " + Quoted.of(key) + " in histogram");
    }
    skipBlanks();
    if (position >= text.length() || text.charAt(position) != ':') {
      throw error(position, "expected \":\" after " + Quoted.of(key));
    }
    position++;
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
              keyStart, "unexpected key " + Quoted.of(key) + " in histogram, expected " + KEYS);
    }
  }

  private String word() {
    int begin = position;
    while (position < text.length()
        && !isBlank(text.charAt(position))
        && "]}".indexOf(text.charAt(position)) < 0) {
      position++;
    }
    return text.substring(begin, position);
  }

  private double number() {
    int begin = position;
    String word = word();
    if (word.isEmpty()) {
      throw error(begin, "expected a number");
    }
    return SeriesDescription.number(text, begin, word);
  }

  private int integer() {
    int begin = position;
    String word = word();
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException _) {
      throw error(begin, "expected a whole number, found " + Quoted.of(word));
    }
  }

  private double[] numbers() {
    if (position >= text.length() || text.charAt(position) != '[') {
      throw error(position, "expected numbers in brackets, such as [1 2 3]");
    }
    position++;
    var numbers = new ArrayList<Double>();
    skipBlanks();
    while (position < text.length() && text.charAt(position) != ']') {
      numbers.add(number());
      skipBlanks();
    }
    if (position >= text.length()) {
      throw error(position, "expected \"]\" after the numbers");
    }
    position++;
    return numbers.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private ResetHint resetHint() {
    int begin = position;
    String word = word();
    for (ResetHint known : ResetHint.values()) {
      if (known.name().toLowerCase(Locale.ROOT).equals(word)) {
        return known;
      }
    }
    throw error(
        begin,
        "expected unknown, reset, not_reset or gauge as the reset hint, found " + Quoted.of(word));
  }

  private void skipBlanks() {
    while (position < text.length() && isBlank(text.charAt(position))) {
      position++;
    }
  }

  private static boolean isBlank(char c) {
    return Character.isWhitespace(c);
  }

  private ParseException error(int offset, String reason) {
    return new ParseException(text, offset, reason);
  }
}
