package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Query;
import io.pharos.trouble.Blindness;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The expression of a rule, known to be PromQL.
///
/// @param text as written
/// @param tree what it was parsed to
/// @param printed in its canonical form
/// @param reading what it does with its series
/// @param selectors what it looks at
public record RuleExpression(
    String text,
    Expr tree,
    String printed,
    Doubt.Reading reading,
    List<List<LabelMatcher>> selectors) {
  public RuleExpression {
    selectors = List.copyOf(selectors);
  }

  /// @throws io.pharos.promql.parser.ParseException when the text is not PromQL; says where
  static RuleExpression parse(String text, ParserOptions language) {
    Expr parsed = PromqlParser.parse(text, language);
    return new RuleExpression(
        text, parsed, Printer.print(parsed), Doubt.reading(parsed), Doubt.selectors(parsed));
  }

  /// The same text is the same expression.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RuleExpression that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /// The question for its value at a time in Unix milliseconds.
  Query at(long millis) {
    return Query.at(text, tree, millis);
  }

  /// What can't be believed of it at the moment.
  Doubt doubt(Blindness blindness) {
    return new Doubt(reading, blindness.behind(selectors));
  }
}
