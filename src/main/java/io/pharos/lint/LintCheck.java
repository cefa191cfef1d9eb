package io.pharos.lint;

import java.util.Optional;

/// The checks. Checks that exist in pint too have the same names there.
public enum LintCheck {
  ALERTS_ANNOTATION(
      "alerts/annotation", "an annotation that messages do not show, or that is missing"),
  ALERTS_RUNBOOK("alerts/runbook", "a link to a missing runbook"),
  ALERTS_SEVERITY("alerts/severity", "an alert without a severity, or with an unknown one"),
  DASHBOARDS_PANEL("dashboards/panel", "a panel that can't be drawn"),
  DASHBOARDS_QUERY("dashboards/query", "a query of a panel that is not valid PromQL"),
  DASHBOARDS_UID(
      "dashboards/uid", "a dashboard without a uid, or with the uid of another dashboard"),
  DASHBOARDS_VARIABLE("dashboards/variable", "a variable or data source that is not defined"),
  FILES_MISSING("files/missing", "a reference to a missing file, or a glob that matches nothing"),
  FILES_UNREAD("files/unread", "a file in a versioned folder that nothing reads"),
  GATES_CHECKS("gates/checks", "a gate policy that judges nothing"),
  GRAFANA_PROVISIONING("grafana/provisioning", "provisioning that Grafana would ignore or refuse"),
  MIGRATIONS_STATEMENT(
      "migrations/statement", "a statement of a migration that blocks other sessions"),
  NAMES_TYPO("names/typo", "a name used once that resembles a name used elsewhere"),
  NAMES_UNKNOWN("names/unknown", "a reference to an undefined probe, alert or job"),
  NOTIFY_INHIBIT("notify/inhibit", "an inhibition whose source or target matches no alert"),
  NOTIFY_ONCALL("notify/oncall", "a policy or a level of it that may reach nobody"),
  NOTIFY_ROUTE("notify/route", "a route that matches no alert, or changes nothing"),
  NOTIFY_SECRET("notify/secret", "a receiver whose secret file is missing"),
  NOTIFY_TEMPLATE("notify/template", "a call of an undefined template"),
  NOTIFY_UNUSED("notify/unused", "an unused receiver or time interval"),
  TARGETS_ADDRESS("targets/address", "an invalid address"),
  TARGETS_DUPLICATE("targets/duplicate", "a target that is listed twice in a job"),
  TARGETS_LABEL("targets/label", "a label that Prometheus refuses, or that overrides another"),
  ALERTS_ABSENT(
      "alerts/absent",
      "an alert on absent() with a `for` below two scrapes, which fires at every restart"),
  ALERTS_COMPARISON("alerts/comparison", "an alert without a condition, which always fires"),
  ALERTS_EXTERNAL_LABELS(
      "alerts/external_labels", "a template that uses an external label which is not configured"),
  ALERTS_FOR("alerts/for", "a `for` or `keep_firing_for` that changes nothing"),
  ALERTS_LANGUAGE(
      "alerts/language", "an alert with only some of its texts translated into a language"),
  ALERTS_RECEIVER("alerts/receiver", "an alert that no receiver gets"),
  ALERTS_TEMPLATE(
      "alerts/template", "a template that uses a removed label, or puts the value into a label"),
  GROUP_INTERVAL("group/interval", "a group with an interval above 5m, whose results become stale"),
  LABELS_CONFLICT("labels/conflict", "a rule that sets a label which is also an external label"),
  PROMQL_AGGREGATE(
      "promql/aggregate", "an aggregation that removes a label which routes of notifications need"),
  PROMQL_COUNTER("promql/counter", "a condition on the raw value of a counter"),
  PROMQL_FRAGILE("promql/fragile", "an alert whose series may change between evaluations"),
  PROMQL_IMPOSSIBLE("promql/impossible", "a condition or a join that can never hold"),
  PROMQL_NAN(
      "promql/nan", "a division by zero inside an aggregation, which makes the whole result NaN"),
  PROMQL_OFFSET("promql/offset", "an offset longer than the retention"),
  PROMQL_PARTS(
      "promql/parts", "a condition on each part of a count that is meant for the whole count"),
  PROMQL_RANGE_QUERY("promql/range_query", "a range longer than the retention"),
  PROMQL_RATE("promql/rate", "a rate over fewer than two samples, or of a gauge"),
  PROMQL_REGEXP(
      "promql/regexp", "a regular expression that is not needed, or has needless anchors"),
  PROMQL_SERIES(
      "promql/series",
      "a selector of series that no job or rule produces, or that a server has never seen"),
  PROMQL_VALUE("promql/value", "a matcher that no value of the label matches"),
  PROMQL_VECTOR_MATCHING(
      "promql/vector_matching", "an operator whose sides never match because their labels differ"),
  RULE_DEPENDENCY("rule/dependency", "a rule that reads results of a later rule of its group"),
  RULE_DUPLICATE("rule/duplicate", "two rules with the same name and labels"),
  RULE_NAME("rule/name", "a misleading name of a rule"),
  LINT_COMMENT("pharos/comment", "a comment that fails to disable a check"),
  RULE_OVERLAP("rule/overlap", "two alerts that fire for the same cause, without an inhibition"),
  YAML_PARSE("yaml/parse", "a warning from the parser");

  private final String id;
  private final String help;

  LintCheck(String id, String help) {
    this.id = id;
    this.help = help;
  }

  /// Returns the name in reports and comments.
  public String id() {
    return id;
  }

  /// Returns a description of the mistakes that the check finds, in one line.
  public String help() {
    return help;
  }

  /// Returns whether the check is about rules, so that a comment in a rule file can disable it.
  public boolean isAboutRules() {
    return switch (id.substring(0, id.indexOf('/'))) {
      case "dashboards", "files", "gates", "grafana", "migrations", "names", "notify", "targets" ->
          false;
      default -> true;
    };
  }

  /// Returns the check with an id; empty if there is none.
  public static Optional<LintCheck> of(String id) {
    for (LintCheck check : values()) {
      if (check.id.equals(id)) {
        return Optional.of(check);
      }
    }
    return Optional.empty();
  }
}
