package io.pharos.rollout;

import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.InMemoryDeployments;

final class InMemoryRolloutsTest extends RolloutStoreContract {
  private final InMemoryRollouts rollouts = new InMemoryRollouts();
  private final InMemoryDeployments deployments = new InMemoryDeployments();

  @Override
  protected Rollouts rollouts() {
    return rollouts;
  }

  @Override
  protected Deployments deployments() {
    return deployments;
  }

  @Override
  protected Rollouts closed() {
    rollouts.broken = () -> true;
    return rollouts;
  }
}
