package io.pharos.logql;

import io.pharos.logql.LogqlQuery.ResultKind;
import io.pharos.logql.LogqlToken.Kind;
import io.pharos.model.LabelMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A recursive-descent parser for queries. [PipelineParser] reads selectors and pipelines.
final class LogqlParser {
  /// The maximum depth of nesting. The limit prevents a stack overflow.
  private static final int MAX_DEPTH = 100;

  private static final Map<String, Integer> PRECEDENCE =
      Map.ofEntries(
          Map.entry("or", 1),
          Map.entry("and", 2),
          Map.entry("unless", 2),
          Map.entry("==", 3),
          Map.entry("!=", 3),
          Map.entry(">", 3),
          Map.entry(">=", 3),
          Map.entry("<", 3),
          Map.entry("<=", 3),
          Map.entry("+", 4),
          Map.entry("-", 4),
          Map.entry("*", 5),
          Map.entry("/", 5),
          Map.entry("%", 5),
          Map.entry("^", 6));

  private static final int COMPARISON = 3;
  private static final int POWER = 6;

  private static final Set<String> VECTOR_OPERATIONS =
      Set.of(
          "sum",
          "avg",
          "max",
          "min",
          "count",
          "stddev",
          "stdvar",
          "bottomk",
          "topk",
          "approx_topk",
          "sort",
          "sort_desc");

  private static final Set<String> SELECTIONS = Set.of("bottomk", "topk", "approx_topk");
  private static final Set<String> SORTS = Set.of("sort", "sort_desc");

  private static final Set<String> LINE_FUNCTIONS =
      Set.of("count_over_time", "rate", "bytes_over_time", "bytes_rate", "absent_over_time");

  private static final Set<String> NUMBER_FUNCTIONS =
      Set.of(
          "rate",
          "rate_counter",
          "sum_over_time",
          "avg_over_time",
          "max_over_time",
          "min_over_time",
          "stddev_over_time",
          "stdvar_over_time",
          "quantile_over_time",
          "first_over_time",
          "last_over_time",
          "absent_over_time");

  private static final Set<String> GROUPED_OVER_TIME =
      Set.of(
          "avg_over_time",
          "max_over_time",
          "min_over_time",
          "stddev_over_time",
          "stdvar_over_time",
          "quantile_over_time",
          "first_over_time",
          "last_over_time");

  /// The properties of a subexpression.
  ///
  /// @param isLiteral whether it is a number, or a comparison or calculation with numbers only
  /// @param isCondition whether its result can be empty because a condition is not met
  /// @param labels labels of its results; empty if they are unknown
  private record Part(
      ResultKind kind, boolean isLiteral, boolean isCondition, Optional<Set<String>> labels) {
    static final Part LITERAL = new Part(ResultKind.NUMBERS, true, false, Optional.of(Set.of()));

    static Part numbers(boolean isCondition, Optional<Set<String>> labels) {
      return new Part(ResultKind.NUMBERS, false, isCondition, labels);
    }
  }

  private final String text;
  private final LogqlTokens tokens;
  private final PipelineParser pipelines;
  private final List<List<LabelMatcher>> selectors = new ArrayList<>();
  private final List<LineRange> ranges = new ArrayList<>();
  private String range = "";
  private String offset = "";
  private int depth;

  LogqlParser(String text) {
    this.text = text;
    this.tokens = new LogqlTokens(text);
    this.pipelines = new PipelineParser(tokens);
  }

  LogqlQuery query() {
    Part result = expression(1);
    if (tokens.peek().kind() != Kind.END) {
      throw tokens.unexpected("an operator or the end of the query");
    }
    return new LogqlQuery(text, result.kind, ranges, selectors, result.isCondition, result.labels);
  }

  private Part expression(int minPrecedence) {
    if (++depth > MAX_DEPTH) {
      throw tokens.error(tokens.peek(), "the query is nested deeper than " + MAX_DEPTH + " levels");
    }
    Part left = primary();
    while (true) {
      LogqlToken operator = tokens.peek();
      int precedence = precedence(operator);
      if (precedence < minPrecedence) {
        depth--;
        return left;
      }
      tokens.next();
      boolean isBool = tokens.acceptName("bool");
      if (isBool && precedence != COMPARISON) {
        throw tokens.error(
            operator,
            "\"bool\" is allowed only after a comparison, not after " + operator.quoted());
      }
      matching(operator);
      Part right = expression(precedence == POWER ? precedence : precedence + 1);
      left = combine(left, operator, right, isBool);
    }
  }

  private static int precedence(LogqlToken token) {
    return switch (token.kind()) {
      case NAME, SIGN -> PRECEDENCE.getOrDefault(token.text(), 0);
      case STRING, NUMBER, DURATION, BYTES, FLAG, END -> 0;
    };
  }

  private void matching(LogqlToken operator) {
    if (!tokens.acceptName("on") && !tokens.acceptName("ignoring")) {
      return;
    }
    names();
    if (tokens.acceptName("group_left") || tokens.acceptName("group_right")) {
      if (PRECEDENCE.getOrDefault(operator.text(), 0) < COMPARISON) {
        throw tokens.error(
            operator,
            "\"group_left\" and \"group_right\" are not allowed after " + operator.quoted());
      }
      if (tokens.peek().is("(")) {
        names();
      }
    }
  }

  private Part combine(Part left, LogqlToken operator, Part right, boolean isBool) {
    if (left.kind == ResultKind.LINES || right.kind == ResultKind.LINES) {
      throw tokens.error(
          operator,
          "expected numbers or series on both sides of %s, but the %s side returns log lines"
              .formatted(operator.quoted(), left.kind == ResultKind.LINES ? "left" : "right"));
    }
    Optional<Set<String>> labels = left.isLiteral ? right.labels : left.labels;
    return switch (operator.text()) {
      case "or" -> {
        requireVectors(left, operator, right);
        yield Part.numbers(
            left.isCondition && right.isCondition,
            left.labels.equals(right.labels) ? left.labels : Optional.empty());
      }
      case "and", "unless" -> {
        requireVectors(left, operator, right);
        yield Part.numbers(true, left.labels);
      }
      case "==", "!=", ">", ">=", "<", "<=" ->
          left.isLiteral && right.isLiteral
              ? Part.LITERAL
              : Part.numbers(!isBool || left.isCondition || right.isCondition, labels);
      default ->
          left.isLiteral && right.isLiteral
              ? Part.LITERAL
              : Part.numbers(left.isCondition || right.isCondition, labels);
    };
  }

  private void requireVectors(Part left, LogqlToken operator, Part right) {
    if (left.isLiteral || right.isLiteral) {
      throw tokens.error(
          operator,
          "expected series on both sides of %s, but the %s side is a number"
              .formatted(operator.quoted(), left.isLiteral ? "left" : "right"));
    }
  }

  private Part primary() {
    LogqlToken token = tokens.peek();
    if (token.is("{")) {
      boolean hasUnwrap = lines();
      if (hasUnwrap) {
        throw tokens.error(
            token,
            "\"unwrap\" is allowed only inside a function over a range, such as sum_over_time");
      }
      if (tokens.peek().is("[")) {
        throw tokens.error(
            tokens.peek(), "a range is allowed only inside a function such as count_over_time");
      }
      return new Part(ResultKind.LINES, false, false, Optional.empty());
    }
    if (tokens.accept("(")) {
      Part inner = expression(1);
      tokens.expect(")");
      return inner;
    }
    if (tokens.accept("+") || tokens.accept("-") || token.kind() == Kind.NUMBER) {
      tokens.expect(Kind.NUMBER);
      return Part.LITERAL;
    }
    if (token.kind() != Kind.NAME) {
      throw tokens.unexpected("\"{\", a function or a number");
    }
    tokens.next();
    return switch (token.text()) {
      case "vector" -> {
        tokens.expect("(");
        tokens.expect(Kind.NUMBER);
        tokens.expect(")");
        yield Part.numbers(false, Optional.of(Set.of()));
      }
      case "label_replace" -> labelReplace();
      default -> {
        if (VECTOR_OPERATIONS.contains(token.text())) {
          yield aggregation(token);
        }
        if (LINE_FUNCTIONS.contains(token.text()) || NUMBER_FUNCTIONS.contains(token.text())) {
          yield overTime(token);
        }
        throw tokens.error(token, "unknown function " + token.quoted());
      }
    };
  }

  /// Reads a stream selector and its pipeline.
  ///
  /// @return whether the pipeline has `unwrap`
  private boolean lines() {
    selectors.add(pipelines.selector());
    pipelines.begin();
    return pipelines.stages();
  }

  private Part labelReplace() {
    tokens.expect("(");
    Part inner = expression(1);
    for (int i = 0; i < 4; i++) {
      tokens.expect(",");
      tokens.expect(Kind.STRING);
    }
    tokens.expect(")");
    return Part.numbers(inner.isCondition, Optional.empty());
  }

  private Part aggregation(LogqlToken operation) {
    Optional<Grouping> grouping = grouping();
    tokens.expect("(");
    if (SELECTIONS.contains(operation.text())) {
      tokens.expect(Kind.NUMBER);
      tokens.expect(",");
    }
    LogqlToken begin = tokens.peek();
    Part inner = expression(1);
    if (inner.kind == ResultKind.LINES || inner.isLiteral) {
      throw tokens.error(
          begin,
          "expected series such as the results of count_over_time in %s, found %s"
              .formatted(operation.text(), inner.isLiteral ? "a number" : "log lines"));
    }
    tokens.expect(")");
    if (grouping.isEmpty()) {
      grouping = grouping();
    }
    if (SORTS.contains(operation.text()) && grouping.isPresent()) {
      throw tokens.error(
          operation, "\"by\" and \"without\" are not allowed in " + operation.text());
    }
    boolean keepsLabels = SELECTIONS.contains(operation.text()) || SORTS.contains(operation.text());
    return Part.numbers(inner.isCondition, keepsLabels ? inner.labels : labels(grouping));
  }

  private Part overTime(LogqlToken operation) {
    String name = operation.text();
    tokens.expect("(");
    double parameter = Double.NaN;
    if (name.equals("quantile_over_time")) {
      parameter = PipelineParser.value(tokens.expect(Kind.NUMBER));
      tokens.expect(",");
    }
    range = "";
    offset = "";
    boolean hasUnwrap = range(0);
    tokens.expect(")");
    if (hasUnwrap && !NUMBER_FUNCTIONS.contains(name)) {
      throw tokens.error(
          operation, "\"unwrap\" is not allowed in %s, which counts lines".formatted(name));
    }
    if (!hasUnwrap && !LINE_FUNCTIONS.contains(name)) {
      throw tokens.error(operation, "expected \"| unwrap LABEL\" before the range in " + name);
    }
    Optional<Grouping> grouping = grouping();
    if (grouping.isPresent() && !GROUPED_OVER_TIME.contains(name)) {
      throw tokens.error(
          operation,
          "\"by\" and \"without\" are not allowed in %1$s: write sum by (…) (%1$s(…))"
              .formatted(name));
    }
    if (grouping.isPresent() && !grouping.get().isBy()) {
      pipelines.add(new LineStage.Other("without"));
    }
    ranges.add(
        new LineRange(
            name,
            parameter,
            selectors.getLast(),
            pipelines.readStages(),
            range,
            offset,
            grouping.filter(Grouping::isBy).map(Grouping::names),
            operation.offset(),
            tokens.peek().offset()));
    return Part.numbers(
        name.equals("absent_over_time"),
        grouping.isPresent() ? labels(grouping) : Optional.empty());
  }

  /// Reads a stream selector with a pipeline and a range. The range may be before or after the
  /// pipeline.
  ///
  /// @return whether the pipeline has `unwrap`
  private boolean range(int nested) {
    if (nested > MAX_DEPTH) {
      throw tokens.error(tokens.peek(), "the query is nested deeper than " + MAX_DEPTH + " levels");
    }
    boolean hasUnwrap;
    boolean hasRange = false;
    if (tokens.accept("(")) {
      int rangesBefore = tokens.ranges();
      hasUnwrap = range(nested + 1);
      tokens.expect(")");
      hasRange = tokens.ranges() > rangesBefore;
    } else {
      hasUnwrap = lines();
    }
    if (!hasRange && tokens.accept("[")) {
      range = tokens.expectDuration("a duration such as 5m").text();
      tokens.expect("]");
      tokens.countRange();
      hasRange = true;
    }
    if (hasRange && tokens.acceptName("offset")) {
      String sign = tokens.accept("-") ? "-" : "";
      offset = sign + tokens.expectDuration("a duration such as 5m").text();
    }
    if (hasRange && !hasUnwrap) {
      hasUnwrap = pipelines.stages();
    }
    if (nested == 0 && !hasRange) {
      throw tokens.unexpected("a range such as [5m]");
    }
    return hasUnwrap;
  }

  private record Grouping(boolean isBy, Set<String> names) {}

  private Optional<Grouping> grouping() {
    boolean isBy = tokens.acceptName("by");
    return isBy || tokens.acceptName("without")
        ? Optional.of(new Grouping(isBy, names()))
        : Optional.empty();
  }

  private static Optional<Set<String>> labels(Optional<Grouping> grouping) {
    return grouping.isEmpty()
        ? Optional.of(Set.of())
        : grouping.filter(Grouping::isBy).map(Grouping::names);
  }

  private Set<String> names() {
    var names = new LinkedHashSet<String>();
    tokens.expect("(");
    while (!tokens.accept(")")) {
      names.add(tokens.expect(Kind.NAME).text());
      if (!tokens.peek().is(")")) {
        tokens.expect(",");
      }
    }
    return names;
  }
}
