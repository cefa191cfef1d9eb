package io.pharos.callback;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The port through which callbacks use gates.
public interface Verdicts {
  /// Returns the gates of a deployment, newest first.
  List<GateRun> ofDeployment(String deploymentKey);

  /// Opens a gate, or returns the one that the same request opened.
  ///
  /// @throws io.pharos.gate.deployment.InvalidFieldException when the deployment lacks something
  ///   that the policy needs
  GateService.Opened open(GateRequest request);

  /// Returns a gate; observes a passed one again first.
  Optional<GateRun> use(String id) throws InterruptedException;

  /// Returns the verdict to act on: the gate's own, or a person's decision.
  EffectiveVerdict effectiveVerdict(GateRun run);

  /// Returns whether a gate passes at this moment.
  default boolean passes(String id) throws InterruptedException {
    return use(id).filter(run -> effectiveVerdict(run).outcome() == GateState.PASS).isPresent();
  }

  /// Returns the gates of a service.
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
