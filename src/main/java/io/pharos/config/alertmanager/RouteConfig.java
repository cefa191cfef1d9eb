package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of the routing tree as the file gives it, nothing inherited yet.
///
/// @param receiver empty to inherit the parent's
/// @param matchers all must hold; sorted, so that the group key does not depend on their order
/// @param continues whether siblings are tried after this one matched
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
    requireNonNull(receiver, "receiver is null");
    requireNonNull(groupBy, "groupBy is null");
    matchers = List.copyOf(matchers);
    muteTimeIntervals = List.copyOf(muteTimeIntervals);
    activeTimeIntervals = List.copyOf(activeTimeIntervals);
    routes = List.copyOf(routes);
  }

  /// What alerts are grouped by.
  public sealed interface Grouping {
    /// As the parent does.
    record Inherited() implements Grouping {}

    /// By all labels: each alert is its own group.
    record AllLabels() implements Grouping {}

    /// By these labels; by none where the list is empty.
    record ByLabels(List<String> names) implements Grouping {
      public ByLabels {
        names = List.copyOf(names);
      }
    }
  }
}
