package io.pharos.config.alertmanager;

import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of the routing tree as it is in the file, without the values that it inherits.
///
/// @param receiver empty if it is inherited
/// @param matchers all must match; sorted, so that the group key does not depend on their order
/// @param continues whether the next sibling routes are also tried for an alert that matches this
///   route
/// @param groupWait null if it is inherited
/// @param groupInterval null if it is inherited
/// @param repeatInterval null if it is inherited
public record RouteConfig(
    String receiver,
    Grouping groupBy,
    List<LabelMatcher> matchers,
    boolean continues,
    List<String> muteTimeIntervals,
    List<String> activeTimeIntervals,
    @Nullable Duration groupWait,
    @Nullable Duration groupInterval,
    @Nullable Duration repeatInterval,
    List<RouteConfig> routes) {
  public RouteConfig {
    matchers = List.copyOf(matchers);
    muteTimeIntervals = List.copyOf(muteTimeIntervals);
    activeTimeIntervals = List.copyOf(activeTimeIntervals);
    routes = List.copyOf(routes);
  }

  /// The labels by which alerts are grouped.
  public sealed interface Grouping {
    /// The labels of the parent.
    record Inherited() implements Grouping {}

    /// All labels, so that each alert has a separate group.
    record AllLabels() implements Grouping {}

    /// The given labels. An empty list puts all alerts into one group.
    record ByLabels(List<String> names) implements Grouping {
      public ByLabels {
        names = List.copyOf(names);
      }
    }
  }
}
