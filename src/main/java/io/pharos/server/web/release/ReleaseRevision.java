package io.pharos.server.web.release;

import io.pharos.gate.GateService;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.rollout.RolloutService;
import io.pharos.server.web.design.LiveSource;
import io.pharos.trouble.StoreUnavailableException;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Objects;

/// Changes of deployments, gates and rollouts, for open pages.
@Singleton
final class ReleaseRevision implements LiveSource {
  /// The newest deployments and rollouts; earlier ones no longer change.
  private static final int DEPLOYMENTS = 30;

  private static final int ROLLOUTS = 10;

  private final DeploymentRegister deployments;
  private final GateService gates;
  private final RolloutService rollouts;

  ReleaseRevision(DeploymentRegister deployments, GateService gates, RolloutService rollouts) {
    this.deployments = deployments;
    this.gates = gates;
    this.rollouts = rollouts;
  }

  @Override
  public String topic() {
    return "releases";
  }

  @Override
  public int revision() {
    try {
      var parts = new ArrayList<Object>();
      parts.add(gates.revision());
      deployments
          .newest("", "", DEPLOYMENTS)
          .forEach(it -> parts.add(Objects.hash(it.key(), it.status())));
      rollouts.newest(null, null, ROLLOUTS).forEach(it -> parts.add(it.hashCode()));
      return parts.hashCode();
    } catch (StoreUnavailableException _) {
      return 0; // the pages say so when they are fetched
    }
  }
}
