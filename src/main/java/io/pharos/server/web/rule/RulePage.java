package io.pharos.server.web.rule;

import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.test.AlertTests;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.query.GraphPanels;
import io.pharos.server.web.query.ResultTree;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What the page of a rule shows.
///
/// @param moment time of the values
/// @param notices its current alerts, at most [#MAX_NOTICES]
/// @param omitted number of its other current alerts
/// @param routes whom it would notify if it fired; empty if it has current alerts or records series
/// @param parts the parts of its expression with their results; empty for LogQL
/// @param partsProblem why there are no parts; else empty
/// @param chart null if the expression cannot be drawn
/// @param history null for a recording rule, or if it can't be read
/// @param historyProblem why the history can't be read; else empty
/// @param tests unit tests beside the rule's file that expect something of the alert
record RulePage(
    PageTime moment,
    GroupSnapshot group,
    RuleSnapshot rule,
    RuleDetail detail,
    List<CurrentNotice> notices,
    int omitted,
    List<CurrentNotice.Route> routes,
    List<ResultTree.Row> parts,
    String partsProblem,
    GraphPanels.@Nullable View chart,
    String chartProblem,
    @Nullable AlertHistory history,
    String historyProblem,
    List<AlertTests.Found> tests,
    List<Hop> ranges) {
  static final int MAX_NOTICES = 20;
  static final int MAX_TESTS = 50;

  /// A link to the page with another time range.
  record Hop(String text, String address, boolean isCurrent) {}

  /// Returns the query page with the expression.
  public String query() {
    return PageLinks.query(rule.query());
  }

  /// Returns the labels of the rule and its group, which may be templates.
  public SortedMap<String, String> labels() {
    return rule.labels();
  }

  /// Whether the rule has alerts.
  public boolean isAlerting() {
    return rule instanceof RuleSnapshot.Alerting;
  }
}
