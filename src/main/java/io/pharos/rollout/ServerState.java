package io.pharos.rollout;

import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// The desired state of one server.
///
/// @param version version to run; null accepts any version
/// @param running whether it should run
/// @param weight percentage of a full server's traffic, 0 to 100; the weights of two colours add up
///   to 100
public record ServerState(@Nullable String version, boolean running, int weight) {
  /// A server that does not run.
  static final ServerState STOPPED = new ServerState(null, false, 0);

  public ServerState {
    if (weight < 0 || weight > 100) {
      throw new InvalidFieldException("weight", String.valueOf(weight), "0 to 100");
    }
    if (!running && weight > 0) {
      throw new InvalidFieldException(
          "weight", String.valueOf(weight), "0, because the server does not run");
    }
  }

  ServerState withWeight(int newWeight) {
    return new ServerState(version, running, newWeight);
  }

  /// Returns whether an observed server is in this state. An unknown value never matches.
  ///
  /// @param healthy whether the server must also be healthy
  public boolean matches(ObservedServer seen, boolean healthy) {
    Integer seenWeight = seen.weight();
    if (!running) {
      return !seen.running() && (seenWeight == null || seenWeight == 0);
    }
    return seen.running()
        && (seen.healthy() || !healthy)
        && (version == null || version.equals(seen.version()))
        && seenWeight != null
        && seenWeight == weight;
  }
}
