package io.pharos.rollout.agent;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

/// The load balancer in front of the servers.
interface LoadBalancer {
  /// Returns the servers by name; throws [IOException] when it does not answer.
  Map<String, BalancedServer> servers() throws IOException;

  /// Sets the weights of servers, all at once.
  ///
  /// @param back servers that are also put back into service
  /// @throws IOException when the weights may not have been set
  void setWeights(Map<String, Integer> weights, Set<String> back) throws IOException;

  /// Gives a server all traffic and takes others out of service, in one step.
  ///
  /// @throws IOException when that may not have happened
  void failOver(String spare, Set<String> withdrawn) throws IOException;

  /// Stores weights for the next start of the load balancer. All other servers are stored with
  /// their current weights.
  ///
  /// @throws IOException when the weights cannot be stored
  void storeWeights(Map<String, Integer> weights) throws IOException;
}
