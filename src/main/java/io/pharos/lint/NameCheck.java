package io.pharos.lint;

import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.rules.RuleSpec;
import java.util.List;

/// Names and labels of rules that mislead, and rules in the wrong order.
final class NameCheck implements RuleCheck {
  private final RuleIndex index;
  private final Labels external;

  NameCheck(RuleIndex index, Labels external) {
    this.index = index;
    this.external = external;
  }

  @Override
  public boolean isForLines() {
    return true;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    for (String label : rule.spec().labels().keySet()) {
      if (external.has(label)) {
        report.at(
            "labels." + label,
            LintCheck.LABELS_CONFLICT,
            FindingSeverity.WARNING,
            "the label %s is an external label too, of the value %s"
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
          name + " is the metric that alerts are kept in; expected another name");
    } else if (!LabelName.isLegacy(name.replace(':', '_'))) {
      report.at(
          "record",
          LintCheck.RULE_NAME,
          FindingSeverity.WARNING,
          "%s must be quoted wherever it is asked for; expected letters, digits, _ and :"
              .formatted(name));
    } else if (name.indexOf(':') < 0) {
      report.at(
          "record",
          LintCheck.RULE_NAME,
          FindingSeverity.INFO,
          name + " looks like a scraped metric; recorded ones are named level:metric:operations");
    }
  }

  private void order(Expr.VectorSelector selector, LintedRule rule, RuleReport report) {
    List<LintedRule> recordings = index.recordings(selector);
    if (!recordings.isEmpty() && recordings.stream().allMatch(other -> isLater(other, rule))) {
      report.expression(
          LintCheck.RULE_DEPENDENCY,
          FindingSeverity.INFO,
          "%s is recorded in line %d, later in this group: its value here is that of the evaluation"
                  .formatted(RuleIndex.metric(selector), recordings.getFirst().line())
              + " before");
    }
  }

  private static boolean isLater(LintedRule other, LintedRule rule) {
    return other.file().equals(rule.file())
        && other.group().equals(rule.group())
        && other.position() > rule.position();
  }
}
