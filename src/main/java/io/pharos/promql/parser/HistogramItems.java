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
  private int at;

  HistogramItems(String text, int begin, List<Item> items, int maxItems) {
    this.text = text;
    this.begin = begin;
    this.at = begin;
    this.items = items;
    this.maxItems = maxItems;
  }

  static boolean begin(String text, int at) {
    return text.startsWith("{{", at);
  }

  /// Adds the histograms and returns the end offset of the description.
  int read() {
    var first = literal();
    if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
      boolean plus = text.charAt(at) == '+';
      at++;
      if (!begin(text, at)) {
        throw error(at, "expected {{…}} behind the sign");
      }
      int stepAt = at;
      var step = literal();
      int times = times();
      if (times < 0) {
        throw error(at, "expected xN behind {{…}}+{{…}}");
      }
      addSteps(first, step, plus, times, stepAt);
    } else {
      int times = Math.max(0, times());
      for (int i = 0; i <= times; i++) {
        items.add(first);
      }
    }
    if (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
      throw error(
          at, "unexpected " + Quoted.of(text.substring(at, at + 1)) + " behind a histogram");
    }
    return at;
  }

  private void addSteps(
      HistogramSample first, HistogramSample step, boolean plus, int times, int stepAt) {
    if (first.histogram().schema() > step.histogram().schema()) {
      throw error(
          stepAt,
          "schema %s of the step is lower than that of the first histogram, %s"
              .formatted(step.histogram().schema(), first.histogram().schema()));
    }
    var sum = new HistogramSum(first.histogram());
    if (!sum.accepts(step.histogram())) {
      throw error(stepAt, "custom and exponential buckets can't be combined");
    }
    boolean withHint = step.withHint(); // as in Prometheus, also for the first histogram
    items.add(new HistogramSample(first.histogram(), withHint));
    Histogram current = first.histogram();
    for (int i = 0; i < times; i++) {
      var next = new HistogramSum(current);
      if (plus) {
        next.add(step.histogram());
      } else {
        next.subtract(step.histogram());
      }
      current = next.value();
      items.add(new HistogramSample(current, withHint));
    }
  }

  private HistogramSample literal() {
    var literal = new HistogramLiteral(text, at);
    HistogramSample sample = literal.read();
    at = literal.end();
    return sample;
  }

  /// Returns the number after `x`, or -1 if there is none.
  private int times() {
    if (at >= text.length() || text.charAt(at) != 'x') {
      return -1;
    }
    int start = ++at;
    while (at < text.length() && Character.isDigit(text.charAt(at))) {
      at++;
    }
    String digits = text.substring(start, at);
    if (digits.isEmpty()) {
      throw error(start, "expected a number behind x");
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
