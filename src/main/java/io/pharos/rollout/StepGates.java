package io.pharos.rollout;

import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import java.time.Duration;
import java.util.Optional;

/// The gate as rollouts ask it.
public interface StepGates {
  /// What became of a request for a gate.
  sealed interface Opening {
    /// A gate that is open.
    ///
    /// @param minSoak how long its policy wants to see the candidate
    record Opened(String gate, Duration minSoak) implements Opening {}

    record Refused(String why) implements Opening {}
  }

  /// What a gate says.
  ///
  /// @param expired whether it passed and its pass can't be used any more
  record Look(GateState state, String summary, boolean expired) {}

  /// Refuses a deployment that no gate could be opened for.
  ///
  /// @throws InvalidFieldException with what is missing
  void require(Deployment deployment);

  /// Opens a gate; the same key again is the same gate.
  Opening open(String deploymentKey, String idempotencyKey);

  /// A gate as it stands; empty if there is none.
  Optional<Look> look(String gate);

  /// A gate as it stands, a pass looked at again right now, to be acted on.
  Optional<Look> use(String gate) throws InterruptedException;
}
