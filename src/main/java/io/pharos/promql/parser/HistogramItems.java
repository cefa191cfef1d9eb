package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.promql.parser.SeriesDescription.HistogramSample;
import io.pharos.promql.parser.SeriesDescription.Item;
import java.util.List;

/// Parses native histograms among the items of a series: `{{…}}`, `{{…}}xN`, `{{…}}+{{…}}xN` and
/// `{{…}}-{{…}}xN`.
final class HistogramItems {
  private final String text;
  private final List<Item> items;
  private final int maxItems;
  private final int begin;
  private int position;

  HistogramItems(String text, int begin, List<Item> items, int maxItems) {
    this.text = text;
    this.begin = begin;
    this.position = begin;
    this.items = items;
    this.maxItems = maxItems;
  }

  static boolean isHistogram(String text, int position) {
    return text.startsWith("{{", position);
  }

  /// Adds the histograms to the items, and returns the offset after the parsed text.
  int read() {
    var first = literal();
    if (position < text.length()
        && (text.charAt(position) == '+' || text.charAt(position) == '-')) {
      boolean isAddition = text.charAt(position) == '+';
      position++;
      if (!isHistogram(text, position)) {
        throw error(position, "expected {{…}} after the sign");
      }
      int stepStart = position;
      var step = literal();
      int times = times();
      if (times < 0) {
        throw error(position, "expected xN after {{…}}+{{…}}");
      }
      addSteps(first, step, isAddition, times, stepStart);
    } else {
      int times = Math.max(0, times());
      for (int i = 0; i <= times; i++) {
        items.add(first);
      }
    }
    if (position < text.length() && !Character.isWhitespace(text.charAt(position))) {
      throw error(
          position,
          "unexpected " + Quoted.of(text.substring(position, position + 1)) + " after a histogram");
    }
    return position;
  }

  private void addSteps(
      HistogramSample first, HistogramSample step, boolean isAddition, int times, int stepStart) {
    if (first.histogram().schema() > step.histogram().schema()) {
      throw error(
          stepStart,
          "the schema of the step, %s, is lower than the schema of the first histogram, %s"
              .formatted(step.histogram().schema(), first.histogram().schema()));
    }
    var sum = new HistogramSum(first.histogram());
    if (!sum.accepts(step.histogram())) {
      throw error(
          stepStart,
          "expected the same kind of buckets (custom or exponential) in the step and in the first"
              + " histogram");
    }
    boolean withHint = step.withHint(); // as in Prometheus, for the first histogram too
    items.add(new HistogramSample(first.histogram(), withHint));
    Histogram current = first.histogram();
    for (int i = 0; i < times; i++) {
      var next = new HistogramSum(current);
      if (isAddition) {
        next.add(step.histogram());
      } else {
        next.subtract(step.histogram());
      }
      current = next.value();
      items.add(new HistogramSample(current, withHint));
    }
  }

  private HistogramSample literal() {
    var literal = new HistogramLiteral(text, position);
    HistogramSample sample = literal.read();
    position = literal.end();
    return sample;
  }

  /// Returns the number after `x`, or -1 if there is no `x`.
  private int times() {
    if (position >= text.length() || text.charAt(position) != 'x') {
      return -1;
    }
    int start = ++position;
    while (position < text.length() && Character.isDigit(text.charAt(position))) {
      position++;
    }
    String digits = text.substring(start, position);
    if (digits.isEmpty()) {
      throw error(start, "expected a number after x");
    }
    if (digits.length() > 9 || items.size() + Integer.parseInt(digits) > maxItems) {
      throw error(
          begin, "x" + digits + " repeats too often, expected at most " + maxItems + " items");
    }
    return Integer.parseInt(digits);
  }

  private ParseException error(int offset, String reason) {
    return new ParseException(text, offset, reason);
  }
}
