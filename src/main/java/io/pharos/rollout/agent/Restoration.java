package io.pharos.rollout.agent;

import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.agent.AgentFiles.Memory;
import io.pharos.rollout.agent.AgentFiles.Started;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Restores the approved weights while Pharos is unreachable. Does not start or stop servers, and
/// leaves out of service what a person took out while another server serves.
final class Restoration {
  private Restoration() {}

  /// Returns the weights of the approved servers. A server that does not run the approved version
  /// gets the weight 0.
  static Map<String, Integer> weights(DesiredServers approved, Memory memory) {
    var weights = new TreeMap<String, Integer>();
    approved
        .servers()
        .forEach(
            (name, state) -> {
              Started started = memory.servers().get(name);
              boolean other =
                  started != null
                      && started.version() != null
                      && state.version() != null
                      && !started.version().equals(state.version());
              weights.put(name, other ? 0 : state.weight());
            });
    return weights;
  }

  /// Makes one attempt to restore the weights.
  ///
  /// @param answers whether a server also answers at its own address
  /// @return whether the weights are now as approved
  static boolean attempt(
      LoadBalancer balancer, Map<String, Integer> weights, Predicate<String> answers)
      throws IOException {
    Map<String, BalancedServer> servers = balancer.servers();
    var healthy = new HashSet<String>();
    servers.forEach(
        (name, server) -> {
          if (server.healthy() && answers.test(name)) {
            healthy.add(name);
          }
        });
    healthy.removeAll(WeightChanges.withdrawn(servers));
    Map<String, Integer> changes = WeightChanges.changes(servers, healthy, weights);
    balancer.setWeights(changes, WeightChanges.back(servers, changes));
    balancer.storeWeights(weights);
    return weights.entrySet().stream()
        .allMatch(
            entry -> {
              BalancedServer server = servers.get(entry.getKey());
              return server == null
                  || changes.getOrDefault(entry.getKey(), server.weight()).equals(entry.getValue());
            });
  }
}
