package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/// What an agent that holds the lease has to bring about.
///
/// @param epoch of its lease, to be said in the next heartbeat
/// @param leaseSeconds how long this lease lasts from now on, by the agent's own clock from before
///   it asked
/// @param rollout the one that is under way; null between rollouts
/// @param deployment its key; null between rollouts
/// @param phase for people and for a log, as [RolloutPhase#word]; IDLE between rollouts
/// @param revision grows with each change of `desired`
/// @param desired what to bring about; null when nothing is known of this service: touch nothing
/// @param approved what to return to when Pharos can't be asked any more; null with `desired`
/// @param migrate what to run now, before anything else; null for nothing
/// @param drainSeconds how long a server that lost its weight goes on before it is stopped
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

  /// The answer that a text holds; fields that are new to this program are let pass.
  ///
  /// @throws InvalidFieldException when it holds none
  public static HeartbeatAnswer parse(String json) {
    return WireJson.read(json, HeartbeatAnswer.class, WireJson.Strictness.LENIENT);
  }

  public String toJson() {
    return WireJson.write(this);
  }
}
