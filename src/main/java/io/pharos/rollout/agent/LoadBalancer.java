package io.pharos.rollout.agent;

import java.io.IOException;
import java.util.Map;

/// The load balancer in front of the servers.
interface LoadBalancer {
  /// Returns the servers by name; throws [IOException] when it does not answer.
  Map<String, BalancedServer> servers() throws IOException;

  /// Sets weights, all at once, and puts these servers back into service if someone took them out
  /// manually.
  ///
  /// @throws IOException when the outcome is uncertain
  void setWeights(Map<String, Integer> weights) throws IOException;

  /// Stores weights for the next start of the load balancer; other servers are stored with their
  /// current weights.
  ///
  /// @throws IOException when writing failed
  void keep(Map<String, Integer> weights) throws IOException;
}
