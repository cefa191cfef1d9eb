package io.pharos.server.web.incident;

import io.pharos.server.web.design.PageTime;
import java.util.List;

/// An alert on a page.
///
/// @param state the word of its standing
/// @param severityClass the severity as the style sheet knows it
/// @param labels the labels that its incident does not share, as `name="value"`
/// @param value the measured value, as its messages show it; empty for an alert that others posted
/// @param reasons why nobody is notified, or not yet
/// @param rule address of its rule's page; empty for an alert that others posted
/// @param query address of the query page; the sender's address for an alert that others posted;
///   may be empty
/// @param runbook, dashboard addresses; empty if the alert has none
public record AlertRow(
    String state,
    String severity,
    String severityClass,
    boolean isHeld,
    String name,
    String summary,
    String description,
    List<String> labels,
    String value,
    PageTime since,
    List<Reason> reasons,
    String rule,
    String query,
    String runbook,
    String dashboard,
    String silence) {
  /// Why nobody is notified, or not yet.
  ///
  /// @param address the page that tells more; may be empty
  public record Reason(String text, String address) {}
}
