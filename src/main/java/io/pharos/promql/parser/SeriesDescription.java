package io.pharos.promql.parser;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.parser.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A series in the notation of rule unit tests: `metric{label="value"}` and items such as `1 2+3x4
/// _ _x2 stale {{schema:0 count:3 buckets:[1 2]}}`. [#items] contains one value per step.
public record SeriesDescription(Labels labels, List<Item> items) {
  /// The value of a series at one step.
  public sealed interface Item {}

  /// A float sample; the staleness marker is [Stale] instead.
  public record Sample(double value) implements Item {}

  /// A native histogram.
  ///
  /// @param withHint whether the text contains a reset hint. Without a hint, an expectation accepts
  ///   any hint
  public record HistogramSample(Histogram histogram, boolean withHint) implements Item {}

  /// `_`: no sample.
  public record Gap() implements Item {}

  /// `stale`: the series ends.
  public record Stale() implements Item {}

  /// Maximum number of items that one line may expand to.
  private static final int MAX_ITEMS = 10_000_000;

  private static final String NUMBER =
      "[+-]?(?:(?:\\d[\\d_]*\\.?[\\d_]*|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?|[iI][nN][fF]|[nN][aA][nN])";
  private static final Pattern ITEM =
      Pattern.compile(
          "(?<value>" + NUMBER + ")(?:(?<sign>[+-])(?<step>" + NUMBER + "))?(?:x(?<times>\\d+))?");
  private static final Pattern GAP = Pattern.compile("_(?:x(?<times>\\d+))?");

  public SeriesDescription {
    items = List.copyOf(items);
  }

  /// Parses a selector and items.
  ///
  /// @throws ParseException with the position in one of the two texts
  public static SeriesDescription parse(String seriesSelector, String values) {
    return new SeriesDescription(labels(seriesSelector), items(values));
  }

  /// Parses one line: selector, space, items.
  ///
  /// @throws ParseException with the position in the line
  public static SeriesDescription parseLine(String line) {
    int end = selectorEnd(line);
    try {
      return new SeriesDescription(labels(line.substring(0, end)), items(line.substring(end)));
    } catch (ParseException e) {
      boolean inItems = !failsWith(line.substring(0, end), e);
      throw new ParseException(line, e.offset() + (inItems ? end : 0), e.reason());
    }
  }

  private static boolean failsWith(String selector, ParseException failure) {
    try {
      labels(selector);
      return false;
    } catch (ParseException e) {
      return e.reason().equals(failure.reason());
    }
  }

  /// Returns the offset after the selector: after the closing brace, or at the first space if there
  /// are no braces.
  private static int selectorEnd(String line) {
    int position = 0;
    while (position < line.length()
        && line.charAt(position) != '{'
        && !isBlank(line.charAt(position))) {
      position++;
    }
    if (position >= line.length() || line.charAt(position) != '{') {
      return position;
    }
    while (position < line.length() && line.charAt(position) != '}') {
      char c = line.charAt(position);
      position =
          c == '"' || c == '\'' || c == '`'
              ? StringLiterals.read(line, position).end()
              : position + 1;
    }
    return Math.min(line.length(), position + 1);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  /// Parses labels such as `metric{label="value"}` or `{}`.
  ///
  /// @throws ParseException if the text is invalid or has a matcher other than `=`
  public static Labels labels(String text) {
    var reader = new TokenReader(text);
    var selector = new SelectorParser(reader).selector();
    if (!reader.peek().is(Kind.END)) {
      throw reader.unexpected("series description", "end of input");
    }
    var builder = Labels.builder();
    var seen = new HashSet<String>();
    for (LabelMatcher matcher : selector.matchers()) {
      if (matcher.type() != LabelMatcher.Type.EQUAL) {
        throw reader.error(
            selector.span(),
            "unexpected " + matcher + " in series description, expected label=\"value\"");
      }
      if (!seen.add(matcher.name())) {
        throw reader.error(
            selector.span(), "label " + Quoted.of(matcher.name()) + " is given twice");
      }
      builder.set(matcher.name(), matcher.value());
    }
    return builder.build();
  }

  /// Parses items.
  ///
  /// @throws ParseException if an item is invalid
  public static List<Item> items(String text) {
    var items = new ArrayList<Item>();
    int position = 0;
    while (position < text.length()) {
      if (Character.isWhitespace(text.charAt(position))) {
        position++;
        continue;
      }
      if (HistogramItems.isHistogram(text, position)) {
        position = new HistogramItems(text, position, items, MAX_ITEMS).read();
        continue;
      }
      int end = position;
      while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
        end++;
      }
      add(text, position, text.substring(position, end), items);
      position = end;
    }
    return items;
  }

  private static void add(String text, int position, String word, List<Item> items) {
    if (word.equals("stale")) {
      items.add(new Stale());
      return;
    }
    Matcher gap = GAP.matcher(word);
    if (gap.matches()) {
      int times = gap.group("times") == null ? 1 : times(text, position, gap, items);
      for (int i = 0; i < times; i++) {
        items.add(new Gap());
      }
      return;
    }
    Matcher item = ITEM.matcher(word);
    if (!item.matches() || (item.group("step") != null && item.group("times") == null)) {
      throw new ParseException(
          text,
          position,
          "unexpected "
              + Quoted.of(word)
              + " in series values, expected a number, a+bxN, axN, \"_\", \"_xN\", \"stale\" or"
              + " {{a histogram}}");
    }
    double value = number(text, position, item.group("value"));
    double step = item.group("step") == null ? 0 : number(text, position, item.group("step"));
    if ("-".equals(item.group("sign"))) {
      step = -step;
    }
    int times = item.group("times") == null ? 0 : times(text, position, item, items);
    for (int i = 0; i <= times; i++) {
      items.add(StaleMarker.is(value) ? new Stale() : new Sample(value));
      if (item.group("step") != null) {
        value += step;
      }
    }
  }

  private static int times(String text, int position, Matcher matcher, List<Item> items) {
    String digits = matcher.group("times");
    if (digits.length() > 9 || items.size() + Integer.parseInt(digits) > MAX_ITEMS) {
      throw new ParseException(
          text,
          position,
          "x" + digits + " repeats too often, expected at most " + MAX_ITEMS + " items");
    }
    return Integer.parseInt(digits);
  }

  static double number(String text, int position, String word) {
    String digits = word.startsWith("+") || word.startsWith("-") ? word.substring(1) : word;
    boolean minus = word.startsWith("-");
    if (digits.equalsIgnoreCase("inf")) {
      return minus ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (digits.equalsIgnoreCase("nan")) {
      return Double.NaN;
    }
    try {
      double value = Numbers.number(digits);
      return minus ? -value : value;
    } catch (NumberFormatException e) {
      throw new ParseException(
          text, position, "unexpected number " + Quoted.of(word) + ": " + e.getMessage());
    }
  }
}
