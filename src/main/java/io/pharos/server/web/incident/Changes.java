package io.pharos.server.web.incident;

import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.design.ReleaseState;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What changed near the start of an incident.
///
/// @param deployments those of the incident's services first
/// @param deploymentsProblem why the deployments are unknown; empty if they are known
/// @param configuration starts of Pharos and reloads of its configuration
/// @param configurationProblem why these are unknown; empty if they are known
record Changes(
    List<Change> deployments,
    String deploymentsProblem,
    List<Change> configuration,
    String configurationProblem) {
  private static final int MAX_BEFORE = 3;

  /// A change.
  ///
  /// @param address its page
  /// @param state of a deployment; null for a change of the configuration
  /// @param when the time between the change and the start, in words
  /// @param isBefore whether it precedes the start, so that it may be the cause
  record Change(
      Instant time,
      String address,
      String name,
      @Nullable ReleaseState state,
      PageTime at,
      String when,
      boolean isBefore) {}

  Changes {
    deployments = List.copyOf(deployments);
    configuration = List.copyOf(configuration);
  }

  /// Returns all known changes.
  Stream<Change> all() {
    return Stream.concat(deployments.stream(), configuration.stream());
  }

  /// Returns the last changes before the start, the last one first.
  public List<Change> before() {
    return all()
        .filter(Change::isBefore)
        .sorted(Comparator.comparing(Change::time).reversed())
        .limit(MAX_BEFORE)
        .toList();
  }

  /// Whether a part is unknown, so that the list may lack changes.
  public boolean isPartial() {
    return !deploymentsProblem.isEmpty() || !configurationProblem.isEmpty();
  }
}
