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

/// A node of the routing tree with all that it inherits.
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

  /// The tree that a configuration describes.
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

  /// The routes that take an alert: the deepest ones that match, in file order; a node itself only
  /// where none of its children matches. Empty where this node does not match.
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

  /// The labels that an alert's group has; a label that the alert lacks is left out.
  public Labels groupLabels(Labels alert) {
    return byAllLabels ? alert : alert.only(groupBy);
  }

  /// The identity of a group of this route as Alertmanager writes it, as in
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

  /// The matchers from the root to here, as in `{}/{a="b"}`.
  public String key() {
    return key;
  }

  public String receiver() {
    return requireNonNull(receiver);
  }

  public Duration groupWait() {
    return groupWait;
  }

  public Duration groupInterval() {
    return groupInterval;
  }

  public Duration repeatInterval() {
    return repeatInterval;
  }

  public List<String> muteIntervals() {
    return muteIntervals;
  }

  public List<String> activeIntervals() {
    return activeIntervals;
  }
}
