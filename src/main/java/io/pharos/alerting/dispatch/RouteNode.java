package io.pharos.alerting.dispatch;

import io.pharos.config.alertmanager.RouteConfig.Grouping;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A node of the routing tree with its settings, inherited ones included, and with the unresolved
/// alerts that it routes now.
///
/// @param key matchers from the root to this node
/// @param continues whether the siblings after a match are tried too
/// @param muteIntervals names of the time intervals in which it does not notify
/// @param activeIntervals names of the only time intervals in which it notifies; empty for all
///   times
/// @param mutedBy names of the intervals that mute it now
/// @param groups number of alerts of each group of this node, by the labels of the group
public record RouteNode(
    String key,
    List<LabelMatcher> matchers,
    boolean continues,
    String receiver,
    Grouping grouping,
    Duration groupWait,
    Duration groupInterval,
    Duration repeatInterval,
    List<String> muteIntervals,
    List<String> activeIntervals,
    List<String> mutedBy,
    Map<Labels, Integer> groups,
    List<RouteNode> children) {
  public RouteNode {
    matchers = List.copyOf(matchers);
    muteIntervals = List.copyOf(muteIntervals);
    activeIntervals = List.copyOf(activeIntervals);
    mutedBy = List.copyOf(mutedBy);
    groups = Map.copyOf(groups);
    children = List.copyOf(children);
  }

  /// Returns this node and all nodes below it, in file order.
  public Stream<RouteNode> all() {
    return Stream.concat(Stream.of(this), children.stream().flatMap(RouteNode::all));
  }

  /// Returns the number of alerts in the groups of this node.
  public int alerts() {
    return groups.values().stream().mapToInt(Integer::intValue).sum();
  }

  /// Returns the number of alerts in the groups of this node and of all nodes below it. An alert
  /// that several nodes route counts for each of them.
  public int allAlerts() {
    return all().mapToInt(RouteNode::alerts).sum();
  }

  /// Returns the number of groups of this node and of all nodes below it.
  public int allGroups() {
    return all().mapToInt(node -> node.groups.size()).sum();
  }
}
