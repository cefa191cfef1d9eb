package io.pharos.lint.rule;

import io.pharos.lint.Exporters;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.lint.flow.ValueFlow;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.rules.RuleSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Checks for alerts that compare a part of a count with a threshold that is meant for the whole
/// count.
final class PartsCheck implements RuleCheck {
  private static final int MAX_DEPTH = 8;

  private final RuleIndex index;
  private final ValueFlow values;

  PartsCheck(RuleIndex index, ValueFlow values) {
    this.index = index;
    this.values = values;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting) {
      rule.expr()
          .all(Expr.Binary.class)
          .forEach(
              binary ->
                  values
                      .comparison(binary)
                      .filter(PartsCheck::needsWhole)
                      .ifPresent(
                          condition ->
                              parts(condition.operand(), 0)
                                  .forEach(selector -> report(binary, selector, report))));
    }
  }

  /* Returns whether the condition is about the whole count. Other conditions, such as == 0, can be
   * evaluated for each part. */
  private static boolean needsWhole(ValueFlow.Condition condition) {
    return switch (condition.op()) {
      case GREATER, GREATER_OR_EQUAL -> condition.number() > 0;
      case LESS, LESS_OR_EQUAL -> true;
      default -> false;
    };
  }

  private static void report(Expr.Binary binary, Expr.VectorSelector selector, RuleReport report) {
    String metric = RuleIndex.metric(selector);
    report.warn(
        LintCheck.PROMQL_PARTS,
        "%s compares the series of %s one by one. There is a series for each value of the label %s, so their sum can exceed the threshold although no single series does; did you mean sum by (instance) (…)?"
            .formatted(RuleReport.shown(binary), metric, splitLabel(selector).orElseThrow()));
  }

  /// Returns the selectors whose series are parts of a count that the expression does not sum.
  private Stream<Expr.VectorSelector> parts(Expr expr, int depth) {
    return switch (expr.unwrapped()) {
      case Expr.VectorSelector selector -> selector(selector, depth);
      case Expr.MatrixSelector matrix -> parts(matrix.selector(), depth);
      case Expr.Subquery subquery -> parts(subquery.inner(), depth);
      case Expr.Unary unary -> parts(unary.operand(), depth);
      case Expr.Call call ->
          call.function().isOfAbsence()
              ? Stream.empty()
              : call.arguments().stream().flatMap(argument -> parts(argument, depth));
      case Expr.Binary binary -> binary(binary, depth);
      case Expr.Aggregate _, Expr.NumberLiteral _, Expr.StringLiteral _, Expr.Paren _ ->
          Stream.empty();
    };
  }

  /* If both sides are vectors, only the left one is examined, because the right one need not be
   * a count. If all labels must be equal, parts of the same kind are compared, which is fine. */
  private Stream<Expr.VectorSelector> binary(Expr.Binary binary, int depth) {
    if (binary.right().type() != ValueType.VECTOR) {
      return parts(binary.left(), depth);
    }
    if (binary.left().type() != ValueType.VECTOR) {
      return parts(binary.right(), depth);
    }
    VectorMatching matching = binary.matching();
    boolean alike = matching != null && !matching.on() && matching.labels().isEmpty();
    return alike && binary.op().kind() != BinaryOp.Kind.SET
        ? Stream.empty()
        : parts(binary.left(), depth);
  }

  private Stream<Expr.VectorSelector> selector(Expr.VectorSelector selector, int depth) {
    List<LintedRule> recordings = index.recordings(selector);
    if (!recordings.isEmpty()) {
      return depth >= MAX_DEPTH
          ? Stream.empty()
          : recordings.stream().flatMap(rule -> parts(rule.expr(), depth + 1));
    }
    return splitLabel(selector).isEmpty() ? Stream.empty() : Stream.of(selector);
  }

  /// Returns the label that splits the selected series into parts; empty if the selector selects
  /// one part.
  private static Optional<String> splitLabel(Expr.VectorSelector selector) {
    return Exporters.splitLabel(RuleIndex.metric(selector))
        .filter(
            label -> selector.matchers().stream().noneMatch(matcher -> isFixed(matcher, label)));
  }

  private static boolean isFixed(LabelMatcher matcher, String label) {
    return matcher.name().equals(label) && matcher.type() == LabelMatcher.Type.EQUAL;
  }
}
