package io.pharos.rollout;

import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// What one server of a fleet should be.
///
/// @param version what it runs; null where nobody has said it, which any version is
/// @param running whether it runs at all
/// @param weight its share of the traffic in percent of what one server gets, 0 to 100: of two
///   colours both together have 100
public record ServerState(@Nullable String version, boolean running, int weight) {
  /// A server that does not run.
  static final ServerState STOPPED = new ServerState(null, false, 0);

  public ServerState {
    if (weight < 0 || weight > 100) {
      throw new InvalidFieldException("weight", String.valueOf(weight), "0 to 100");
    }
    if (!running && weight > 0) {
      throw new InvalidFieldException(
          "weight", String.valueOf(weight), "0, since the server does not run");
    }
  }

  ServerState withWeight(int newWeight) {
    return new ServerState(version, running, newWeight);
  }

  /// Whether a server was seen to be this. What the agent does not know is not what was wanted.
  ///
  /// @param healthy whether it must be healthy too
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
