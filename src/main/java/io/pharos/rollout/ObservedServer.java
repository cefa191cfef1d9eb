package io.pharos.rollout;

import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// One server as an agent sees it.
///
/// @param version what it runs; null if that is not known
/// @param running whether its process or container runs
/// @param healthy whether it answers, to the agent and to the load balancer
/// @param weight its weight in percent as [ServerState] has it; null if the load balancer can't be
///   asked
public record ObservedServer(
    @Nullable String version, boolean running, boolean healthy, @Nullable Integer weight) {
  public ObservedServer {
    if (weight != null && (weight < 0 || weight > 100)) {
      throw new InvalidFieldException("weight", weight.toString(), "0 to 100, or null");
    }
    SubmittedText.requireVersion(version);
  }
}
