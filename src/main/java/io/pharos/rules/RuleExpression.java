package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.trouble.Blindness;
import java.util.List;

/// The expression of a rule, known to be PromQL.
///
/// @param text as written
/// @param printed in its canonical form
/// @param reading what it does with its series
/// @param selectors what it looks at
record RuleExpression(
    String text, String printed, Doubt.Reading reading, List<List<LabelMatcher>> selectors) {
  RuleExpression {
    selectors = List.copyOf(selectors);
  }

  /// @throws io.pharos.promql.parser.ParseException when the text is not PromQL; says where
  static RuleExpression parse(String text, ParserOptions language) {
    Expr parsed = PromqlParser.parse(text, language);
    return new RuleExpression(
        text, Printer.print(parsed), Doubt.reading(parsed), Doubt.selectors(parsed));
  }

  /// What can't be believed of it at the moment.
  Doubt doubt(Blindness blindness) {
    return new Doubt(reading, blindness.behind(selectors));
  }
}
