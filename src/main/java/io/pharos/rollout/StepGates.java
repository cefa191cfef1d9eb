package io.pharos.rollout;

import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import java.time.Duration;
import java.util.Optional;

/// The port through which rollouts use gates.
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
  /// @param expired whether it passed and the pass has become invalid
  record GateStatus(GateState state, String summary, boolean expired) {}

  /// Checks that a gate could be opened for a deployment.
  ///
  /// @throws InvalidFieldException naming what is missing
  void require(Deployment deployment);

  /// Opens a gate; a repeated key gives the same gate.
  Opening open(String deploymentKey, String idempotencyKey);

  /// Returns the state of a gate; empty if there is none.
  Optional<GateStatus> find(String gate);

  /// Like [#find], but observes a passed gate again first, so that its pass can be acted on.
  Optional<GateStatus> use(String gate) throws InterruptedException;
}
