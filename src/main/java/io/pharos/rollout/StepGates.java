package io.pharos.rollout;

import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import java.time.Duration;
import java.util.Optional;

/// Opens and reads gates for rollouts.
public interface StepGates {
  /// The outcome of a request for a gate.
  sealed interface Opening {
    /// A gate is open.
    ///
    /// @param minSoak how long its policy requires the candidate to be observed
    record Opened(String gate, Duration minSoak) implements Opening {}

    record Refused(String why) implements Opening {}
  }

  /// The state of a gate.
  ///
  /// @param expired whether it passed, but the pass has become invalid
  record GateStatus(GateState state, String summary, boolean expired) {}

  /// Checks that a gate could be opened for a deployment.
  ///
  /// @throws InvalidFieldException when there is no policy for the deployment, or it lacks a field
  ///   that the policy requires
  void require(Deployment deployment);

  /// Opens a gate; the same key returns the same gate again.
  Opening open(String deploymentKey, String idempotencyKey);

  /// Returns the state of a gate; empty if there is none.
  Optional<GateStatus> find(String gate);

  /// Returns the state of a gate; empty if there is none. If the gate has passed, observes it once
  /// more first, so that a rollout continues only if the gate still passes.
  Optional<GateStatus> use(String gate) throws InterruptedException;
}
