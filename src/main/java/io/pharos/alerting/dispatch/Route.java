package io.pharos.alerting.dispatch;

import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.config.alertmanager.RouteConfig.Grouping;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.MatcherIndex;
import io.pharos.model.MatcherParser;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of the routing tree with all settings, including inherited settings. Nodes are compared
/// by identity, because routes with equal settings have separate groups.
///
/// @param key the matchers from the root to this node, such as `{}/{a="b"}`
/// @param groupWait wait before the first notification of a group
/// @param groupInterval interval between flushes of a group
/// @param repeatInterval interval after which the notification of an unchanged group is repeated
/// @param muteIntervals names of the mute time intervals
/// @param activeIntervals names of the active time intervals
record Route(
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
    MatcherIndex<Route> children) {
  /// Builds the tree of a configuration.
  static Route of(RouteConfig root) {
    return of(
        root,
        new Route(
            "",
            List.of(),
            false,
            "",
            new Grouping.ByLabels(List.of()),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofHours(4),
            List.of(),
            List.of(),
            new MatcherIndex<>(List.of(), Route::matchers)));
  }

  private static Route of(RouteConfig config, Route parent) {
    String matchers = MatcherParser.format(config.matchers());
    var route =
        new Route(
            parent.key.isEmpty() ? matchers : parent.key + "/" + matchers,
            config.matchers(),
            config.continues(),
            config.receiver().isEmpty() ? parent.receiver : config.receiver(),
            config.groupBy() instanceof Grouping.Inherited ? parent.grouping : config.groupBy(),
            orInherited(config.groupWait(), parent.groupWait),
            orInherited(config.groupInterval(), parent.groupInterval),
            orInherited(config.repeatInterval(), parent.repeatInterval),
            config.muteTimeIntervals(),
            config.activeTimeIntervals(),
            parent.children);
    return route.with(config.routes().stream().map(child -> of(child, route)).toList());
  }

  private Route with(List<Route> routes) {
    return new Route(
        key,
        matchers,
        continues,
        receiver,
        grouping,
        groupWait,
        groupInterval,
        repeatInterval,
        muteIntervals,
        activeIntervals,
        new MatcherIndex<>(routes, Route::matchers));
  }

  private static Duration orInherited(@Nullable Duration configured, Duration inherited) {
    return configured == null ? inherited : configured;
  }

  /// Returns the routes that match an alert, in file order: the deepest matching nodes. A node is
  /// returned only if none of its children matches. Empty if this node does not match.
  List<Route> match(Labels labels) {
    var found = new ArrayList<Route>(1);
    match(labels, found);
    return found;
  }

  private boolean match(Labels labels, List<Route> found) {
    for (LabelMatcher matcher : matchers) {
      if (!matcher.matches(labels)) {
        return false;
      }
    }
    boolean childMatched = false;
    for (Route child : children.candidates(labels)) {
      if (child.match(labels, found)) {
        childMatched = true;
        if (!child.continues) {
          break;
        }
      }
    }
    if (!childMatched) {
      found.add(this);
    }
    return true;
  }

  /// Returns the group labels of an alert, without labels that the alert lacks.
  Labels groupLabels(Labels alert) {
    return grouping instanceof Grouping.ByLabels(List<String> names) ? alert.only(names) : alert;
  }

  /// Returns the identity of a group of this route in Alertmanager's form, such as
  /// `{}/{a="b"}:{alertname="x", job="y"}`.
  String groupKey(Labels groupLabels) {
    var text = new StringBuilder(key).append(":{");
    for (int i = 0; i < groupLabels.size(); i++) {
      text.append(i == 0 ? "" : ", ")
          .append(groupLabels.name(i))
          .append('=')
          .append(Quoted.of(groupLabels.value(i)));
    }
    return text.append('}').toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
