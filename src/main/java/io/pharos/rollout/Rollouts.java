package io.pharos.rollout;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The store of rollouts, their events and sites. Safe for many threads and processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store does not
/// answer. Times are stored in microseconds.
public interface Rollouts {
  /// The outcome of a write.
  enum Saved {
    SAVED,
    /// Another process stored a change first; nothing was written.
    OVERTAKEN
  }

  /// Returns a service in an environment, with its newest rollout; empty if nothing is stored about
  /// it.
  Optional<RolloutSite> site(String service, String env);

  /// Returns all sites with a running rollout, ordered by name.
  List<RolloutSite> underWay();

  /// Returns a rollout; empty if there is none.
  Optional<Rollout> find(String id);

  /// Returns the rollout of a deployment; empty if there is none.
  Optional<Rollout> ofDeployment(String deploymentKey);

  /// Returns rollouts, the newest first.
  ///
  /// @param service null for all services
  /// @param env null for all environments
  List<Rollout> newest(@Nullable String service, @Nullable String env, int limit);

  /// Returns the events of a rollout in order.
  List<RolloutEvent> events(String id);

  /// Stores a site with its rollout and new events, all or nothing.
  ///
  /// @param after the changed site, with the version that was read
  Saved save(RolloutSite after);
}
