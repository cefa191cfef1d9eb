package io.pharos.rollout;

import io.pharos.gate.GateState;
import java.time.Duration;

/// What can happen to a rollout.
sealed interface RolloutInput {
  /// The agent that holds the lease said what it sees.
  ///
  /// @param newLease whether it is another one, or its lease had run out
  record Seen(Heartbeat heartbeat, boolean newLease) implements RolloutInput {}

  /// A gate was opened.
  ///
  /// @param minSoak how long its policy wants to see the candidate
  record GateOpened(int attempt, String gate, Duration minSoak) implements RolloutInput {}

  /// No gate can be opened.
  record GateRefused(int attempt, String why) implements RolloutInput {}

  /// A gate was asked.
  ///
  /// @param expired whether it passed and its pass can't be used any more
  /// @param used whether a pass was looked at again just now, to be acted on
  record Judged(String gate, GateState state, String summary, boolean expired, boolean used)
      implements RolloutInput {}

  /// Somebody ended the deployment otherwise.
  record DeploymentEnded(String status) implements RolloutInput {}

  /// Time passed.
  record Tick() implements RolloutInput {}

  /// A person, or a pipeline, wants something.
  ///
  /// @param by the name of the token
  record Asked(OperatorRequest wish, String by, String reason) implements RolloutInput {}
}
