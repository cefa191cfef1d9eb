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

  /// The tree of an expression, with what Prometheus 3.14 accepts by default.
  ///
  /// @throws ParseException when the text is no expression, or one whose types don't fit
  public static Expr parse(String text) {
    return parse(text, ParserOptions.defaults());
  }

  /// As [#parse(String)], with parts of the language opened or closed.
  public static Expr parse(String text, ParserOptions options) {
    var reader = new TokenReader(text);
    if (reader.peek().is(Kind.END)) {
      throw reader.error(Span.NONE, "no expression found in input");
    }
    var parser = new ExpressionParser(reader, options);
    Expr expr = parser.expression();
    if (!reader.peek().is(Kind.END)) {
      throw reader.unexpected("expression", "an operator or end of input");
    }
    new TypeChecker(text, parser.problems()).check(expr);
    return expr;
  }

  /// The conditions of a bare selector such as `up{job="a"}`, as `match[]` has them.
  ///
  /// @throws ParseException when the text is anything else
  public static List<LabelMatcher> parseSelector(String text) {
    return parseSelector(text, new RegexBudget());
  }

  /// As [#parseSelector(String)], as one of several selectors whose regular expressions share a
  /// budget.
  public static List<LabelMatcher> parseSelector(String text, RegexBudget regexes) {
    Expr.VectorSelector selector = selector(new TokenReader(text, regexes));
    new TypeChecker(text, Map.of()).check(selector);
    return selector.matchers();
  }

  /// The label matchers in a pair of braces, which may be none, or match everything.
  ///
  /// @throws ParseException when the text is anything else
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
