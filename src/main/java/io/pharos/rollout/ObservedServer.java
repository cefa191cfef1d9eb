package io.pharos.rollout;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.SubmittedText;
import org.jspecify.annotations.Nullable;

/// One server as an agent observes it.
///
/// @param version running version; null if unknown
/// @param running whether its process or container runs
/// @param healthy whether both the agent's and the load balancer's checks succeed
/// @param weight weight in percent as in [ServerState]; null if the load balancer does not answer
/// @param withdrawn why it was taken out of service at the load balancer; null if it was not
public record ObservedServer(
    @Nullable String version,
    boolean running,
    boolean healthy,
    @Nullable Integer weight,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Withdrawal withdrawn) {
  /// Why a server was taken out of service.
  public enum Withdrawal {
    /// A person or scripts/rollback.sh did it.
    @JsonProperty("by-hand")
    BY_HAND,
    /// The agent did it, because the server had all traffic and was down.
    @JsonProperty("down")
    DOWN
  }

  /// A server that is in service.
  public ObservedServer(
      @Nullable String version, boolean running, boolean healthy, @Nullable Integer weight) {
    this(version, running, healthy, weight, null);
  }

  /// Returns whether it gets traffic: it is in service, healthy and has a weight.
  boolean serves() {
    return healthy && withdrawn == null && weight != null && weight > 0;
  }

  public ObservedServer {
    if (weight != null && (weight < 0 || weight > 100)) {
      throw new InvalidFieldException("weight", weight.toString(), "0 to 100, or null");
    }
    SubmittedText.requireVersion(version);
  }
}
