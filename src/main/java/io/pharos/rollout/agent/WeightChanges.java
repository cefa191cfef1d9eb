package io.pharos.rollout.agent;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Computes the next weight changes towards the desired weights. The weight of an unhealthy server
/// is not increased, and no weight is reduced before another server can serve the traffic.
final class WeightChanges {
  private WeightChanges() {}

  /// Returns the servers that someone took out of service, as long as another server serves. While
  /// Pharos cannot decide about them, they stay out.
  static Set<String> withdrawn(Map<String, BalancedServer> servers) {
    var names = new HashSet<String>();
    boolean served = false;
    for (BalancedServer server : servers.values()) {
      if (server.withdrawn()) {
        names.add(server.name());
      }
      served |= server.ready() && server.healthy() && server.weight() > 0;
    }
    return served ? names : Set.of();
  }

  /// Returns the servers of some changes that must be put back into service.
  static Set<String> back(Map<String, BalancedServer> servers, Map<String, Integer> changes) {
    return changes.entrySet().stream()
        .filter(entry -> entry.getValue() > 0)
        .map(Map.Entry::getKey)
        .filter(name -> servers.containsKey(name) && !servers.get(name).ready())
        .collect(Collectors.toSet());
  }

  /// Returns the weights to change now.
  ///
  /// @param servers current servers
  /// @param healthy servers whose weight may be increased and that may serve
  /// @param wanted desired weights by name; other servers are not changed
  /// @return the new weights, increases first
  static Map<String, Integer> changes(
      Map<String, BalancedServer> servers, Set<String> healthy, Map<String, Integer> wanted) {
    var changes = new LinkedHashMap<String, Integer>();
    boolean served = false;
    for (var entry : wanted.entrySet()) {
      String name = entry.getKey();
      int weight = entry.getValue();
      BalancedServer server = servers.get(name);
      if (server == null || weight == 0) {
        continue;
      }
      boolean rises = weight > server.weight() || !server.ready();
      if (rises && healthy.contains(name)) {
        changes.put(name, weight);
      }
      // A server to which HAProxy sends requests serves, even if another check of it fails.
      served |=
          healthy.contains(name) || (server.weight() > 0 && server.healthy() && server.ready());
    }
    if (served) {
      wanted.forEach(
          (name, weight) -> {
            BalancedServer server = servers.get(name);
            if (server != null && weight < server.weight()) {
              changes.put(name, weight);
            }
          });
    }
    return changes;
  }
}
