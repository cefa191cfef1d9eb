package io.pharos.rollout.agent;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Computes the next weight changes towards the desired weights. The weight of an unhealthy server
/// is not increased, and no weight is reduced before another server can serve the traffic.
final class WeightChanges {
  private WeightChanges() {}

  /// Returns the weights to change now.
  ///
  /// @param servers current servers
  /// @param healthy servers whose weight may be increased
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
      served |= healthy.contains(name) || (server.weight() > 0 && server.healthy());
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
