package io.pharos.server.web.routing;

import io.pharos.alerting.dispatch.RouteNode;
import io.pharos.config.alertmanager.RouteConfig.Grouping;
import io.pharos.model.Labels;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A node of the routing tree on the page.
///
/// @param matchers empty for the root, which matches all alerts
/// @param total what it and the nodes below it route now
/// @param here what it routes itself, if nodes below it route other alerts; otherwise empty
/// @param settings the grouping and the times that differ from its parent's
/// @param intervals the time intervals that can mute it; empty if there are none
/// @param isMuted whether a time interval mutes it now
/// @param groups its groups with the most alerts
/// @param more number of groups that are not listed
record RouteRow(
    Nesting nesting,
    List<String> matchers,
    boolean continues,
    String receiver,
    String anchor,
    boolean isBusy,
    String total,
    String here,
    String settings,
    String intervals,
    boolean isMuted,
    List<Group> groups,
    int more) {
  private static final int MAX_GROUPS = 10;

  /// A group of a node.
  ///
  /// @param labels empty if all alerts are one group
  record Group(List<String> labels, String alerts, String incident) {}

  /// A node and its parent; the root has none.
  private record Place(RouteNode node, @Nullable RouteNode parent) {
    List<Place> below() {
      return node.children().stream().map(child -> new Place(child, node)).toList();
    }
  }

  /// Returns the rows of a tree, in file order.
  ///
  /// @param anchors the anchor of each receiver on the page
  static List<RouteRow> of(RouteNode root, Map<String, String> anchors) {
    var rows = new ArrayList<RouteRow>();
    Nesting.visit(
        new Place(root, null),
        Place::below,
        (place, nesting) -> rows.add(row(place.node, place.parent, nesting, anchors)));
    return rows;
  }

  private static RouteRow row(
      RouteNode node, @Nullable RouteNode parent, Nesting nesting, Map<String, String> anchors) {
    List<Group> shown =
        node.groups().entrySet().stream()
            .sorted(
                Map.Entry.<Labels, Integer>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(MAX_GROUPS)
            .map(
                group ->
                    new Group(
                        PageText.chips(group.getKey()),
                        PageText.count(group.getValue(), "alert"),
                        PageLinks.incident(group.getKey())))
            .toList();
    return new RouteRow(
        nesting,
        PageText.chips(node.matchers()),
        node.continues(),
        PageText.of(node.receiver()),
        anchors.getOrDefault(node.receiver(), ""),
        node.allAlerts() > 0,
        node.allAlerts() == 0
            ? "no alerts"
            : PageText.count(node.allAlerts(), "alert")
                + " in "
                + PageText.count(node.allGroups(), "group"),
        node.alerts() > 0 && node.alerts() < node.allAlerts() ? node.alerts() + " here" : "",
        settings(node, parent),
        intervals(node),
        !node.mutedBy().isEmpty(),
        shown,
        node.groups().size() - shown.size());
  }

  private static String settings(RouteNode node, @Nullable RouteNode parent) {
    var parts = new ArrayList<String>();
    if (parent == null || !node.grouping().equals(parent.grouping())) {
      parts.add(grouping(node.grouping()));
    }
    if (parent == null || !node.groupWait().equals(parent.groupWait())) {
      parts.add("first after " + PageTime.span(node.groupWait()));
    }
    if (parent == null || !node.groupInterval().equals(parent.groupInterval())) {
      parts.add("changes every " + PageTime.span(node.groupInterval()));
    }
    if (parent == null || !node.repeatInterval().equals(parent.repeatInterval())) {
      parts.add("again every " + PageTime.span(node.repeatInterval()));
    }
    return String.join(" · ", parts);
  }

  private static String grouping(Grouping grouping) {
    return switch (grouping) {
      case Grouping.Inherited _ -> "grouped as its parent";
      case Grouping.AllLabels _ -> "each alert for itself";
      case Grouping.ByLabels(List<String> names) ->
          names.isEmpty()
              ? "all alerts in one group"
              : "grouped by " + PageText.of(String.join(", ", names));
    };
  }

  private static String intervals(RouteNode node) {
    if (!node.mutedBy().isEmpty()) {
      return node.muteIntervals().containsAll(node.mutedBy())
          ? "muted now by " + names(node.mutedBy())
          : "muted now, outside of " + names(node.mutedBy());
    }
    var parts = new ArrayList<String>();
    if (!node.muteIntervals().isEmpty()) {
      parts.add("muted in " + names(node.muteIntervals()));
    }
    if (!node.activeIntervals().isEmpty()) {
      parts.add("only in " + names(node.activeIntervals()));
    }
    return parts.isEmpty() ? "" : String.join(", ", parts) + ": not muted now";
  }

  private static String names(List<String> names) {
    return PageText.of(String.join(", ", names));
  }
}
