package io.pharos.server.web.routing;

import io.pharos.alerting.dispatch.RouteStep;
import io.pharos.model.LabelMatcher;
import io.pharos.server.web.design.PageText;
import java.util.ArrayList;
import java.util.List;

/// A route on the way of an alert through the routing tree.
///
/// @param matchers empty for the root, which matches all alerts
/// @param isGoal whether the alert joins a group here
/// @param others the routes below it that the alert does not enter
record PathRow(
    Nesting nesting, List<String> matchers, boolean isGoal, String receiver, List<Other> others) {
  /// A route that the alert does not enter.
  ///
  /// @param matchers its matchers
  record Other(List<String> matchers, String receiver, String reason) {}

  /// Returns the matching routes, in file order.
  static List<PathRow> of(RouteStep root) {
    var rows = new ArrayList<PathRow>();
    Nesting.visit(
        root,
        step -> step.children().stream().filter(RouteStep::isMatch).toList(),
        (step, nesting) ->
            rows.add(
                new PathRow(
                    nesting,
                    PageText.chips(step.node().matchers()),
                    step.outcome() == RouteStep.Outcome.GROUPED,
                    PageText.of(step.node().receiver()),
                    step.children().stream()
                        .filter(child -> !child.isMatch())
                        .map(PathRow::other)
                        .toList())));
    return rows;
  }

  private static Other other(RouteStep step) {
    LabelMatcher mismatch = step.mismatch();
    return new Other(
        PageText.chips(step.node().matchers()),
        PageText.of(step.node().receiver()),
        mismatch == null
            ? "not tried: the route before it matches and does not continue"
            : PageText.of("the alert does not have " + mismatch));
  }
}
