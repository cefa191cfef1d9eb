package io.pharos.promql.parser;

import io.pharos.promql.ast.DurationExpr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.parser.Token.Kind;
import org.jspecify.annotations.Nullable;

/// Parses the durations of ranges, subqueries and offsets.
final class DurationParser {
  /* Durations are evaluated recursively, so both nesting and chains of operators are limited. */
  private static final int MAX_DEPTH = 100;
  private static final int MAX_OPERATORS = 1_000;

  private final TokenReader reader;
  private final ParserOptions options;
  private int depth;
  private int operators;

  DurationParser(TokenReader reader, ParserOptions options) {
    this.reader = reader;
    this.options = options;
  }

  /// Parses the duration between brackets, which may have arithmetic. Rejects a duration that is
  /// not positive. If its value depends on the query, the engine checks it instead.
  DurationExpr positive(String context) {
    DurationExpr duration = binary(0, context);
    check(duration, true);
    return duration;
  }

  /// Parses the duration of `offset`: an optional sign and one operand; arithmetic needs
  /// parentheses.
  DurationExpr offset() {
    Token sign = reader.peek();
    DurationExpr duration;
    if (reader.accept(Kind.SUBTRACT)) {
      duration = negate(sign.span(), primary("offset"));
    } else {
      reader.accept(Kind.ADD);
      duration = primary("offset");
    }
    check(duration, false);
    return duration;
  }

  private void check(DurationExpr duration, boolean positive) {
    if (!options.durationExpressions() && !isPlain(duration)) {
      throw reader.error(
          duration.span(), "duration expressions are not enabled, expected a number or a duration");
    }
    if (duration.dependsOnQuery()) {
      return;
    }
    double seconds;
    try {
      seconds = duration.seconds(0, 0);
    } catch (ArithmeticException e) {
      throw reader.error(duration.span(), String.valueOf(e.getMessage()));
    }
    reader.refuseIf(positive && !(seconds > 0), duration.span(), "duration must be greater than 0");
    reader.refuseIf(!(Math.abs(seconds) < 9.2e9), duration.span(), "duration out of range");
  }

  private static boolean isPlain(DurationExpr duration) {
    return duration instanceof DurationExpr.Literal;
  }

  private static DurationExpr negate(Span sign, DurationExpr operand) {
    Span span = sign.to(operand.span());
    return operand instanceof DurationExpr.Literal literal
        ? new DurationExpr.Literal(-literal.seconds(), literal.withUnit(), span)
        : new DurationExpr.Negated(operand, span);
  }

  private DurationExpr binary(int minPrecedence, String context) {
    reader.refuseIf(
        ++depth > MAX_DEPTH,
        reader.peek().span(),
        "durations are nested too deeply, expected at most " + MAX_DEPTH + " levels");
    DurationExpr left = unary(context);
    while (true) {
      DurationExpr.Op op = operator(reader.peek());
      if (op == null || op.precedence() < minPrecedence) {
        depth--;
        return left;
      }
      Token token = reader.next();
      if (++operators > MAX_OPERATORS) {
        throw reader.error(
            token.span(),
            "durations are too long, expected at most " + MAX_OPERATORS + " operators");
      }
      boolean isRightAssociative = op == DurationExpr.Op.POWER;
      DurationExpr operand =
          binary(isRightAssociative ? op.precedence() : op.precedence() + 1, context);
      left = new DurationExpr.Binary(op, left, operand, left.span().to(operand.span()));
    }
  }

  private DurationExpr unary(String context) {
    Token sign = reader.peek();
    if (reader.accept(Kind.SUBTRACT)) {
      return negate(sign.span(), binary(DurationExpr.Op.POWER.precedence(), context));
    }
    if (reader.accept(Kind.ADD)) {
      return binary(DurationExpr.Op.POWER.precedence(), context);
    }
    return primary(context);
  }

  private DurationExpr primary(String context) {
    Token token = reader.peek();
    if (token.is(Kind.NUMBER) || token.is(Kind.DURATION)) {
      return literal(reader.next());
    }
    if (token.is(Kind.IDENTIFIER)) {
      return function(token, context);
    }
    if (!reader.accept(Kind.LEFT_PAREN)) {
      throw reader.unexpected(context, "number or duration");
    }
    DurationExpr inner = binary(0, context);
    Token end = reader.expect(Kind.RIGHT_PAREN, context);
    return new DurationExpr.Paren(inner, token.span().to(end.span()));
  }

  private DurationExpr literal(Token token) {
    try {
      boolean unit = token.is(Kind.DURATION);
      double seconds = unit ? Numbers.seconds(token.text()) : Numbers.number(token.text());
      return new DurationExpr.Literal(seconds, unit, token.span());
    } catch (IllegalArgumentException e) {
      throw reader.error(token.span(), String.valueOf(e.getMessage()));
    }
  }

  private DurationExpr function(Token name, String context) {
    boolean step = name.isWord("step");
    boolean max = name.isWord("max_of");
    if (!step && !max && !name.isWord("range") && !name.isWord("min_of")) {
      throw reader.unexpected(context, "number, duration, step(), range(), min_of() or max_of()");
    }
    reader.next();
    reader.expect(Kind.LEFT_PAREN, context);
    if (step || name.isWord("range")) {
      Span span = name.span().to(reader.expect(Kind.RIGHT_PAREN, context).span());
      return step ? new DurationExpr.Step(span) : new DurationExpr.Range(span);
    }
    DurationExpr left = binary(0, context);
    reader.expect(Kind.COMMA, context);
    DurationExpr right = binary(0, context);
    Span span = name.span().to(reader.expect(Kind.RIGHT_PAREN, context).span());
    return new DurationExpr.Extreme(max, left, right, span);
  }

  private static DurationExpr.@Nullable Op operator(Token token) {
    for (DurationExpr.Op op : DurationExpr.Op.values()) {
      if (token.kind().expected().equals('"' + op.symbol() + '"')) {
        return op;
      }
    }
    return null;
  }
}
