package io.pharos.lint;

import java.util.Optional;

/// The checks, by the names that pint gave them where it has the same.
public enum LintCheck {
  ALERTS_ANNOTATION(
      "alerts/annotation", "an annotation that no message shows, or that other alerts have"),
  ALERTS_RUNBOOK("alerts/runbook", "a link to a runbook that is not there"),
  ALERTS_SEVERITY("alerts/severity", "an alert without a severity, or with one that nobody knows"),
  DASHBOARDS_PANEL("dashboards/panel", "a panel that can't be drawn as it stands"),
  DASHBOARDS_QUERY("dashboards/query", "a query of a panel that is no PromQL"),
  DASHBOARDS_UID("dashboards/uid", "a dashboard without a uid, or with one that is taken"),
  DASHBOARDS_VARIABLE("dashboards/variable", "a variable or data source that is not defined"),
  FILES_MISSING("files/missing", "a file that is named and not there, a glob that matches nothing"),
  FILES_UNREAD("files/unread", "a file in a versioned folder that nobody reads"),
  GRAFANA_PROVISIONING("grafana/provisioning", "provisioning that Grafana would not obey"),
  MIGRATIONS_STATEMENT(
      "migrations/statement", "a statement of a migration for which others have to wait"),
  NAMES_TYPO("names/typo", "a name used once that is nearly one that is used elsewhere"),
  NAMES_UNKNOWN("names/unknown", "a probe, alert or job that is asked for and not defined"),
  NOTIFY_INHIBIT("notify/inhibit", "an inhibition that no alert can begin or feel"),
  NOTIFY_ROUTE("notify/route", "a route that no alert comes to, or that changes nothing"),
  NOTIFY_SECRET("notify/secret", "a receiver whose secret file is missing"),
  NOTIFY_TEMPLATE("notify/template", "a text that calls a template which nobody defines"),
  NOTIFY_UNUSED("notify/unused", "a receiver or a time interval that nobody uses"),
  TARGETS_ADDRESS("targets/address", "an address that nobody can connect to"),
  TARGETS_DUPLICATE("targets/duplicate", "a target that a job has twice"),
  TARGETS_LABEL("targets/label", "a label that Prometheus refuses or that hides another"),
  ALERTS_ABSENT("alerts/absent", "absent() without a `for` of two scrapes fires at every restart"),
  ALERTS_COMPARISON("alerts/comparison", "an alert whose expression has no condition fires always"),
  ALERTS_EXTERNAL_LABELS(
      "alerts/external_labels", "a template uses an external label that is not configured"),
  ALERTS_FOR("alerts/for", "a `for` or `keep_firing_for` that changes nothing"),
  ALERTS_LANGUAGE("alerts/language", "an alert has a part of its texts in a language"),
  ALERTS_RECEIVER("alerts/receiver", "an alert that reaches nobody"),
  ALERTS_TEMPLATE(
      "alerts/template", "a template uses a label that is gone, or puts the value into a label"),
  GROUP_INTERVAL(
      "group/interval", "results of a group that runs less often than every 5m go stale"),
  LABELS_CONFLICT("labels/conflict", "a rule sets a label that is an external label too"),
  PROMQL_AGGREGATE(
      "promql/aggregate", "an aggregation takes away a label that notifications are routed by"),
  PROMQL_COUNTER("promql/counter", "the raw value of a counter says nothing"),
  PROMQL_FRAGILE("promql/fragile", "an alert whose series change from evaluation to evaluation"),
  PROMQL_IMPOSSIBLE("promql/impossible", "a condition or a join that can never hold"),
  PROMQL_NAN("promql/nan", "a division by zero inside an aggregation spoils the whole of it"),
  PROMQL_OFFSET("promql/offset", "an offset beyond the retention"),
  PROMQL_PARTS("promql/parts", "parts of a count held each against what is meant for their sum"),
  PROMQL_RANGE_QUERY("promql/range_query", "a range beyond the retention"),
  PROMQL_RATE("promql/rate", "a rate of less than two samples, or of what is no counter"),
  PROMQL_REGEXP("promql/regexp", "a regular expression that need not be one, or has anchors"),
  PROMQL_SERIES(
      "promql/series",
      "a selector of something that no job and no rule gives, or that a server never saw"),
  PROMQL_VALUE("promql/value", "a matcher that no value of the label meets"),
  PROMQL_VECTOR_MATCHING(
      "promql/vector_matching", "two sides of an operator whose labels differ find no partner"),
  RULE_DEPENDENCY("rule/dependency", "a rule reads what a later rule of its group records"),
  RULE_DUPLICATE("rule/duplicate", "two rules have the same name and labels"),
  RULE_NAME("rule/name", "the name of a rule that misleads"),
  LINT_COMMENT("pharos/comment", "a comment that should switch off a check and doesn't"),
  RULE_OVERLAP("rule/overlap", "two alerts that one cause fires, and nothing holds one back"),
  YAML_PARSE("yaml/parse", "what the reader of the file remarks");

  private final String id;
  private final String help;

  LintCheck(String id, String help) {
    this.id = id;
    this.help = help;
  }

  /// The name in reports and comments.
  public String id() {
    return id;
  }

  /// What the check finds, in a line.
  public String help() {
    return help;
  }

  /// Whether it looks at rules, so that a comment in a rule file can switch it off.
  boolean isAboutRules() {
    return switch (id.substring(0, id.indexOf('/'))) {
      case "dashboards", "files", "grafana", "migrations", "names", "notify", "targets" -> false;
      default -> true;
    };
  }

  static Optional<LintCheck> of(String id) {
    for (LintCheck check : values()) {
      if (check.id.equals(id)) {
        return Optional.of(check);
      }
    }
    return Optional.empty();
  }
}
