package io.pharos.rollout.agent;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Tracks whether servers without weight have finished their requests.
final class Draining {
  /* A request that was in flight when the weight was removed is only visible in the next round. */
  private static final int QUIET_ROUNDS = 2;

  private record Rest(long since, int quiet) {}

  private final LongSupplier nanos;
  private final Map<String, Rest> resting = new HashMap<>();

  Draining(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /// Updates the state; call it once in each round.
  void update(Map<String, BalancedServer> servers) {
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

  /// Returns whether a server has no weight and has finished its requests, or has had no weight for
  /// `limit`.
  boolean isOver(String name, Duration limit) {
    Rest rest = resting.get(name);
    return rest != null
        && (rest.quiet() >= QUIET_ROUNDS || nanos.getAsLong() - rest.since() >= limit.toNanos());
  }
}
