package io.pharos.callback;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Opens and reads gates for callbacks.
public interface Verdicts {
  /// Returns the gates of a deployment, newest first.
  List<GateRun> ofDeployment(String deploymentKey);

  /// Opens a gate, or returns the gate that an equal request opened earlier.
  ///
  /// @throws io.pharos.gate.deployment.InvalidFieldException if the deployment lacks a field that
  ///   the policy requires
  GateService.Opened open(GateRequest request);

  /// Returns a gate; empty if there is none. A gate that has passed is observed once more before it
  /// is returned.
  Optional<GateRun> use(String id) throws InterruptedException;

  /// Returns the last decision of a person, or else the gate's own verdict.
  EffectiveVerdict effectiveVerdict(GateRun run);

  /// Returns whether a gate passes at this moment.
  default boolean passes(String id) throws InterruptedException {
    return use(id).filter(run -> effectiveVerdict(run).outcome() == GateState.PASS).isPresent();
  }

  /// Creates an implementation that uses a gate service.
  static Verdicts of(GateService gates) {
    return new Verdicts() {
      @Override
      public List<GateRun> ofDeployment(String deploymentKey) {
        return gates.ofDeployment(deploymentKey);
      }

      @Override
      public GateService.Opened open(GateRequest request) {
        return gates.open(request);
      }

      @Override
      public Optional<GateRun> use(String id) throws InterruptedException {
        return gates.use(id, Duration.ZERO);
      }

      @Override
      public EffectiveVerdict effectiveVerdict(GateRun run) {
        return gates.effectiveVerdict(run);
      }
    };
  }
}
