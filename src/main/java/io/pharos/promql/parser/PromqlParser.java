package io.pharos.promql.parser;

import io.pharos.model.LabelMatcher;
import io.pharos.model.RegexBudget;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.parser.Token.Kind;
import java.util.List;
import java.util.Map;

/// Parses and type-checks PromQL.
public final class PromqlParser {
  private PromqlParser() {}

  /// Parses an expression with the defaults of Prometheus 3.14.
  ///
  /// @throws ParseException if the text is not a valid expression
  public static Expr parse(String text) {
    return parse(text, ParserOptions.defaults());
  }

  /// Parses an expression with these options.
  ///
  /// @throws ParseException if the text is not a valid expression
  public static Expr parse(String text, ParserOptions options) {
    var reader = new TokenReader(text);
    reader.refuseIf(reader.peek().is(Kind.END), Span.NONE, "no expression found in input");
    var parser = new ExpressionParser(reader, options);
    Expr expr = parser.expression();
    if (!reader.peek().is(Kind.END)) {
      throw reader.unexpected("expression", "an operator or end of input");
    }
    new TypeChecker(text, parser.problems()).check(expr);
    return expr;
  }

  /// Parses a bare selector such as `up{job="a"}`, as in `match[]`.
  ///
  /// @throws ParseException if the text is anything else
  public static List<LabelMatcher> parseSelector(String text) {
    return parseSelector(text, new RegexBudget());
  }

  /// Parses a selector whose regular expressions are charged to a budget that several selectors
  /// share.
  ///
  /// @throws ParseException if the text is anything else
  public static List<LabelMatcher> parseSelector(String text, RegexBudget regexes) {
    Expr.VectorSelector selector = selector(new TokenReader(text, regexes));
    new TypeChecker(text, Map.of()).check(selector);
    return selector.matchers();
  }

  /// Parses label matchers in braces. The list may be empty or match everything.
  ///
  /// @throws ParseException if the text is anything else
  public static List<LabelMatcher> parseMatchers(String text) {
    return selector(new TokenReader(text)).matchers();
  }

  private static Expr.VectorSelector selector(TokenReader reader) {
    var selector = new SelectorParser(reader).selector();
    if (!reader.peek().is(Kind.END)) {
      throw reader.unexpected("selector", "end of input");
    }
    return selector;
  }
}
