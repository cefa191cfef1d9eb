package io.pharos.logql;

import com.google.re2j.Pattern;
import io.pharos.logql.LogqlToken.Kind;
import io.pharos.model.LabelMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// Parses stream selectors and pipelines.
final class PipelineParser {
  private static final Set<String> LINE_FILTERS = Set.of("|=", "|~", "|>", "!=", "!~", "!>");
  private static final Set<String> COMPARISONS = Set.of("=", "==", "!=", ">", ">=", "<", "<=");
  private static final Pattern KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Set<String> CONVERSIONS = Set.of("duration", "duration_seconds", "bytes");

  private final LogqlTokens tokens;
  private final List<LineStage> readStages = new ArrayList<>();

  PipelineParser(LogqlTokens tokens) {
    this.tokens = tokens;
  }

  /// Starts a new pipeline.
  void begin() {
    readStages.clear();
  }

  /// Returns the stages that were read or added since [#begin].
  List<LineStage> readStages() {
    return readStages;
  }

  void add(LineStage stage) {
    readStages.add(stage);
  }

  /// Returns the value of a number, which may be hexadecimal.
  static double value(LogqlToken number) {
    String text = number.text();
    return text.startsWith("0x")
        ? Long.parseLong(text, 2, text.length(), 16)
        : Double.parseDouble(text);
  }

  List<LabelMatcher> selector() {
    LogqlToken begin = tokens.peek();
    tokens.expect("{");
    var matchers = new ArrayList<LabelMatcher>();
    while (!tokens.accept("}")) {
      LogqlToken name = tokens.expect(Kind.NAME);
      matchers.add(matcher(name));
      if (!tokens.peek().is("}") && !tokens.accept(",")) {
        throw tokens.unexpected("\",\" or \"}\"");
      }
    }
    if (matchers.stream().allMatch(matcher -> matcher.matches(""))) {
      throw tokens.error(
          begin,
          "the selector matches every stream: expected a matcher that rejects an empty value");
    }
    return matchers;
  }

  private LabelMatcher matcher(LogqlToken name) {
    LogqlToken sign = tokens.next();
    if (!sign.is("=") && !sign.is("!=") && !sign.is("=~") && !sign.is("!~")) {
      throw tokens.error(sign, "expected =, !=, =~ or !~, found " + sign.quoted());
    }
    LogqlToken value = tokens.expect(Kind.STRING);
    try {
      return LabelMatcher.of(LabelMatcher.Type.of(sign.text()), name.text(), value.text());
    } catch (IllegalArgumentException e) {
      throw tokens.error(value, String.valueOf(e.getMessage()));
    }
  }

  /// Reads the stages of a pipeline.
  ///
  /// @return whether one of the stages is `unwrap`
  boolean stages() {
    boolean hasUnwrap = false;
    while (true) {
      LogqlToken token = tokens.peek();
      if (token.kind() == Kind.SIGN && LINE_FILTERS.contains(token.text())) {
        refuseAfterUnwrap(hasUnwrap);
        lineFilter();
      } else if (token.is("|")) {
        tokens.next();
        if (tokens.acceptName("unwrap")) {
          refuseAfterUnwrap(hasUnwrap);
          unwrap();
          hasUnwrap = true;
        } else {
          stage(hasUnwrap);
        }
      } else {
        return hasUnwrap;
      }
    }
  }

  private void refuseAfterUnwrap(boolean hasUnwrap) {
    if (hasUnwrap) {
      throw tokens.unexpected("a label filter after unwrap");
    }
  }

  private void lineFilter() {
    LogqlToken operator = tokens.next();
    boolean isRegex = operator.is("|~") || operator.is("!~");
    boolean isPattern = operator.is("|>") || operator.is("!>");
    var texts = new ArrayList<String>();
    boolean isPlain = !isPattern;
    do {
      if (tokens.acceptName("ip")) {
        if (!operator.is("|=") && !operator.is("!=")) {
          throw tokens.error(operator, "ip(…) is allowed only with |= and !=");
        }
        tokens.expect("(");
        tokens.expect(Kind.STRING);
        tokens.expect(")");
        isPlain = false;
      } else {
        LogqlToken value = tokens.expect(Kind.STRING);
        if (isRegex) {
          requireRegex(value);
        }
        texts.add(value.text());
      }
    } while (tokens.acceptName("or"));
    boolean isNegated = operator.text().startsWith("!");
    if (!isPlain) {
      readStages.add(new LineStage.Other(isPattern ? operator.text() : "ip"));
    } else if (isRegex) {
      readStages.add(new LineStage.Finds(texts.stream().map(Pattern::compile).toList(), isNegated));
    } else {
      readStages.add(new LineStage.Contains(texts, isNegated));
    }
  }

  private void requireRegex(LogqlToken value) {
    try {
      LabelMatcher.of(LabelMatcher.Type.REGEX, "line", value.text());
    } catch (IllegalArgumentException e) {
      throw tokens.error(value, String.valueOf(e.getMessage()));
    }
  }

  private void unwrap() {
    LogqlToken name = tokens.expect(Kind.NAME);
    readStages.add(
        tokens.peek().is("(")
            ? new LineStage.Other("unwrap " + name.text() + "(…)")
            : new LineStage.Unwrap(name.text()));
    if (tokens.accept("(")) {
      if (!CONVERSIONS.contains(name.text())) {
        throw tokens.error(
            name, "expected \"duration\", \"duration_seconds\" or \"bytes\" before \"(\"");
      }
      tokens.expect(Kind.NAME);
      tokens.expect(")");
    }
  }

  private void stage(boolean hasUnwrap) {
    LogqlToken token = tokens.peek();
    boolean isComparison = isComparison(tokens.peekSecond());
    if (token.is("(") || isComparison) {
      labelFilter();
      return;
    }
    if (token.kind() != Kind.NAME) {
      throw tokens.unexpected("a stage of a pipeline or a label filter");
    }
    refuseAfterUnwrap(hasUnwrap);
    tokens.next();
    if (!token.text().equals("json")) {
      readStages.add(new LineStage.Other(token.text()));
    }
    switch (token.text()) {
      case "json" -> json();
      case "logfmt" -> {
        while (tokens.peek().kind() == Kind.FLAG) {
          LogqlToken flag = tokens.next();
          if (!flag.text().equals("--strict") && !flag.text().equals("--keep-empty")) {
            throw tokens.error(flag, "expected --strict or --keep-empty, found " + flag.quoted());
          }
        }
        extractions();
      }
      case "regexp" -> {
        LogqlToken regex = tokens.expect(Kind.STRING);
        requireRegex(regex);
        if (!regex.text().contains("(?P<") && !regex.text().contains("(?<")) {
          throw tokens.error(regex, "expected a named group such as (?P<status>…)");
        }
      }
      case "pattern", "line_format" -> tokens.expect(Kind.STRING);
      case "unpack", "decolorize" -> {}
      case "label_format" -> {
        do {
          tokens.expect(Kind.NAME);
          tokens.expect("=");
          if (tokens.peek().kind() != Kind.STRING) {
            tokens.expect(Kind.NAME);
          } else {
            tokens.next();
          }
        } while (tokens.accept(","));
      }
      case "drop", "keep" -> {
        do {
          LogqlToken name = tokens.expect(Kind.NAME);
          if (tokens.peek().kind() == Kind.SIGN && !tokens.peek().is(",") && hasMatcher()) {
            matcher(name);
          }
        } while (tokens.accept(","));
      }
      default ->
          throw tokens.error(
              token, "expected a stage of a pipeline or a label filter, found " + token.quoted());
    }
  }

  private boolean hasMatcher() {
    LogqlToken sign = tokens.peek();
    return sign.is("=")
        || sign.is("=~")
        || ((sign.is("!=") || sign.is("!~")) && tokens.peekSecond().kind() == Kind.STRING);
  }

  /// Reads the labels of `json`. Adds an unsupported stage if a label has a path of nested keys.
  private void json() {
    var keys = new TreeMap<String, String>();
    if (tokens.peek().kind() == Kind.NAME && !isLogicalWord()) {
      do {
        LogqlToken name = tokens.expect(Kind.NAME);
        keys.put(name.text(), tokens.accept("=") ? tokens.expect(Kind.STRING).text() : name.text());
      } while (tokens.accept(","));
    }
    readStages.add(
        keys.values().stream().allMatch(key -> KEY.matches(key))
            ? new LineStage.Json(keys)
            : new LineStage.Other("json with a path"));
  }

  /// Reads the labels of `logfmt`.
  private void extractions() {
    if (tokens.peek().kind() != Kind.NAME || isLogicalWord()) {
      return;
    }
    do {
      tokens.expect(Kind.NAME);
      if (tokens.accept("=")) {
        tokens.expect(Kind.STRING);
      }
    } while (tokens.accept(","));
  }

  private boolean isLogicalWord() {
    return tokens.peek().isName("and") || tokens.peek().isName("or");
  }

  private static boolean isComparison(LogqlToken sign) {
    return sign.kind() == Kind.SIGN
        && (COMPARISONS.contains(sign.text()) || sign.is("=~") || sign.is("!~"));
  }

  private void labelFilter() {
    comparison(0);
    while (true) {
      if (tokens.acceptName("or")) {
        readStages.add(new LineStage.Other("or between label filters"));
        comparison(0);
      } else if (tokens.accept(",") || tokens.acceptName("and")) {
        comparison(0);
      } else if (tokens.peek().kind() == Kind.NAME && isComparison(tokens.peekSecond())) {
        comparison(0); // filters without an operator between them are combined by `and`
      } else {
        return;
      }
    }
  }

  private void comparison(int depth) {
    if (depth > 100) {
      throw tokens.unexpected("at most 100 levels of brackets");
    }
    if (tokens.accept("(")) {
      readStages.add(new LineStage.Other("label filters in brackets"));
      comparison(depth + 1);
      while (tokens.accept(",") || tokens.acceptName("and") || tokens.acceptName("or")) {
        comparison(depth + 1);
      }
      tokens.expect(")");
      return;
    }
    LogqlToken name = tokens.expect(Kind.NAME);
    LogqlToken sign = tokens.peek();
    if (!isComparison(sign)) {
      throw tokens.unexpected("a comparison operator");
    }
    switch (tokens.peekSecond().kind()) {
      case STRING -> readStages.add(new LineStage.Matches(matcher(name)));
      case NUMBER, DURATION, BYTES, SIGN -> number(name);
      case NAME -> ip();
      case FLAG, END -> {
        tokens.next();
        throw tokens.unexpected("a string, a number, a duration or a number of bytes");
      }
    }
  }

  private void number(LogqlToken name) {
    LogqlToken sign = tokens.next();
    if (!COMPARISONS.contains(sign.text())) {
      throw tokens.error(sign, "expected a string after " + sign.quoted());
    }
    boolean isNegative = tokens.accept("-");
    if (!isNegative) {
      boolean _ = tokens.accept("+");
    }
    switch (tokens.peek().kind()) {
      case NUMBER -> {
        double number = value(tokens.next());
        String comparison = sign.text().equals("=") ? "==" : sign.text();
        readStages.add(
            new LineStage.Compares(name.text(), comparison, isNegative ? -number : number));
      }
      case DURATION, BYTES ->
          readStages.add(new LineStage.Other("a comparison with " + tokens.next().text()));
      case NAME, STRING, FLAG, SIGN, END -> throw tokens.unexpected("a number");
    }
  }

  private void ip() {
    LogqlToken sign = tokens.next();
    readStages.add(new LineStage.Other("ip"));
    if (!tokens.acceptName("ip")) {
      throw tokens.unexpected("a string, a number, a duration, a number of bytes or ip(…)");
    }
    if (!sign.is("=") && !sign.is("!=")) {
      throw tokens.error(sign, "ip(…) is allowed only with = and !=");
    }
    tokens.expect("(");
    tokens.expect(Kind.STRING);
    tokens.expect(")");
  }
}
