package io.pharos.rollout.agent;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Whether servers that lost their weight have finished what they had begun.
final class Draining {
  /* A request that was on its way when the weight went shows in the next round. */
  private static final int QUIET_ROUNDS = 2;

  private record Rest(long since, int quiet) {}

  private final LongSupplier nanos;
  private final Map<String, Rest> resting = new HashMap<>();

  Draining(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /// Once in each round.
  void look(Map<String, BalancedServer> servers) {
    servers.forEach(
        (name, server) -> {
          if (server.weight() > 0) {
            resting.remove(name);
          } else {
            Rest rest = resting.getOrDefault(name, new Rest(nanos.getAsLong(), 0));
            int quiet = server.sessions() == 0 ? rest.quiet() + 1 : 0;
            resting.put(name, new Rest(rest.since(), quiet));
          }
        });
  }

  /// Whether it has no weight and works on nothing, or has had so long for it.
  boolean isOver(String name, Duration limit) {
    Rest rest = resting.get(name);
    return rest != null
        && (rest.quiet() >= QUIET_ROUNDS || nanos.getAsLong() - rest.since() >= limit.toNanos());
  }
}
