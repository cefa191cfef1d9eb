package io.pharos.lint.rule;

import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.lint.Exporters;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.lint.ScrapeJobs;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Checks for matchers that match no known value of a label.
final class ValueCheck implements RuleCheck {
  /* Values of labels that common programs set. */
  private static final LabelValues COMMON =
      new LabelValues(
          List.of(
              new LabelValues.Entry(
                  "node_cpu_seconds_total",
                  "mode",
                  List.of("idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"),
                  "node_exporter"),
              new LabelValues.Entry(
                  "node_systemd_unit_state",
                  "state",
                  List.of("activating", "active", "deactivating", "failed", "inactive"),
                  "node_exporter"),
              new LabelValues.Entry(
                  RuleIndex.ALERTS, "alertstate", List.of("firing", "pending"), "every server")));

  private static final List<String> STATUSES = statuses();

  private final RuleIndex index;
  private final LabelValues knownValues;
  private final Optional<PrometheusConfig> prometheus;

  ValueCheck(RuleIndex index, LabelValues knownValues, Optional<PrometheusConfig> prometheus) {
    this.index = index;
    this.knownValues = COMMON.with(knownValues.all());
    this.prometheus = prometheus;
  }

  private static List<String> statuses() {
    var all = new ArrayList<String>();
    for (int status = 100; status < 600; status++) {
      all.add(String.valueOf(status));
    }
    for (int kind = 1; kind < 6; kind++) {
      all.addAll(List.of(kind + "xx", kind + "XX"));
    }
    return all;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    rule.expr().selectors().forEach(selector -> selector(selector, report));
  }

  private void selector(Expr.VectorSelector selector, RuleReport report) {
    String metric = RuleIndex.metric(selector);
    if (metric.isEmpty() || index.records(selector)) {
      return;
    }
    for (LabelMatcher matcher : selector.matchers()) {
      if (matcher.matches("")) {
        continue;
      }
      Optional<LabelValues.Entry> values = knownValues.of(metric, matcher.name());
      if (values.isPresent()) {
        if (values.get().values().stream().noneMatch(matcher::matches)) {
          report(
              report,
              "%s selects nothing: %s can only be %s (%s)"
                  .formatted(
                      RuleReport.shown(selector),
                      matcher.name(),
                      RuleReport.listed(values.get().values()),
                      values.get().from()));
        }
      } else if (isStatus(metric, matcher) && STATUSES.stream().noneMatch(matcher::matches)) {
        report(
            report,
            "%s selects nothing: %s must match a whole HTTP status; did you mean =~\"5..\"?"
                .formatted(RuleReport.shown(selector), matcher.value()));
      } else if (isAddedLater(metric, matcher.name())) {
        report(
            report,
            "%s selects nothing: %s is an external label, which is added only to exported series;"
                    .formatted(RuleReport.shown(selector), matcher.name())
                + " remove the matcher");
      }
    }
  }

  private static boolean isStatus(String metric, LabelMatcher matcher) {
    return metric.contains("http")
        && matcher.name().contains("status")
        && matcher.value().chars().anyMatch(Character::isDigit);
  }

  /* Returns whether a label is an external label that the series of a metric do not have. The
   * answer is no for series other than those of targets and known exporters, because such series
   * may have any label. */
  private boolean isAddedLater(String metric, String label) {
    return (metric.equals("up") || metric.startsWith("scrape_") || Exporters.isKnown(metric))
        && prometheus.filter(config -> addsLater(config, label)).isPresent();
  }

  private static boolean addsLater(PrometheusConfig config, String label) {
    return config.global().externalLabels().has(label)
        && config.scrapeConfigs().stream()
            .noneMatch(
                job ->
                    job.isDiscovered()
                        || job.staticConfigs().stream().anyMatch(group -> group.labels().has(label))
                        || Stream.concat(
                                job.relabelConfigs().stream(), job.metricRelabelConfigs().stream())
                            .anyMatch(step -> ScrapeJobs.mayWrite(step, label)));
  }

  private static void report(RuleReport report, String message) {
    report.warn(LintCheck.PROMQL_VALUE, message);
  }
}
