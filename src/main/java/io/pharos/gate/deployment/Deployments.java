package io.pharos.gate.deployment;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The store of deployments. Safe for many threads and processes: if two callers put the same key
/// at the same time, one of them creates the deployment, and the other receives the created
/// deployment.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store does not
/// answer. Times are stored with a precision of 1 ms.
public interface Deployments {
  /// The outcome of [#put].
  sealed interface PutOutcome {
    /// Returns the stored deployment.
    Deployment deployment();

    record Created(Deployment deployment) implements PutOutcome {}

    /// The key exists with an equal [Announcement]; nothing was changed.
    record Unchanged(Deployment deployment) implements PutOutcome {}

    /// The key exists with another [Announcement]; nothing was changed.
    record Conflict(Deployment deployment) implements PutOutcome {}
  }

  /// The outcome of [#finish].
  sealed interface FinishOutcome {
    record Finished(Deployment deployment) implements FinishOutcome {}

    /// The deployment had already ended with this status.
    record Unchanged(Deployment deployment) implements FinishOutcome {}

    /// The deployment had already ended with another status; nothing was changed.
    record Conflict(Deployment deployment) implements FinishOutcome {}

    record NotFound() implements FinishOutcome {}
  }

  /// Stores a deployment unless its key exists.
  PutOutcome put(Deployment deployment);

  /// Returns a deployment; empty if there is none.
  Optional<Deployment> find(String key);

  /// Returns the unparsed columns of a deployment's row by name: `deployment_key`, `service`,
  /// `env`, `version`, `announcement` and `started_at`, which is formatted as ISO 8601. Empty if
  /// there is no such row.
  Optional<Map<String, String>> stored(String key);

  /// Ends a deployment that is in progress.
  ///
  /// @param status a final status
  FinishOutcome finish(String key, DeploymentStatus status, Instant at);

  /// Returns the deployments that started last, newest first.
  default List<Deployment> newest(int limit) {
    return newest("", "", limit);
  }

  /// Returns the deployments of one service and one environment that started last, newest first.
  ///
  /// @param service empty for all services
  /// @param env empty for all environments
  List<Deployment> newest(String service, String env, int limit);
}
