package io.pharos.rollout;

import io.pharos.gate.GateState;
import java.time.Duration;

/// An event that can change a rollout.
sealed interface RolloutInput {
  /// The agent that holds the lease sent a heartbeat.
  ///
  /// @param newLease whether another agent held the lease before, or the lease had expired
  record HeartbeatReceived(Heartbeat heartbeat, boolean newLease) implements RolloutInput {}

  /// A gate was opened.
  ///
  /// @param attempt number of the gate in the rollout
  /// @param minSoak how long its policy requires the candidate to be observed
  record GateOpened(int attempt, String gate, Duration minSoak) implements RolloutInput {}

  /// A gate could not be opened.
  record GateRefused(int attempt, String why) implements RolloutInput {}

  /// The state of a gate was read.
  ///
  /// @param expired whether it passed, but the pass has become invalid
  /// @param used whether the gate was observed just now, so that its pass lets the rollout continue
  record Judged(String gate, GateState state, String summary, boolean expired, boolean used)
      implements RolloutInput {}

  /// Another program ended the deployment.
  record DeploymentEnded(String status) implements RolloutInput {}

  /// This process began to drive the rollout, for example after a restart.
  record Resumed() implements RolloutInput {}

  /// Time passed.
  record Tick() implements RolloutInput {}

  /// A person or a pipeline requested something.
  ///
  /// @param by name of the token
  record Requested(OperatorRequest request, String by, String reason) implements RolloutInput {}
}
