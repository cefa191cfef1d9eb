package io.pharos.rollout.agent;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Which weights to change now, on the way to those that are wanted: a server that is not healthy
/// gets no more, and nothing is taken from one until another that is to serve can.
final class WeightChanges {
  private WeightChanges() {}

  /// The weights that change.
  ///
  /// @param servers as they are
  /// @param healthy those of them that may get more than they have
  /// @param wanted by name; servers that are not in it stay as they are
  /// @return the new weights, the rising ones first
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
      // One that HAProxy sends requests to, whatever else is said of it, goes on serving.
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
