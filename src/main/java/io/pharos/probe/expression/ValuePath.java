package io.pharos.probe.expression;

import java.util.Map;

/// Where a value is found in what a probe saw: `body.data.token`, `headers["location"]`.
public final class ValuePath {
  private final Term.Seen path;

  private ValuePath(Term.Seen path) {
    this.path = path;
  }

  /// The path that a text is.
  ///
  /// @param variables what there is to be seen
  /// @throws ExpressionException with the place, when it is not a path into these
  public static ValuePath parse(String text, Map<String, Type> variables)
      throws ExpressionException {
    return new ValuePath(new ConditionParser(text, variables).path());
  }

  /// The variable that it begins with.
  public String variable() {
    return path.variable();
  }

  /// What is found there, or why nothing is.
  public Expression.Answer find(Expression.Seen seen) {
    return Expression.find(path, seen);
  }

  @Override
  public String toString() {
    return path.text();
  }
}
