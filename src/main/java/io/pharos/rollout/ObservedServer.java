package io.pharos.rollout;

import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.SubmittedText;
import org.jspecify.annotations.Nullable;

/// One server as an agent observes it.
///
/// @param version running version; null if unknown
/// @param running whether its process or container runs
/// @param healthy whether both the agent's and the load balancer's checks succeed
/// @param weight weight in percent as in [ServerState]; null if the load balancer does not answer
public record ObservedServer(
    @Nullable String version, boolean running, boolean healthy, @Nullable Integer weight) {
  public ObservedServer {
    if (weight != null && (weight < 0 || weight > 100)) {
      throw new InvalidFieldException("weight", weight.toString(), "0 to 100, or null");
    }
    SubmittedText.requireVersion(version);
  }
}
