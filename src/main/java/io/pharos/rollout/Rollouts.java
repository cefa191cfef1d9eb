package io.pharos.rollout;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The stored rollouts, their events, and the services that they are of. Safe for many threads and
/// processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store can't answer.
/// Times are kept to the microsecond.
public interface Rollouts {
  /// What became of a change.
  enum Saved {
    SAVED,
    /// Someone else stored a change first; nothing was written.
    OVERTAKEN
  }

  /// A service in an environment, with its newest rollout.
  Optional<RolloutSite> site(String service, String env);

  /// All of them whose newest rollout has not ended, in the order of their names.
  List<RolloutSite> underWay();

  Optional<Rollout> find(String id);

  Optional<Rollout> ofDeployment(String deploymentKey);

  /// The newest first.
  ///
  /// @param service null for every one
  /// @param env null for every one
  List<Rollout> newest(@Nullable String service, @Nullable String env, int limit);

  /// The events of a rollout in order.
  List<RolloutEvent> events(String id);

  /// Stores where a service stands, with its rollout and the events that are new, all or nothing.
  ///
  /// @param after its version is that of what was read
  Saved save(RolloutSite after);
}
