package io.pharos.rollout.agent;

import java.io.IOException;
import java.util.Map;

/// What shares the traffic among the servers.
interface LoadBalancer {
  /// The servers by name.
  ///
  /// @throws IOException when it can't be asked; nothing is known then
  Map<String, BalancedServer> servers() throws IOException;

  /// Gives servers their weights, all of them at once, and takes them into service where somebody
  /// took them out.
  ///
  /// @throws IOException when that is not certain
  void setWeights(Map<String, Integer> weights) throws IOException;

  /// Has it begin with these weights when it is started anew; servers that are not named keep what
  /// they have now.
  ///
  /// @throws IOException when that could not be written down
  void keep(Map<String, Integer> weights) throws IOException;
}
