package io.pharos.probe.expression;

import java.util.Map;

/// A path to a value in the facts, such as `body.data.token` or `headers["location"]`.
public record ValuePath(Term.FactPath path) {
  /// Parses a path.
  ///
  /// @param variables available variables with their types
  /// @throws ExpressionException with the position, if the text is not a path into these variables
  public static ValuePath parse(String text, Map<String, Type> variables)
      throws ExpressionException {
    return new ValuePath(new ConditionParser(text, variables).path());
  }

  /// Returns the name of the variable with which the path starts.
  public String variable() {
    return path.variable();
  }

  /// Returns the value at the path, or why there is none.
  public Expression.Answer find(Expression.Facts seen) {
    return Expression.find(path, seen);
  }

  @Override
  public String toString() {
    return path.text();
  }
}
