package io.pharos.lint;

import io.pharos.promql.ast.Expr;
import io.pharos.rules.RuleExpression;
import io.pharos.rules.RuleSpec;
import java.time.Duration;
import java.util.Map;

/// A rule with the lines of its parts, from 1.
///
/// @param spec the rule with the labels of its group added
/// @param group name of the group
/// @param groupLine first line of the group
/// @param position index of the rule in its group, from 0
/// @param interval interval between evaluations of the group
/// @param line first line of the rule
/// @param lines line of each key; `labels.x` is the key of the label `x`, `annotations.x` the key
///   of the annotation `x`
public record LintedRule(
    String file,
    String group,
    int groupLine,
    int position,
    RuleSpec spec,
    Duration interval,
    int line,
    Map<String, Integer> lines) {
  /// Returns the PromQL expression.
  ///
  /// @throws IllegalStateException if the rule is LogQL
  public Expr expr() {
    return switch (spec.expression()) {
      case RuleExpression.OfSamples samples -> samples.tree();
      case RuleExpression.OfLines _ -> throw new IllegalStateException(place() + " is LogQL");
    };
  }

  /// Returns whether the expression is LogQL.
  public boolean isOfLines() {
    return spec.expression() instanceof RuleExpression.OfLines;
  }

  /// Returns the line of a key; the first line of the rule if it does not have the key.
  public int lineOf(String key) {
    return lines.getOrDefault(key, line);
  }

  /// Returns the place of the rule as `file:line`.
  public String place() {
    return file + ":" + line;
  }
}
