package io.pharos.rollout.agent;

import java.io.IOException;
import java.util.Map;

/// The load balancer in front of the servers.
interface LoadBalancer {
  /// Returns the servers by name; throws [IOException] when it does not answer.
  Map<String, BalancedServer> servers() throws IOException;

  /// Sets the weights of servers, all at once. A server with a weight above 0 is put back into
  /// service if someone took it out manually.
  ///
  /// @throws IOException when the weights may not have been set
  void setWeights(Map<String, Integer> weights) throws IOException;

  /// Stores weights for the next start of the load balancer. All other servers are stored with
  /// their current weights.
  ///
  /// @throws IOException when the weights cannot be stored
  void storeWeights(Map<String, Integer> weights) throws IOException;
}
