package io.pharos.promql.parser;

import io.pharos.model.GoFloat;
import io.pharos.model.Quoted;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.AtModifier;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.DurationExpr;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.ast.Span;
import io.pharos.promql.parser.Token.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Parses expressions by precedence climbing. [TypeChecker] checks the types of the finished tree.
final class ExpressionParser {
  /* Trees are processed recursively, so their height is limited: MAX_DEPTH limits nesting, and
   * MAX_OPERATORS limits chains of operators, because each operator of a chain nests the previous
   * ones. */
  private static final int MAX_DEPTH = 200;

  /* Index of the argument of label_replace that is a regular expression. */
  private static final int REGEX_ARGUMENT = 4;
  private static final int MAX_OPERATORS = 1_000;

  /// Keywords, which are valid as metric names only in quotes.
  private static final Set<String> RESERVED =
      Set.of("on", "ignoring", "group_left", "group_right", "bool", "atan2");

  private static final Map<String, AggregateOp> AGGREGATIONS = new HashMap<>();
  private static final Map<String, BinaryOp> WORD_OPERATORS = new HashMap<>();
  private static final Map<Kind, BinaryOp> OPERATORS = new EnumMap<>(Kind.class);

  static {
    for (AggregateOp op : AggregateOp.values()) {
      AGGREGATIONS.put(op.symbol(), op);
    }
    for (BinaryOp op : BinaryOp.values()) {
      if (Character.isLetter(op.symbol().charAt(0))) {
        WORD_OPERATORS.put(op.symbol(), op);
      }
      for (Kind kind : Kind.values()) {
        if (kind.expected().equals('"' + op.symbol() + '"')) {
          OPERATORS.put(kind, op);
        }
      }
    }
  }

  private final TokenReader reader;
  private final ParserOptions options;
  private final MatchingParser matching;
  private final DurationParser durations;
  private int depth;
  private int operators;

  ExpressionParser(TokenReader reader, ParserOptions options) {
    this.reader = reader;
    this.options = options;
    this.matching = new MatchingParser(reader, options);
    this.durations = new DurationParser(reader, options);
  }

  Expr expression() {
    return binary(0);
  }

  /// Returns the type errors of operators by node.
  Map<Expr, ParseException> problems() {
    return matching.problems();
  }

  private Expr binary(int minPrecedence) {
    if (++depth > MAX_DEPTH) {
      throw tooDeep(reader.peek());
    }
    Expr left = unary();
    while (true) {
      BinaryOp op = operator(reader.peek());
      if (op == null || op.precedence() < minPrecedence) {
        depth--;
        return left;
      }
      if (++operators > MAX_OPERATORS) {
        throw reader.error(
            reader.peek().span(),
            "expression is too long, expected at most " + MAX_OPERATORS + " binary operators");
      }
      Token token = reader.next();
      MatchingParser.Modifiers modifiers = matching.modifiers();
      Expr right = binary(op.isRightAssociative() ? op.precedence() : op.precedence() + 1);
      left = matching.combine(op, token, modifiers, left, right);
    }
  }

  private ParseException tooDeep(Token token) {
    return reader.error(
        token.span(), "expression is nested too deeply, expected at most " + MAX_DEPTH + " levels");
  }

  private Expr unary() {
    Token sign = reader.peek();
    if (!sign.is(Kind.ADD) && !sign.is(Kind.SUBTRACT)) {
      return postfix(primary());
    }
    reader.next();
    Expr operand = binary(BinaryOp.UNARY_PRECEDENCE + 1);
    Span span = sign.span().to(operand.span());
    boolean minus = sign.is(Kind.SUBTRACT);
    if (operand instanceof Expr.NumberLiteral number) {
      double value = minus ? -number.value() : number.value();
      return new Expr.NumberLiteral(value, number.duration(), span);
    }
    return new Expr.Unary(minus ? Expr.Unary.Sign.MINUS : Expr.Unary.Sign.PLUS, operand, span);
  }

  private Expr primary() {
    Token token = reader.peek();
    if (token.is(Kind.NUMBER) || token.is(Kind.DURATION)) {
      return number(reader.next());
    }
    if (token.is(Kind.STRING)) {
      return new Expr.StringLiteral(reader.next().text(), token.span());
    }
    if (token.is(Kind.LEFT_BRACE)) {
      return new SelectorParser(reader).selector();
    }
    if (token.is(Kind.IDENTIFIER)) {
      return word(token);
    }
    if (!token.is(Kind.LEFT_PAREN)) {
      throw reader.unexpected("expression", "an operand");
    }
    reader.next();
    Expr inner = expression();
    Token end = reader.expect(Kind.RIGHT_PAREN, "parentheses", "an operator or \")\"");
    return new Expr.Paren(inner, token.span().to(end.span()));
  }

  private Expr word(Token token) {
    Token next = reader.peekSecond();
    AggregateOp aggregation = AGGREGATIONS.get(token.text().toLowerCase(Locale.ROOT));
    if (aggregation != null
        && (next.is(Kind.LEFT_PAREN) || next.isWord("by") || next.isWord("without"))) {
      return aggregate(aggregation);
    }
    if (RESERVED.contains(token.text().toLowerCase(Locale.ROOT))) {
      throw reader.unexpected("expression", "an operand");
    }
    if (next.is(Kind.LEFT_PAREN)) {
      return call();
    }
    if (token.isWord("inf") || token.isWord("nan")) {
      reader.next();
      double value = token.isWord("inf") ? Double.POSITIVE_INFINITY : Double.NaN;
      return new Expr.NumberLiteral(value, false, token.span());
    }
    return new SelectorParser(reader).selector();
  }

  private Expr number(Token token) {
    return new Expr.NumberLiteral(
        Numbers.value(reader, token), token.is(Kind.DURATION), token.span());
  }

  private Expr call() {
    Token name = reader.next();
    Function function = Function.named(name.text());
    if (function == null) {
      throw reader.error(name.span(), "unknown function with name " + Quoted.of(name.text()));
    }
    if (function.isExperimental() && !options.experimentalFunctions()) {
      throw reader.error(
          name.span(),
          "function %s is not enabled, expected --enable-feature=promql-experimental-functions"
              .formatted(Quoted.of(name.text())));
    }
    List<Expr> arguments = arguments("call to function " + Quoted.of(name.text()));
    if (function == Function.LABEL_REPLACE
        && arguments.size() > REGEX_ARGUMENT
        && arguments.get(REGEX_ARGUMENT) instanceof Expr.StringLiteral regex) {
      try {
        reader.regexes().deduct(regex.value());
      } catch (IllegalArgumentException e) {
        throw reader.error(regex.span(), String.valueOf(e.getMessage()));
      }
    }
    return new Expr.Call(function, arguments, name.span().to(reader.previous().span()));
  }

  private List<Expr> arguments(String context) {
    reader.expect(Kind.LEFT_PAREN, context);
    var arguments = new ArrayList<Expr>();
    if (reader.accept(Kind.RIGHT_PAREN)) {
      return arguments;
    }
    while (true) {
      arguments.add(expression());
      Token comma = reader.peek();
      if (!reader.accept(Kind.COMMA)) {
        break;
      }
      if (reader.peek().is(Kind.RIGHT_PAREN)) {
        throw reader.error(comma.span(), "trailing commas not allowed in function call args");
      }
    }
    reader.expect(Kind.RIGHT_PAREN, context, "an operator, \",\" or \")\"");
    return arguments;
  }

  private Expr aggregate(AggregateOp op) {
    Token name = reader.next();
    if (op.isExperimental() && !options.experimentalFunctions()) {
      throw reader.error(
          name.span(),
          op.symbol()
              + "() is experimental, expected --enable-feature=promql-experimental-functions");
    }
    boolean without = reader.peek().isWord("without");
    List<String> grouping = grouping();
    List<Expr> arguments = arguments("aggregation");
    if (grouping == null) {
      without = reader.peek().isWord("without");
      grouping = grouping();
    }
    Span span = name.span().to(reader.previous().span());
    int expected = op.parameter() == null ? 1 : 2;
    if (arguments.size() != expected) {
      throw reader.error(
          span,
          arguments.isEmpty()
              ? "no arguments for aggregate expression provided, expected " + expected
              : "wrong number of arguments for aggregate expression provided, expected %s, got %s"
                  .formatted(expected, arguments.size()));
    }
    return new Expr.Aggregate(
        op,
        expected == 2 ? arguments.getFirst() : null,
        arguments.getLast(),
        grouping == null ? List.of() : grouping,
        grouping != null && without,
        span);
  }

  private @Nullable List<String> grouping() {
    if (reader.acceptWord("by") || reader.acceptWord("without")) {
      return reader.labelList("grouping opts");
    }
    return null;
  }

  private Expr postfix(Expr primary) {
    Expr expr = primary;
    int brackets = 0;
    while (true) {
      Token token = reader.peek();
      if (token.is(Kind.LEFT_BRACKET)) {
        if (++brackets > MAX_DEPTH) {
          throw tooDeep(token);
        }
        expr = brackets(expr);
      } else if (token.isWord("offset")) {
        reader.next();
        expr = offset(expr);
      } else if (token.is(Kind.AT)) {
        reader.next();
        expr = at(expr);
      } else if (token.isWord("anchored") || token.isWord("smoothed")) {
        reader.next();
        expr = edges(expr, token);
      } else {
        return expr;
      }
    }
  }

  private Expr brackets(Expr base) {
    Token open = reader.next();
    DurationExpr range = durations.positive("range");
    if (reader.accept(Kind.COLON)) {
      DurationExpr step =
          reader.peek().is(Kind.RIGHT_BRACKET) ? null : durations.positive("subquery step");
      Token close = reader.expect(Kind.RIGHT_BRACKET, "subquery");
      return new Expr.Subquery(base, range, step, Shift.NONE, base.span().to(close.span()));
    }
    Token close = reader.expect(Kind.RIGHT_BRACKET, "range", "\":\" or \"]\"");
    if (!(base instanceof Expr.VectorSelector selector)) {
      throw reader.error(open.span(), "ranges only allowed for vector selectors");
    }
    reader.refuseIf(
        selector.shift().offset() != null, open.span(), "no offset modifiers allowed before range");
    reader.refuseIf(
        selector.shift().at() != null, open.span(), "no @ modifiers allowed before range");
    return new Expr.MatrixSelector(selector, range, base.span().to(close.span()));
  }

  private Expr offset(Expr base) {
    DurationExpr duration = durations.offset();
    boolean isZero = duration.isLiteral() && duration.seconds(0, 0) == 0;
    return shifted(
        base,
        "offset modifier",
        shift -> {
          reader.refuseIf(
              shift.offset() != null, base.span(), "offset may not be set multiple times");
          return isZero ? shift : shift.withOffset(duration);
        });
  }

  private Expr at(Expr base) {
    AtModifier modifier = atTime(base);
    return shifted(
        base,
        "@ modifier",
        shift -> {
          reader.refuseIf(
              shift.at() != null, base.span(), "@ <timestamp> may not be set multiple times");
          return shift.withAt(modifier);
        });
  }

  private AtModifier atTime(Expr base) {
    Token token = reader.peek();
    if (token.isWord("start") || token.isWord("end")) {
      reader.next();
      reader.expect(Kind.LEFT_PAREN, "@", "timestamp, start() or end()");
      reader.expect(Kind.RIGHT_PAREN, "@", "timestamp, start() or end()");
      return token.isWord("start") ? new AtModifier.Start() : new AtModifier.End();
    }
    double seconds = Numbers.signed(reader, "@", "timestamp, start() or end()");
    double millis = seconds * 1000;
    if (!(Math.abs(millis) < 9.2e18)) {
      throw reader.error(
          base.span(), "timestamp out of bounds for @ modifier: " + GoFloat.fixed(seconds));
    }
    return new AtModifier.Timestamp(Math.round(millis));
  }

  private Expr edges(Expr base, Token token) {
    if (!options.extendedRangeSelectors()) {
      throw reader.error(
          base.span(),
          token.text()
              + " modifier is experimental and not enabled, expected"
              + " --enable-feature=promql-extended-range-selectors");
    }
    Expr.Edges edges = token.isWord("anchored") ? Expr.Edges.ANCHORED : Expr.Edges.SMOOTHED;
    Span span = base.span().to(token.span());
    if (base instanceof Expr.VectorSelector selector) {
      refuseOtherEdges(selector, edges, base);
      return new Expr.VectorSelector(
          selector.name(), selector.matchers(), selector.shift(), edges, span);
    }
    if (base instanceof Expr.MatrixSelector matrix) {
      refuseOtherEdges(matrix.selector(), edges, base);
      return new Expr.MatrixSelector(matrix.selector().withEdges(edges), matrix.range(), span);
    }
    throw reader.error(
        base.span(),
        token.text()
            + (base instanceof Expr.Subquery
                ? " modifier is not supported for subqueries"
                : " modifier not implemented")
            + ", expected a selector before it");
  }

  private void refuseOtherEdges(Expr.VectorSelector selector, Expr.Edges edges, Expr base) {
    if (selector.edges() != Expr.Edges.PLAIN && selector.edges() != edges) {
      throw reader.error(base.span(), "anchored and smoothed modifiers cannot be used together");
    }
  }

  private Expr shifted(Expr base, String modifier, UnaryOperator<Shift> change) {
    Span span = base.span().to(reader.previous().span());
    return switch (base) {
      case Expr.VectorSelector(var name, var matchers, var shift, var edges, _) ->
          new Expr.VectorSelector(name, matchers, change.apply(shift), edges, span);
      case Expr.MatrixSelector(var selector, var range, _) ->
          new Expr.MatrixSelector(selector.withShift(change.apply(selector.shift())), range, span);
      case Expr.Subquery(var inner, var range, var step, var shift, _) ->
          new Expr.Subquery(inner, range, step, change.apply(shift), span);
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.Paren _,
          Expr.Unary _,
          Expr.Binary _,
          Expr.Aggregate _,
          Expr.Call _ ->
          throw reader.error(
              base.span(),
              modifier
                  + " must be preceded by an instant vector selector or range vector selector or a"
                  + " subquery");
    };
  }

  private static @Nullable BinaryOp operator(Token token) {
    return token.is(Kind.IDENTIFIER)
        ? WORD_OPERATORS.get(token.text().toLowerCase(Locale.ROOT))
        : OPERATORS.get(token.kind());
  }
}
