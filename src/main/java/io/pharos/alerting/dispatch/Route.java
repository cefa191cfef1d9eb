package io.pharos.alerting.dispatch;

import static java.util.Objects.requireNonNull;

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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A node of the routing tree, with inherited settings resolved.
public final class Route {
  private static final Duration GROUP_WAIT = Duration.ofSeconds(30);
  private static final Duration GROUP_INTERVAL = Duration.ofMinutes(5);
  private static final Duration REPEAT_INTERVAL = Duration.ofHours(4);

  private final String key;
  private final List<LabelMatcher> matchers;
  private final boolean continues;
  private final String receiver;
  private final boolean byAllLabels;
  private final Set<String> groupBy;
  private final Duration groupWait;
  private final Duration groupInterval;
  private final Duration repeatInterval;
  private final List<String> muteIntervals;
  private final List<String> activeIntervals;
  private final List<Route> children;
  private final MatcherIndex<Route> index;

  /// Builds the tree of a configuration.
  public static Route of(RouteConfig root) {
    return new Route(root, null);
  }

  private Route(RouteConfig config, @Nullable Route parent) {
    matchers = config.matchers();
    String own = MatcherParser.format(matchers);
    key = parent == null ? own : parent.key + "/" + own;
    continues = config.continues();
    receiver = parent != null && config.receiver().isEmpty() ? parent.receiver : config.receiver();
    switch (config.groupBy()) {
      case Grouping.Inherited _ -> {
        byAllLabels = parent != null && parent.byAllLabels;
        groupBy = parent == null ? Set.of() : parent.groupBy;
      }
      case Grouping.AllLabels _ -> {
        byAllLabels = true;
        groupBy = Set.of();
      }
      case Grouping.ByLabels(List<String> names) -> {
        byAllLabels = false;
        groupBy = Set.copyOf(names);
      }
    }
    groupWait = first(config.groupWait(), parent == null ? GROUP_WAIT : parent.groupWait);
    groupInterval =
        first(config.groupInterval(), parent == null ? GROUP_INTERVAL : parent.groupInterval);
    repeatInterval =
        first(config.repeatInterval(), parent == null ? REPEAT_INTERVAL : parent.repeatInterval);
    muteIntervals = config.muteTimeIntervals();
    activeIntervals = config.activeTimeIntervals();
    var all = new ArrayList<Route>();
    for (RouteConfig child : config.routes()) {
      all.add(new Route(child, this));
    }
    children = List.copyOf(all);
    index = new MatcherIndex<>(children, child -> child.matchers);
  }

  private static Duration first(@Nullable Duration own, Duration otherwise) {
    return own == null ? otherwise : own;
  }

  /// Returns the routes that match an alert: the deepest matching ones, in file order; a node
  /// itself only if none of its children matches. Empty if this node does not match.
  public List<Route> match(Labels labels) {
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
    boolean taken = false;
    for (Route child : index.candidates(labels)) {
      if (child.match(labels, found)) {
        taken = true;
        if (!child.continues) {
          break;
        }
      }
    }
    if (!taken) {
      found.add(this);
    }
    return true;
  }

  /// Returns the group labels of an alert; labels that the alert lacks are left out.
  public Labels groupLabels(Labels alert) {
    return byAllLabels ? alert : alert.only(groupBy);
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

  /// The matchers from the root to this node, such as `{}/{a="b"}`.
  public String key() {
    return key;
  }

  /// Name of the receiver.
  public String receiver() {
    return requireNonNull(receiver);
  }

  /// Wait before the first notification of a group.
  public Duration groupWait() {
    return groupWait;
  }

  /// Interval between flushes of a group.
  public Duration groupInterval() {
    return groupInterval;
  }

  /// Interval after which an unchanged group is notified again.
  public Duration repeatInterval() {
    return repeatInterval;
  }

  /// Names of the mute time intervals.
  public List<String> muteIntervals() {
    return muteIntervals;
  }

  /// Names of the active time intervals.
  public List<String> activeIntervals() {
    return activeIntervals;
  }
}
