package io.pharos.probe.expression;

import java.util.Map;

/// A path to a value in the facts: `body.data.token`, `headers["location"]`.
public record ValuePath(Term.Seen path) {
  /// Parses a path.
  ///
  /// @param variables available variables with their types
  /// @throws ExpressionException with the position, if the text is not a path into these variables
  public static ValuePath parse(String text, Map<String, Type> variables)
      throws ExpressionException {
    return new ValuePath(new ConditionParser(text, variables).path());
  }

  /// Returns the variable at its start.
  public String variable() {
    return path.variable();
  }

  /// Returns the value, or why there is none.
  public Expression.Answer find(Expression.Seen seen) {
    return Expression.find(path, seen);
  }

  @Override
  public String toString() {
    return path.text();
  }
}
