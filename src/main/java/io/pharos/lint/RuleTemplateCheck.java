package io.pharos.lint;

import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.rules.RuleSpec;
import io.pharos.template.RuleReferences;
import io.pharos.template.RuleTemplate;
import java.util.Optional;
import java.util.TreeSet;

/// Templates that use what is not there, and labels that change with the value.
final class RuleTemplateCheck implements RuleCheck {
  private static final String ALERT_NAME = "alertname";

  private final LabelFlow labels;
  private final Optional<PrometheusConfig> config;

  RuleTemplateCheck(LabelFlow labels, Optional<PrometheusConfig> config) {
    this.labels = labels;
    this.config = config;
  }

  @Override
  public boolean isForLines() {
    return true;
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
      String own =
          rule.spec().labels().containsKey(label)
              ? "; $labels are those of the expression, not those that the rule sets"
              : "";
      if (label.equals(ALERT_NAME) && !readsAlerts(rule)) {
        report.at(
            key,
            LintCheck.ALERTS_TEMPLATE,
            FindingSeverity.WARNING,
            "$labels.alertname is empty: $labels are those of the expression");
      } else if (!shape.canHave(label) && !label.equals("__name__")) {
        report.at(
            key,
            LintCheck.ALERTS_TEMPLATE,
            FindingSeverity.WARNING,
            "$labels.%s is empty: %s takes the label away%s"
                .formatted(label, shape.takenBy(label), own));
      }
    }
    config.ifPresent(
        known -> {
          for (String label : new TreeSet<>(references.externalLabels())) {
            if (!known.global().externalLabels().has(label)) {
              report.at(
                  key,
                  LintCheck.ALERTS_EXTERNAL_LABELS,
                  FindingSeverity.WARNING,
                  "$externalLabels.%s is empty: the configuration has no such external label"
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
          "the label %s holds the value: each new value is another alert, which waits for its for"
                  .formatted(name)
              + " anew; put it into an annotation");
    } else if (references.testsValue()) {
      report.at(
          key,
          LintCheck.ALERTS_TEMPLATE,
          FindingSeverity.WARNING,
          "the label %s depends on the value: when it changes, one alert resolves and another begins"
              .formatted(name));
    }
  }
}
