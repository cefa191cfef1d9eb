package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import io.pharos.migration.MigrationTask;
import org.jspecify.annotations.Nullable;

/// The answer to a heartbeat of the agent that holds the lease. It contains the desired state of
/// the servers.
///
/// @param epoch epoch of the lease, which the agent's next heartbeat must contain
/// @param leaseSeconds duration of the lease, which the agent counts from the time of its request
/// @param rollout id of the running rollout; null between rollouts
/// @param deployment key of the rollout's deployment; null between rollouts
/// @param phase [RolloutPhase#word], for people and logs; IDLE between rollouts
/// @param revision increases with each change of `desired`
/// @param desired desired state of the servers; if it is null, the agent changes nothing
/// @param approved the state to restore if Pharos becomes unreachable; null if `desired` is null
/// @param migrate migration to run before anything else; null for none
/// @param drainSeconds maximum time that a server without weight runs before it is stopped
public record HeartbeatAnswer(
    long epoch,
    int leaseSeconds,
    @Nullable String rollout,
    @Nullable String deployment,
    String phase,
    long revision,
    @Nullable DesiredServers desired,
    @Nullable DesiredServers approved,
    @Nullable MigrationTask migrate,
    int drainSeconds) {
  /// The phase between rollouts.
  public static final String IDLE = "IDLE";

  public HeartbeatAnswer {
    requireNonNull(phase, "phase is null");
  }

  /// Parses an answer; unknown fields are ignored.
  ///
  /// @throws InvalidFieldException when the text is no answer
  public static HeartbeatAnswer parse(String json) {
    return WireJson.read(json, HeartbeatAnswer.class, WireJson.LENIENT);
  }

  /// Returns the answer as JSON.
  public String toJson() {
    return WireJson.write(this);
  }
}
