package io.pharos.lint.rule;

import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.lint.flow.LabelFlow;
import io.pharos.lint.flow.LabelShape;
import io.pharos.rules.RuleSpec;
import io.pharos.template.RuleReferences;
import io.pharos.template.RuleTemplate;
import java.util.Optional;
import java.util.TreeSet;

/// Checks for templates that use labels which can't exist, and for labels that depend on the value.
final class RuleTemplateCheck implements RuleCheck {
  private static final String ALERT_NAME = "alertname";

  private final LabelFlow labels;
  private final Optional<PrometheusConfig> config;

  RuleTemplateCheck(LabelFlow labels, Optional<PrometheusConfig> config) {
    this.labels = labels;
    this.config = config;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting alert) {
      alert
          .labels()
          .forEach(
              (name, text) -> {
                String key = "labels." + name;
                RuleReferences references = references(alert, text);
                names(key, references, rule, report);
                value(key, name, references, report);
              });
      alert
          .annotations()
          .forEach(
              (name, text) -> names("annotations." + name, references(alert, text), rule, report));
    }
  }

  private static RuleReferences references(RuleSpec.Alerting alert, String text) {
    return RuleTemplate.parse("__alert_" + alert.name(), text).references();
  }

  private void names(String key, RuleReferences references, LintedRule rule, RuleReport report) {
    LabelShape shape = labels.of(rule);
    for (String label : new TreeSet<>(references.labels())) {
      String explanation =
          rule.spec().labels().containsKey(label)
              ? "; $labels has labels of the expression, not those that the rule sets"
              : "";
      if (label.equals(ALERT_NAME) && !readsAlerts(rule)) {
        report.warnAt(
            key,
            LintCheck.ALERTS_TEMPLATE,
            "$labels.alertname is empty: $labels has labels of the expression; write the alert's name");
      } else if (!shape.canHave(label) && !label.equals("__name__")) {
        report.warnAt(
            key,
            LintCheck.ALERTS_TEMPLATE,
            "$labels.%s is empty: %s removes the label%s"
                .formatted(label, shape.takenBy(label), explanation));
      }
    }
    config.ifPresent(
        known -> {
          for (String label : new TreeSet<>(references.externalLabels())) {
            if (!known.global().externalLabels().has(label)) {
              report.warnAt(
                  key,
                  LintCheck.ALERTS_EXTERNAL_LABELS,
                  "$externalLabels.%s is empty: the configuration does not set this external label"
                      .formatted(label));
            }
          }
        });
  }

  private static boolean readsAlerts(LintedRule rule) {
    return !rule.isOfLines()
        && rule.expr()
            .selectors()
            .map(RuleIndex::metric)
            .anyMatch(metric -> metric.isEmpty() || RuleIndex.isAlertState(metric));
  }

  private static void value(String key, String name, RuleReferences references, RuleReport report) {
    if (references.printsValue()) {
      report.at(
          key,
          LintCheck.ALERTS_TEMPLATE,
          FindingSeverity.ERROR,
          "the label %s contains the value, so each new value is another alert and starts its 'for'"
                  .formatted(name)
              + " again; use an annotation");
    } else if (references.testsValue()) {
      report.warnAt(
          key,
          LintCheck.ALERTS_TEMPLATE,
          "the label %s depends on the value, so a change resolves one alert and starts another; use an annotation"
              .formatted(name));
    }
  }
}
