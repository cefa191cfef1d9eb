package io.pharos.callback;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What callbacks ask of the gates.
public interface Verdicts {
  /// The gates of a deployment, newest first.
  List<GateRun> ofDeployment(String deploymentKey);

  /// Opens a gate, or finds the one that the same request opened.
  ///
  /// @throws io.pharos.gate.deployment.InvalidFieldException when the policy needs what the
  ///   deployment does not say
  GateService.Opened open(GateRequest request);

  /// A gate; one that passed is looked at again first.
  Optional<GateRun> use(String id) throws InterruptedException;

  /// What counts of a gate now: its own verdict, or what a person decided.
  EffectiveVerdict ruling(GateRun run);

  /// Whether a gate passes at this moment.
  default boolean passes(String id) throws InterruptedException {
    return use(id).filter(run -> ruling(run).outcome() == GateState.PASS).isPresent();
  }

  /// Those of the service.
  static Verdicts of(GateService gates) {
    requireNonNull(gates, "gates is null");
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
      public EffectiveVerdict ruling(GateRun run) {
        return gates.effectiveVerdict(run);
      }
    };
  }
}
