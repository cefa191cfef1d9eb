package io.pharos.rollout;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateService.Opened;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.InvalidFieldException;
import java.time.Duration;
import java.util.Optional;

/// Opens and reads gates of the [GateService] in this process.
public record ServiceGates(GateService gates) implements StepGates {
  @Override
  public void require(Deployment deployment) {
    gates.require(deployment);
  }

  @Override
  public Opening open(String deploymentKey, String idempotencyKey) {
    try {
      return switch (gates.open(
          new GateRequest(deploymentKey, idempotencyKey, RolloutEvent.PHAROS))) {
        case Opened.Created(GateRun run) -> opened(run);
        case Opened.Existing(GateRun run) -> opened(run);
        case Opened.KeyReused(GateRun run) ->
            new Opening.Refused("its idempotency key already belongs to the gate " + run.id());
        case Opened.NoDeployment(String key) ->
            new Opening.Refused("there is no deployment " + key);
        case Opened.NoPolicy(String service, String env) ->
            new Opening.Refused("there is no gate policy for " + service + " in " + env);
      };
    } catch (InvalidFieldException e) {
      return new Opening.Refused(String.valueOf(e.getMessage()));
    }
  }

  private static Opening opened(GateRun run) {
    return new Opening.Opened(run.id(), run.policy().minSoak());
  }

  @Override
  public Optional<GateStatus> find(String gate) {
    return gates.find(gate).map(this::status);
  }

  @Override
  public Optional<GateStatus> use(String gate) throws InterruptedException {
    return gates.use(gate, Duration.ZERO).map(this::status);
  }

  /// Returns the status by the last decision of a person, or else by the gate's own verdict.
  private GateStatus status(GateRun run) {
    EffectiveVerdict verdict = gates.effectiveVerdict(run);
    String summary =
        verdict
            .override()
            .map(override -> "overridden by " + override.by() + ": " + override.reason())
            .orElse(run.summary());
    return new GateStatus(
        verdict.expired() ? GateState.PASS : verdict.outcome(), summary, verdict.expired());
  }
}
