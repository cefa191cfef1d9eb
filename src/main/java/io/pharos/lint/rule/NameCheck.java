package io.pharos.lint.rule;

import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.rules.RuleSpec;
import java.util.List;

/// Checks for misleading names and labels of rules, and for rules in the wrong order.
final class NameCheck implements RuleCheck {
  private final RuleIndex index;
  private final Labels external;

  NameCheck(RuleIndex index, Labels external) {
    this.index = index;
    this.external = external;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    for (String label : rule.spec().labels().keySet()) {
      if (external.has(label)) {
        report.warnAt(
            "labels." + label,
            LintCheck.LABELS_CONFLICT,
            "the label %s is also an external label, with the value %s; rename it"
                .formatted(label, external.get(label)));
      }
    }
    if (rule.spec() instanceof RuleSpec.Recording recording) {
      record(recording.name(), report);
    }
    if (!rule.isOfLines()) {
      rule.expr().selectors().forEach(selector -> order(selector, rule, report));
    }
  }

  private static void record(String name, RuleReport report) {
    if (RuleIndex.isAlertState(name)) {
      report.at(
          "record",
          LintCheck.RULE_NAME,
          FindingSeverity.ERROR,
          name + " is the metric of alert states; use another name");
    } else if (!LabelName.isLegacy(name.replace(':', '_'))) {
      report.warnAt(
          "record",
          LintCheck.RULE_NAME,
          "%s must be quoted in every query; use only letters, digits, _ and :".formatted(name));
    } else if (name.indexOf(':') < 0) {
      report.at(
          "record",
          LintCheck.RULE_NAME,
          FindingSeverity.INFO,
          name + " looks like a scraped metric; name recorded metrics level:metric:operations");
    }
  }

  private void order(Expr.VectorSelector selector, LintedRule rule, RuleReport report) {
    List<LintedRule> recordings = index.recordings(selector);
    if (!recordings.isEmpty() && recordings.stream().allMatch(other -> isLater(other, rule))) {
      report.expression(
          LintCheck.RULE_DEPENDENCY,
          FindingSeverity.INFO,
          "%s is recorded in line %d, later in this group, so this rule reads the previous evaluation's"
                  .formatted(RuleIndex.metric(selector), recordings.getFirst().line())
              + " value; move the rule up");
    }
  }

  private static boolean isLater(LintedRule other, LintedRule rule) {
    return other.file().equals(rule.file())
        && other.group().equals(rule.group())
        && other.position() > rule.position();
  }
}
