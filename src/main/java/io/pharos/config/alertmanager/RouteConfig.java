package io.pharos.config.alertmanager;

import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of the routing tree as in the file; nothing is inherited yet.
///
/// @param receiver empty to inherit the parent's
/// @param matchers all must match; sorted, so that the group key does not depend on their order
/// @param continues whether routing goes on with the next sibling after this node matched
/// @param groupWait null to inherit
/// @param groupInterval null to inherit
/// @param repeatInterval null to inherit
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

  /// The labels that group alerts.
  public sealed interface Grouping {
    /// The parent's grouping.
    record Inherited() implements Grouping {}

    /// All labels: each alert is a group.
    record AllLabels() implements Grouping {}

    /// These labels; an empty list puts all alerts into one group.
    record ByLabels(List<String> names) implements Grouping {
      public ByLabels {
        names = List.copyOf(names);
      }
    }
  }
}
