package io.pharos.promql.test;

import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.promql.test.PromqlScript.Eval;
import io.pharos.promql.test.PromqlScript.Expectation;
import io.pharos.promql.test.PromqlScript.Expected;
import io.pharos.promql.test.PromqlScript.Kind;
import io.pharos.promql.test.PromqlScript.Window;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads an `eval` command: first its header line, then the lines of its body.
final class EvalReader {
  private static final Pattern INSTANT =
      Pattern.compile(
          "^eval(?:_(fail|warn|ordered|info))?\\s+instant\\s+(?:at\\s+(.+?))?\\s+(.+)$");
  private static final Pattern RANGE =
      Pattern.compile(
          "^eval(?:_(fail|warn|info))?\\s+range\\s+from\\s+(.+)\\s+to\\s+(.+)\\s+step\\s+(.+?)\\s+(.+)$");
  private static final Pattern EXPECT =
      Pattern.compile(
          "^expect\\s+(ordered|fail|warn|no_warn|info|no_info)(?:\\s+(regex|msg):(.+))?$");
  private static final Pattern WINDOW =
      Pattern.compile("^expect range vector\\s+from\\s+(.+)\\s+to\\s+(.+)\\s+step\\s+(.+)$");
  private static final Pattern NUMBER = Pattern.compile("[+-]?(?:\\d\\S*|\\.\\d\\S*|(?i:inf|nan))");

  private final int number;
  private final int line;
  private final String expression;
  private final @Nullable Window range;
  private final List<Expectation> expectations = new ArrayList<>();
  private final Map<Object, SeriesDescription> series = new LinkedHashMap<>();
  private long atMillis;
  private @Nullable Window window;
  private @Nullable Expected scalarOrText;

  EvalReader(int number, int line, String text) {
    this.number = number;
    this.line = line;
    Matcher instant = INSTANT.matcher(text);
    Matcher ranged = RANGE.matcher(text);
    if (instant.matches()) {
      range = null;
      atMillis = instant.group(2) == null ? 0 : PromDuration.parseMillis(instant.group(2));
      expression = instant.group(3);
      addSuffixExpectation(instant.group(1));
    } else if (ranged.matches()) {
      range = window(ranged.group(2), ranged.group(3), ranged.group(4));
      expression = ranged.group(5);
      addSuffixExpectation(ranged.group(1));
    } else {
      throw new IllegalArgumentException(
          "expected \"eval instant [at TIME] EXPR\" or \"eval range from TIME to TIME step DURATION EXPR\", found: %s"
              .formatted(text));
    }
  }

  private static Window window(String from, String to, String step) {
    var window =
        new Window(
            PromDuration.parseMillis(from),
            PromDuration.parseMillis(to),
            PromDuration.parseMillis(step));
    if (window.toMillis() < window.fromMillis()) {
      throw new IllegalArgumentException("end " + to + " is before start " + from);
    }
    return window;
  }

  private void addSuffixExpectation(@Nullable String kind) {
    if (kind != null) {
      expectations.add(new Expectation(Kind.of(kind), null, null));
    }
  }

  /// Reads a line of the body, and returns whether it is the last line.
  boolean bodyLine(String text) {
    if (text.startsWith("expected_fail_message") || text.startsWith("expected_fail_regexp")) {
      String value = text.substring(text.indexOf(' ') + 1).strip();
      boolean regex = text.startsWith("expected_fail_regexp");
      expectations.add(
          new Expectation(Kind.FAIL, regex ? null : value, regex ? Pattern.compile(value) : null));
      return true;
    }
    if (text.startsWith("expect range vector")) {
      Matcher matcher = WINDOW.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "expected \"expect range vector from TIME to TIME step DURATION\", found: " + text);
      }
      window = window(matcher.group(1), matcher.group(2), matcher.group(3));
      atMillis = window.toMillis();
      return false;
    }
    if (text.startsWith("expect string ")) {
      scalarOrText = new Expected.Text(unquoted(text.substring("expect string ".length()).strip()));
      return false;
    }
    if (text.startsWith("expect ")) {
      expectation(text);
      return false;
    }
    if (NUMBER.matcher(text).matches()) {
      scalarOrText = new Expected.Scalar(number(text));
      return true;
    }
    series(text);
    return false;
  }

  private static double number(String text) {
    try {
      double sign = text.startsWith("-") ? -1 : 1;
      boolean signed = text.startsWith("-") || text.startsWith("+");
      if (PromqlParser.parse(signed ? text.substring(1) : text)
              instanceof Expr.NumberLiteral literal
          && !literal.duration()) {
        return sign * literal.value();
      }
    } catch (ParseException e) {
      throw new IllegalArgumentException(
          "expected a number, found: " + text + ": " + e.reason(), e);
    }
    throw new IllegalArgumentException("expected a number, found " + Quoted.of(text));
  }

  private void expectation(String text) {
    Matcher matcher = EXPECT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected ordered, fail, warn, no_warn, info or no_info after \"expect\", and optionally"
              + " msg:TEXT or regex:PATTERN, found: "
              + text);
    }
    String value = matcher.group(3) == null ? null : matcher.group(3).strip();
    boolean regex = "regex".equals(matcher.group(2));
    expectations.add(
        new Expectation(
            Kind.of(matcher.group(1)),
            regex ? null : value,
            regex && value != null ? Pattern.compile(value) : null));
    requireOnlyOne(Kind.WARN, Kind.NO_WARN);
    requireOnlyOne(Kind.INFO, Kind.NO_INFO);
    if (count(Kind.FAIL) > 1) {
      throw new IllegalArgumentException("expected \"expect fail\" at most once");
    }
  }

  private void requireOnlyOne(Kind one, Kind two) {
    if (count(one) > 0 && count(two) > 0) {
      throw new IllegalArgumentException(
          "expected only one of \"expect %s\" and \"expect %s\"".formatted(one, two));
    }
  }

  private long count(Kind kind) {
    return expectations.stream().filter(one -> one.kind() == kind).count();
  }

  private void series(String text) {
    var description = SeriesDescription.parseLine(text);
    if (description.items().size() > 1 && range == null && window == null) {
      throw new IllegalArgumentException(
          "expected one value per series, or a first line `expect range vector`");
    }
    series.put(description.labels(), description);
  }

  /// Returns the content of a PromQL string.
  private static String unquoted(String text) {
    try {
      if (PromqlParser.parse(text) instanceof Expr.StringLiteral literal) {
        return literal.value();
      }
    } catch (ParseException e) {
      throw new IllegalArgumentException(
          "expected a string in quotes, found: " + text + ": " + e.reason(), e);
    }
    throw new IllegalArgumentException("expected a string, found " + Quoted.of(text));
  }

  Eval eval() {
    return new Eval(
        number,
        line,
        expression,
        range,
        atMillis,
        window,
        expectations,
        scalarOrText == null ? new Expected.Vector(List.copyOf(series.values())) : scalarOrText);
  }
}
