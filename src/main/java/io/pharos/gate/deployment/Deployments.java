package io.pharos.gate.deployment;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The store of deployments. Safe for many threads and processes: of two callers that put one key
/// at the same time, one creates it and the other finds it.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store does not
/// answer. Times are kept to the millisecond.
public interface Deployments {
  /// The outcome of [#put].
  sealed interface PutOutcome {
    /// Returns the stored deployment.
    Deployment deployment();

    record Created(Deployment deployment) implements PutOutcome {}

    /// The key exists with an equal announcement.
    record Unchanged(Deployment deployment) implements PutOutcome {}

    /// The key exists with another announcement, which stays.
    record Conflict(Deployment deployment) implements PutOutcome {}
  }

  /// The outcome of [#finish].
  sealed interface FinishOutcome {
    record Finished(Deployment deployment) implements FinishOutcome {}

    /// The deployment had this status already.
    record Unchanged(Deployment deployment) implements FinishOutcome {}

    /// The deployment had ended with another status, which stays.
    record Conflict(Deployment deployment) implements FinishOutcome {}

    record NotFound() implements FinishOutcome {}
  }

  /// Stores a deployment unless its key exists.
  PutOutcome put(Deployment deployment);

  /// Returns a deployment; empty if there is none.
  Optional<Deployment> find(String key);

  /// Returns the stored row of an announcement, byte for byte, by the names of its columns:
  /// `deployment_key`, `service`, `env`, `version`, `announcement`, and `started_at` as a time.
  Optional<Map<String, String>> stored(String key);

  /// Ends a deployment that is in progress.
  ///
  /// @param status a final one
  FinishOutcome finish(String key, DeploymentStatus status, Instant at);

  /// Returns the deployments that started last, newest first.
  default List<Deployment> newest(int limit) {
    return newest("", "", limit);
  }

  /// Like [#newest(int)], for one service and one environment.
  ///
  /// @param service empty for any
  /// @param env empty for any
  List<Deployment> newest(String service, String env, int limit);
}
