package io.pharos.lint;

import io.pharos.promql.ast.Expr;
import io.pharos.rules.RuleExpression;
import io.pharos.rules.RuleSpec;
import java.time.Duration;
import java.util.Map;

/// A rule with the places of what it is made of.
///
/// @param spec the rule with the labels of its group under its own
/// @param group the group's name
/// @param groupLine where the group begins
/// @param position the rule's number in the whole group, from 0
/// @param interval how often the group is evaluated
/// @param line where the rule begins
/// @param lines of its keys; `labels.x` and `annotations.x` are those of a label and an annotation
record LintedRule(
    String file,
    String group,
    int groupLine,
    int position,
    RuleSpec spec,
    Duration interval,
    int line,
    Map<String, Integer> lines) {
  /// The expression, of a rule about samples.
  ///
  /// @throws IllegalStateException for a rule about lines
  Expr expr() {
    return switch (spec.expression()) {
      case RuleExpression.OfSamples samples -> samples.tree();
      case RuleExpression.OfLines _ -> throw new IllegalStateException(place() + " is LogQL");
    };
  }

  boolean isOfLines() {
    return spec.expression() instanceof RuleExpression.OfLines;
  }

  /// The line of a key, or the rule's where it has none of its own.
  int lineOf(String key) {
    return lines.getOrDefault(key, line);
  }

  String place() {
    return file + ":" + line;
  }
}
