package io.pharos.lint.rule;

import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.flow.LabelFlow;
import io.pharos.lint.flow.LabelShape;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.VectorMatching;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Checks for operators whose sides never match, and for groupings by labels that can't exist.
final class MatchingCheck implements RuleCheck {
  private final LabelFlow labels;

  MatchingCheck(LabelFlow labels) {
    this.labels = labels;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    rule.expr().stream()
        .forEach(
            node -> {
              switch (node) {
                case Expr.Binary binary -> binary(binary, report);
                case Expr.Aggregate aggregate -> aggregate(aggregate, report);
                default -> {} // the node neither matches nor groups series
              }
            });
  }

  private void aggregate(Expr.Aggregate aggregate, RuleReport report) {
    if (aggregate.without()) {
      return;
    }
    LabelShape operand = labels.of(aggregate.operand());
    for (String label : aggregate.grouping()) {
      if (!operand.canHave(label)) {
        report.warn(
            LintCheck.PROMQL_IMPOSSIBLE,
            "%s by (%s): %s has already removed the label"
                .formatted(aggregate.op().symbol(), label, operand.takenBy(label)));
      }
    }
  }

  /// The two sides of an operator.
  private record Sides(Expr.Binary binary, LabelShape left, LabelShape right) {
    String shown() {
      return RuleReport.shown(binary);
    }

    /// Describes the operator's result if nothing matches, as the predicate of a message.
    String result() {
      return binary.op() == BinaryOp.UNLESS ? "removes nothing" : "is empty";
    }

    FindingSeverity severity() {
      return binary.op() == BinaryOp.UNLESS ? FindingSeverity.WARNING : FindingSeverity.ERROR;
    }
  }

  private void binary(Expr.Binary binary, RuleReport report) {
    VectorMatching matching = binary.matching();
    if (matching == null
        || binary.op() == BinaryOp.OR
        || matching.fillLeft() != null
        || matching.fillRight() != null) {
      return;
    }
    var sides = new Sides(binary, labels.of(binary.left()), labels.of(binary.right()));
    if (matching.on()) {
      checkOn(sides, matching.labels(), report);
    } else {
      checkRemaining(sides, matching.labels(), report);
    }
    included(sides, matching, report);
  }

  private static void checkOn(Sides sides, List<String> on, RuleReport report) {
    for (String label : on) {
      boolean left = sides.left.canHave(label);
      boolean right = sides.right.canHave(label);
      if (left != right) {
        LabelShape with = left ? sides.left : sides.right;
        LabelShape without = left ? sides.right : sides.left;
        boolean never = with.sure().contains(label);
        report.expression(
            never ? LintCheck.PROMQL_IMPOSSIBLE : LintCheck.PROMQL_VECTOR_MATCHING,
            never ? sides.severity() : FindingSeverity.WARNING,
            "%s matches on (%s), but the %s side can't have the label: %s removes it"
                .formatted(
                    sides.binary.op().symbol(),
                    label,
                    left ? "right" : "left",
                    without.takenBy(label)));
      } else if (!left) {
        report.warn(
            LintCheck.PROMQL_IMPOSSIBLE,
            "%s matches on (%s), but neither side can have the label"
                .formatted(sides.binary.op().symbol(), label));
      }
    }
    different(sides, Set.copyOf(on), report);
  }

  /* Checks the labels that are not ignored. Each must have the same value on both sides, so if only
   * one side can have a label, nothing matches. */
  private static void checkRemaining(Sides sides, List<String> ignored, RuleReport report) {
    if (missing(sides, sides.left, sides.right, "right", ignored, report)
        || missing(sides, sides.right, sides.left, "left", ignored, report)) {
      return;
    }
    var shared = new HashSet<>(sides.left.fixed().keySet());
    shared.removeAll(ignored);
    if (different(sides, shared, report)) {
      return;
    }
    var left = new TreeSet<>(sides.left.possible());
    var right = new TreeSet<>(sides.right.possible());
    ignored.forEach(left::remove);
    ignored.forEach(right::remove);
    if (sides.left.closed() && sides.right.closed() && !left.equals(right)) {
      report.warn(
          LintCheck.PROMQL_VECTOR_MATCHING,
          "%s: the left side has %s, the right side %s, and all labels must be equal; use on() or"
                  .formatted(sides.shown(), sides.left.listed(), sides.right.listed())
              + " ignoring()");
    }
  }

  private static boolean missing(
      Sides sides,
      LabelShape has,
      LabelShape lacks,
      String side,
      List<String> ignored,
      RuleReport report) {
    for (String label : new TreeSet<>(has.sure())) {
      if (!ignored.contains(label) && !lacks.canHave(label)) {
        report.expression(
            LintCheck.PROMQL_IMPOSSIBLE,
            sides.severity(),
            "%s %s: the %s side can't have the label %s, which the other side has; %s removes it"
                .formatted(sides.shown(), sides.result(), side, label, lacks.takenBy(label)));
        return true;
      }
    }
    for (String label : new TreeSet<>(has.likely())) {
      if (!ignored.contains(label) && !lacks.canHave(label)) {
        report.warn(
            LintCheck.PROMQL_VECTOR_MATCHING,
            "%s: the %s side can't have the label %s, which scraped series have; use on() or"
                    .formatted(sides.shown(), side, label)
                + " ignoring()");
        return true;
      }
    }
    return false;
  }

  private static boolean different(Sides sides, Set<String> compared, RuleReport report) {
    for (String label : new TreeSet<>(compared)) {
      String left = sides.left.fixed().get(label);
      String right = sides.right.fixed().get(label);
      if (left != null && right != null && !left.equals(right)) {
        report.expression(
            LintCheck.PROMQL_IMPOSSIBLE,
            sides.severity(),
            "%s %s: the label %s is %s on the left and %s on the right"
                .formatted(sides.shown(), sides.result(), label, left, right));
        return true;
      }
    }
    return false;
  }

  private static void included(Sides sides, VectorMatching matching, RuleReport report) {
    LabelShape oneSide =
        matching.cardinality() == VectorMatching.Cardinality.ONE_TO_MANY ? sides.left : sides.right;
    for (String label : matching.include()) {
      if (!oneSide.canHave(label)) {
        report.warn(
            LintCheck.PROMQL_VECTOR_MATCHING,
            "%s copies the label %s from a side that can't have it: %s removes it"
                .formatted(
                    matching.cardinality() == VectorMatching.Cardinality.ONE_TO_MANY
                        ? "group_right"
                        : "group_left",
                    label,
                    oneSide.takenBy(label)));
      }
    }
  }
}
