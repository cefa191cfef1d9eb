package io.pharos.gate.deployment;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The stored deployments. Safe for many threads and processes: of two that put one key at the same
/// time, one creates and the other finds.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store can't answer.
/// Times are kept to the millisecond.
public interface Deployments {
  /// What became of a deployment that was put.
  sealed interface PutOutcome {
    /// The deployment as it stands in the store now.
    Deployment deployment();

    record Created(Deployment deployment) implements PutOutcome {}

    /// The key was there with an equal announcement.
    record Unchanged(Deployment deployment) implements PutOutcome {}

    /// The key was there with another announcement, which stays.
    record Conflict(Deployment deployment) implements PutOutcome {}
  }

  /// What became of a status that was set.
  sealed interface FinishOutcome {
    record Finished(Deployment deployment) implements FinishOutcome {}

    /// It had this status already.
    record Unchanged(Deployment deployment) implements FinishOutcome {}

    /// It had ended in another way, which stays.
    record Conflict(Deployment deployment) implements FinishOutcome {}

    record NotFound() implements FinishOutcome {}
  }

  /// Stores a deployment unless its key is there.
  PutOutcome put(Deployment deployment);

  Optional<Deployment> find(String key);

  /// What is stored of an announcement, byte for byte, by the names of its columns:
  /// `deployment_key`, `service`, `env`, `version`, `announcement`, and `started_at` as a time.
  Optional<Map<String, String>> stored(String key);

  /// Ends a deployment that is in progress.
  ///
  /// @param status a final one
  FinishOutcome finish(String key, DeploymentStatus status, Instant at);

  /// The deployments that started last, newest first.
  default List<Deployment> newest(int limit) {
    return newest("", "", limit);
  }

  /// As [#newest(int)], of one service and one environment.
  ///
  /// @param service empty for any
  /// @param env empty for any
  List<Deployment> newest(String service, String env, int limit);
}
